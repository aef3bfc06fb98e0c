package dev.carryover.tests.bench.command;

import dev.carryover.tests.bench.report.StoredRuns;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JVM of its own for a section. Its progress comes on its standard output, its result in a file;
 * all else that it says goes to a log.
 */
final class SectionProcess {
  /*
   * The opens are those of Flink's own scripts. The class path goes through the environment: ONNX
   * Runtime dies of a command line of more than about 4,000 characters.
   */
  private static final List<String> FLAGS =
      List.of(
          "--add-modules=jdk.incubator.vector",
          "-XX:CompileCommand=quiet",
          "-XX:CompileCommand=dontinline,dev.carryover.runtime.kernels.vector.VectorKernels::*");
  private static final List<String> OPENED =
      List.of(
          "lang",
          "net",
          "io",
          "nio",
          "lang.reflect",
          "text",
          "time",
          "util",
          "util.concurrent",
          "util.concurrent.atomic",
          "util.concurrent.locks");

  private SectionProcess() {}

  /** The flags that matter to figures. */
  static List<String> flags(Section section) {
    List<String> flags = new ArrayList<>(FLAGS);
    flags.addAll(section.jvmFlags());
    return flags;
  }

  /**
   * Runs a section.
   *
   * @param log takes what it prints
   * @throws SectionFailure if it does not end well; the message says why
   */
  static SectionResult run(Section section, BenchSettings settings, Path log, Progress progress)
      throws IOException, InterruptedException, SectionFailure {
    Path answer = Files.createTempFile("carryover-bench", ".json");
    Files.createDirectories(log.toAbsolutePath().getParent());
    Files.writeString(log, "");
    Process process = start(section, settings, answer, log);
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!ProgressLines.pass(line, progress)) {
          Files.writeString(log, line + System.lineSeparator(), StandardOpenOption.APPEND);
        }
      }
      int status = process.waitFor();
      String message = Files.readString(answer);
      if (status != 0) {
        throw new SectionFailure(
            message.isEmpty()
                ? "its process ended with %d; see %s".formatted(status, log)
                : message);
      }
      return StoredRuns.readResult(answer);
    } finally {
      process.destroy();
      Files.deleteIfExists(answer);
    }
  }

  private static Process start(Section section, BenchSettings settings, Path answer, Path log)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags(section));
    OPENED.forEach(name -> command.add("--add-opens=java.base/java." + name + "=ALL-UNNAMED"));
    command.add("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    command.add("-Dcarryover.log=" + log.resolveSibling(section.name() + "-job.log"));
    command.add(SectionProcess.class.getName());
    command.addAll(
        List.of(
            section.name(),
            answer.toString(),
            Boolean.toString(settings.quick()),
            Integer.toString(settings.rounds())));
    settings.options().forEach((name, value) -> command.add(name + "=" + value));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Map<String, String> environment = builder.environment();
    environment.put("CLASSPATH", System.getProperty("java.class.path"));
    environment.put("OMP_NUM_THREADS", "1");
    environment.put("DJL_OFFLINE", "true");
    environment.put("OPT_OUT_TRACKING", "true");
    environment.putAll(section.environment());
    return builder.start();
  }

  /** Runs a section: name, file of the answer, quick, rounds, options as {@code name=value}. */
  public static void main(String[] arguments) throws IOException {
    PrintStream lines = System.out;
    System.setOut(System.err); // What a library prints must not stand between the lines.
    List<String> given = Arrays.asList(arguments);
    Path answer = Path.of(given.get(1));
    Map<String, String> options = new LinkedHashMap<>();
    for (String option : given.subList(4, given.size())) {
      int at = option.indexOf('=');
      options.put(option.substring(0, at), option.substring(at + 1));
    }
    BenchSettings settings =
        new BenchSettings(
            Boolean.parseBoolean(given.get(2)), Integer.parseInt(given.get(3)), options);
    int status = 0;
    try {
      SectionResult result = Sections.named(given.get(0)).run(settings, new ProgressLines(lines));
      StoredRuns.writeResult(result, answer);
    } catch (Exception | LinkageError e) {
      e.printStackTrace();
      Files.writeString(answer, e.getMessage() == null ? e.toString() : e.getMessage());
      status = 1;
    }
    System.exit(status); // Threads of libraries do not hold the end up.
  }
}
