package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, run by a real shell. */
class LauncherTest {

  private static final Path SCRIPT = Path.of("carryover").toAbsolutePath();

  @TempDir private Path folder;

  private record Result(int exitCode, String output) {}

  @Test
  void theScriptIsExecutableAndParses() throws IOException, InterruptedException {
    assertThat(Files.isExecutable(SCRIPT)).isTrue();
    assertThat(run(Map.of(), "bash", "-n", SCRIPT.toString())).isEqualTo(new Result(0, ""));
  }

  @Test
  void anOldJavaIsRefusedInOneLine() throws IOException, InterruptedException {
    Path java = script("jdk/bin/java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2");
    Result result =
        run(
            Map.of("JAVA_HOME", java.getParent().getParent().toString()),
            SCRIPT.toString(),
            "demo");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.output()).contains("is version 11.0.2").contains("JDK 17").hasLineCount(1);
  }

  @Test
  void aJavaHomeWithoutJavaIsRefusedInOneLine() throws IOException, InterruptedException {
    Result result = run(Map.of("JAVA_HOME", folder.toString()), SCRIPT.toString(), "demo");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.output()).contains(folder + ", which has no bin/java").hasLineCount(1);
  }

  @Test
  void whatIsNotBuiltNeedsMavenAndSaysSo() throws IOException, InterruptedException {
    Path checkout = checkout();
    Path tools = Files.createDirectories(folder.resolve("tools"));
    for (String tool :
        List.of("bash", "env", "readlink", "dirname", "sed", "head", "find", "cat", "mkdir")) {
      Files.createSymbolicLink(tools.resolve(tool), tool(tool));
    }
    Files.createSymbolicLink(tools.resolve("java"), script("jdk/bin/java", javaVersion()));
    Result result =
        run(Map.of("PATH", tools.toString()), checkout.resolve("deploy/carryover").toString());
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.output()).contains("no mvn found").hasLineCount(1);
  }

  @Test
  void itBuildsOnceAndAgainWhenASourceIsNewer() throws IOException, InterruptedException {
    Path checkout = checkout();
    Path launcher =
        Files.createSymbolicLink(folder.resolve("link"), checkout.resolve("deploy/carryover"));
    script(
        "tools/mvn",
        "pwd >>'" + folder + "/builds'",
        "mkdir -p deploy/target",
        "printf '%s' '" + folder + "' >deploy/target/classpath");
    script("jdk/bin/java", javaVersion(), "[ \"$1\" = -version ] || echo \"started ${*: -2}\"");
    Map<String, String> environment =
        Map.of(
            "PATH",
            folder.resolve("tools") + ":" + System.getenv("PATH"),
            "JAVA_HOME",
            folder.resolve("jdk").toString());

    assertThat(run(environment, launcher.toString(), "demo", "a b").output())
        .contains("carryover: building")
        .endsWith("started demo a b\n");
    assertThat(run(environment, launcher.toString(), "demo", "again").output())
        .isEqualTo("started demo again\n");
    assertThat(builds()).containsExactly(checkout.toRealPath().toString());

    Path source = checkout.resolve("job/src/main/java/New.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(run(environment, launcher.toString(), "demo", "x").output())
        .contains("carryover: building");
    assertThat(builds()).hasSize(2);
  }

  @Test
  void benchBuildsTheBenchmarksAndStartsThem() throws IOException, InterruptedException {
    Path checkout = checkout();
    script(
        "tools/mvn",
        "echo \"$*\" >>'" + folder + "/builds'",
        "mkdir -p tests/target",
        "printf '%s' '" + folder + "' >tests/target/classpath");
    script("jdk/bin/java", javaVersion(), "[ \"$1\" = -version ] || echo \"started ${*: -3}\"");
    Map<String, String> environment =
        Map.of(
            "PATH",
            folder.resolve("tools") + ":" + System.getenv("PATH"),
            "JAVA_HOME",
            folder.resolve("jdk").toString());
    String launcher = checkout.resolve("deploy/carryover").toString();
    String started = "started dev.carryover.tests.bench.command.BenchCommand --only step\n";

    assertThat(run(environment, launcher, "bench", "--only", "step").output()).endsWith(started);
    assertThat(run(environment, launcher, "bench", "--only", "step").output()).isEqualTo(started);
    assertThat(builds()).hasSize(1).first().asString().contains("--projects tests --also-make");

    Path source = checkout.resolve("tests/src/main/java/New.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(run(environment, launcher, "bench", "--only", "step").output())
        .contains("carryover: building");
  }

  @Test
  void productsOfMatricesAreToldToRunOnOneThreadBeforeJavaStarts()
      throws IOException, InterruptedException {
    Path checkout = checkout();
    Files.createDirectories(checkout.resolve("deploy/target"));
    Files.writeString(checkout.resolve("deploy/target/classpath"), "");
    script("jdk/bin/java", javaVersion(), "[ \"$1\" = -version ] || echo \"$OMP_NUM_THREADS\"");
    Result result =
        run(
            Map.of(
                "JAVA_HOME",
                folder.resolve("jdk").toString(),
                "CARRYOVER_BUILD",
                "never",
                "OMP_NUM_THREADS",
                "8"),
            checkout.resolve("deploy/carryover").toString(),
            "train");
    assertThat(result).isEqualTo(new Result(0, "1\n"));
  }

  @Test
  void aBuildThatFailsStartsNothing() throws IOException, InterruptedException {
    Path checkout = checkout();
    script("tools/mvn", "echo '[ERROR] no'", "exit 1");
    script("jdk/bin/java", javaVersion());
    Result result =
        run(
            Map.of(
                "PATH",
                folder.resolve("tools") + ":" + System.getenv("PATH"),
                "JAVA_HOME",
                folder.resolve("jdk").toString()),
            checkout.resolve("deploy/carryover").toString(),
            "demo");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.output())
        .contains("[ERROR] no")
        .contains("the build failed")
        .doesNotContain("started");
  }

  private static String javaVersion() {
    return "[ \"$1\" != -version ] || echo 'openjdk version \"17.0.1\" 2021-10-19' >&2";
  }

  private List<String> builds() throws IOException {
    return Files.readAllLines(folder.resolve("builds"));
  }

  /** As much of a checkout as the script looks at. */
  private Path checkout() throws IOException {
    Path checkout = Files.createDirectories(folder.resolve("check out"));
    Files.createDirectories(checkout.resolve("deploy"));
    Files.writeString(checkout.resolve("pom.xml"), "<project/>");
    Path copy = Files.copy(SCRIPT, checkout.resolve("deploy/carryover"));
    assertThat(copy.toFile().setExecutable(true)).isTrue();
    return checkout;
  }

  private Path script(String name, String... lines) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/usr/bin/env bash\n" + String.join("\n", lines) + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  private static Path tool(String name) {
    for (String folder : System.getenv("PATH").split(":")) {
      Path file = Path.of(folder, name);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    throw new IllegalStateException(name + " is not on the PATH");
  }

  private Result run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.equals("JAVA_HOME") || name.startsWith("CARRYOVER_"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
