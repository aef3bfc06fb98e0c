package dev.carryover.tests.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A Markdown table of results, and the line that says what they were measured on. */
public final class Report {
  private final StringBuilder lines = new StringBuilder();

  /** A table with these columns. */
  public Report(String... columns) {
    row((Object[]) columns);
    row(IntStream.range(0, columns.length).mapToObj(i -> i == 0 ? "---" : "---:").toArray());
  }

  /** Adds a row. */
  public Report row(Object... cells) {
    lines.append(
        Arrays.stream(cells).map(String::valueOf).collect(Collectors.joining(" | ", "| ", " |\n")));
    return this;
  }

  @Override
  public String toString() {
    return lines.toString();
  }

  /** Processor, JDK, flags and date in one line. */
  public static String machine(List<String> flags) {
    return "%s, %d processors; JDK %s; `%s`; %s%n"
        .formatted(
            processor(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("java.runtime.version"),
            String.join(" ", flags),
            LocalDate.now());
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElseGet(() -> System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  /** Middle of the samples, or the mean of the two in the middle. */
  public static double median(List<Double> samples) {
    double[] sorted = samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Two digits after the point below 10, one above. */
  public static String microseconds(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
  }

  /** A ratio, such as 1.25x. */
  public static String ratio(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2fx" : "%.1fx", value);
  }
}
