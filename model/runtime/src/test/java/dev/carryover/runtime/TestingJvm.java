package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM of its own with the class path of the tests, for what is decided once per process. */
final class TestingJvm {
  /** The flags that give a JVM the Vector API. */
  static final List<String> VECTORS = List.of("--add-modules", "jdk.incubator.vector");

  private TestingJvm() {}

  /** Runs a main class to its end; the lines that it printed. */
  static List<String> run(List<String> flags, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    int exit = run(flags, lines, main, arguments);
    assertThat(exit).as("exit of %s, which printed %s", main.getSimpleName(), lines).isZero();
    return lines;
  }

  /** Runs a main class to its end and adds the lines that it printed; its exit value. */
  static int run(List<String> flags, List<String> lines, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.addAll(flags);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.startsWith("WARNING: Using incubator"))
        .forEach(lines::add);
    return process.waitFor();
  }
}
