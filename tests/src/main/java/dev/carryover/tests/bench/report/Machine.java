package dev.carryover.tests.bench.report;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a run was measured on.
 *
 * @param processor the model's name
 * @param processors as many as this process may use
 * @param caches of one processor, such as {@code L1 data 48 KiB}; empty where the system does not
 *     say
 * @param system operating system and architecture
 * @param java name and version of the runtime
 */
public record Machine(
    String processor, int processors, List<String> caches, String system, String java) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

  /** This machine. */
  public static Machine here() {
    return new Machine(
        processorName(CPU_INFO),
        Runtime.getRuntime().availableProcessors(),
        caches(CACHES),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
  }

  static String processorName(Path cpuInfo) {
    try (Stream<String> lines = Files.lines(cpuInfo)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElseGet(() -> System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  static List<String> caches(Path folder) {
    TreeSet<String> found = new TreeSet<>();
    try (DirectoryStream<Path> indexes = Files.newDirectoryStream(folder, "index*")) {
      for (Path index : indexes) {
        String type = read(index, "type");
        String kind = type.equals("Unified") ? "" : type.toLowerCase(Locale.ROOT) + " ";
        String size = read(index, "size").replaceAll("K$", " KiB").replaceAll("M$", " MiB");
        found.add("L" + read(index, "level") + " " + kind + size);
      }
    } catch (IOException e) {
      return List.of();
    }
    return List.copyOf(found);
  }

  private static String read(Path folder, String name) throws IOException {
    return Files.readString(folder.resolve(name)).strip();
  }

  /** All of it in one line. */
  @Override
  public String toString() {
    String size = caches.isEmpty() ? "" : " (" + String.join(", ", caches) + ")";
    return "%s, %d processors%s; %s; %s".formatted(processor, processors, size, system, java);
  }
}
