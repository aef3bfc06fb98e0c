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
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.addAll(flags);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("exit of %s, which printed%n%s", command, printed).isZero();
    return printed.lines().filter(line -> !line.startsWith("WARNING: Using incubator")).toList();
  }
}
