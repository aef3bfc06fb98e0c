package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.TestingCommandLine.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CarryoverTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "run",
        "import",
        "verify",
        "inspect",
        "train",
        "evaluate",
        "lesson",
        "trace",
        "pack",
        "publish",
        "keygen"
      })
  void everyCommandExplainsItself(String command) {
    Result result = TestingCommandLine.execute(command, "--help");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("Usage: carryover " + command).contains("--debug");
  }

  @Test
  void theVersionNamesTheBuildAndJava() {
    Result result = TestingCommandLine.execute("--version");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .startsWith("carryover 0.")
        .contains("Java " + Runtime.version().feature());
  }

  @Test
  void withoutACommandTheUsageIsOneLine() {
    assertOneLine(TestingCommandLine.execute(), 2, "Missing required subcommand");
  }

  @Test
  void anUnknownCommandIsOneLine() {
    assertOneLine(TestingCommandLine.execute("serve"), 2, "serve");
  }

  @Test
  void anUnknownOptionIsOneLine() {
    assertOneLine(
        TestingCommandLine.execute("demo", "--paralelism", "2"),
        2,
        "carryover demo: Unknown option");
  }

  @Test
  void anAbsentOptionIsOneLine() {
    assertOneLine(TestingCommandLine.execute("run"), 2, "Missing required option: '--config=FILE'");
    assertOneLine(TestingCommandLine.execute("verify", "--cases", "x"), 2, "--model", "--weights");
    assertOneLine(
        TestingCommandLine.execute("verify", "--cases", "x", "--model", "m", "--weights", "w"),
        2,
        "mutually exclusive");
  }

  @Test
  void aBadValueIsOneLineWithWhatIsAllowed() {
    assertOneLine(
        TestingCommandLine.execute("demo", "--parallelism", "0"),
        2,
        "--parallelism is 0",
        "1 to 64");
    assertOneLine(
        TestingCommandLine.execute("demo", "--parallelism", "two"), 2, "--parallelism", "'two'");
    assertOneLine(
        TestingCommandLine.execute("demo", "--backend", "disk"),
        2,
        "--backend is disk",
        "heap or rocksdb");
    assertOneLine(
        TestingCommandLine.execute("demo", "logs", "--gap", "6"), 2, "--gap", "ms, s, min, h or d");
    assertOneLine(
        TestingCommandLine.execute("demo", "logs", "--gap", "1500ms"),
        2,
        "--gap is PT1.5S",
        "whole seconds");
    for (String[] demo : new String[][] {{"demo"}, {"demo", "logs"}}) {
      assertOneLine(
          TestingCommandLine.execute(with(demo, "--copies", "101")),
          2,
          "--copies is 101",
          "1 to 100");
      assertOneLine(
          TestingCommandLine.execute(with(demo, "--backend", "disk")), 2, "heap or rocksdb");
    }
    assertOneLine(
        TestingCommandLine.execute("demo", "--words", "9"), 2, "--words is 9", "at least 10");
    assertOneLine(TestingCommandLine.execute("demo", "--beam", "0"), 2, "--beam is 0", "1 to 64");
    assertOneLine(TestingCommandLine.execute("demo", "models", "--words", "0"), 2, "--words is 0");
    assertOneLine(TestingCommandLine.execute("demo", "--speed", "-1"), 2, "--speed is -1.0");
    assertOneLine(
        TestingCommandLine.execute("demo", "--kernels", "gpu"), 2, "--kernels", "'gpu'", "scalar");
    assertOneLine(
        TestingCommandLine.execute("demo", "--checkpoint-interval", "1ms"), 2, "at least 100 ms");
    assertOneLine(
        TestingCommandLine.execute("pack", "--profile", "rocm", "--output", "x"),
        2,
        "the profile is rocm",
        "cpu, cuda, cuda-ptx");
    assertOneLine(
        TestingCommandLine.execute(
            "pack", "--profile", "cpu", "--part-size", "60MB", "--output", "x"),
        2,
        "the part size is 60MB",
        "such as 60M");
    assertOneLine(
        TestingCommandLine.execute("verify", "--cases", "x", "--model", "m", "--kernels", "gpu"),
        2,
        "--kernels",
        "'gpu'");
    assertOneLine(
        TestingCommandLine.execute("verify", "--cases", "x", "--model", "m", "--tolerance", "-1"),
        2,
        "--tolerance is -1.0");
  }

  @Test
  void aFileThatIsAbsentIsOneLine() {
    Path absent = folder.resolve("absent");
    assertOneLine(TestingCommandLine.execute("inspect", "--model", absent), 2, absent.toString());
    assertOneLine(TestingCommandLine.execute("run", "--config", absent), 2, absent.toString());
    assertOneLine(
        TestingCommandLine.execute("verify", "--model", absent, "--cases", absent),
        2,
        absent.toString());
    assertOneLine(
        TestingCommandLine.execute(
            "import", "--weights", absent, "--config", absent, "--output", folder.resolve("m")),
        2,
        absent.toString());
  }

  @Test
  void aFileOfAnotherKindIsOneLine() throws IOException {
    Path text = Files.writeString(folder.resolve("notes.txt"), "no model, no config, no cases");
    assertOneLine(TestingCommandLine.execute("inspect", "--model", text), 2, text.toString());
    assertOneLine(TestingCommandLine.execute("inspect", "--model", folder), 2, folder.toString());
    assertOneLine(TestingCommandLine.execute("run", "--config", text), 2, text.toString());
    assertOneLine(
        TestingCommandLine.execute("verify", "--model", text, "--cases", text),
        2,
        text + ": not JSON");
  }

  @Test
  void anUnknownKeyOfAConfigurationIsRefusedByName() throws IOException {
    Path config = Files.writeString(folder.resolve("job.yaml"), "job.nmae: x\n");
    Result result = TestingCommandLine.execute("run", "--config", config);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("job.nmae").contains("job.name").doesNotContain("\tat ");
  }

  @Test
  void debugShowsTheStackTraceWhereverItStands() {
    Path absent = folder.resolve("absent");
    assertThat(TestingCommandLine.execute("--debug", "inspect", "--model", absent).err())
        .contains("\tat dev.carryover");
    assertThat(TestingCommandLine.execute("inspect", "--debug", "--model", absent).err())
        .contains("\tat dev.carryover");
  }

  @Test
  void theDemoOfTheLogWithoutDataSaysInTwoLinesWhatToFetchAndWhere() {
    Result result = TestingCommandLine.execute("demo", "logs", "--data", folder);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().lines())
        .satisfiesExactly(
            first -> assertThat(first).contains("HDFS_v1 of Loghub"),
            second -> assertThat(second).contains(folder.toString()).contains("CARRYOVER_DATA"));
  }

  @Test
  void optionsOfTheLogAreSentToItsDemo() {
    for (String option : new String[] {"--data", "--gap", "--swap-at", "--state-policy"}) {
      assertOneLine(
          TestingCommandLine.execute("demo", option, "x"),
          2,
          "carryover demo: --data, --gap, --swap-at and --state-policy are for the log",
          "carryover demo logs");
    }
  }

  @Test
  void optionsBeforeASubcommandOfTheDemoAreRefused() {
    assertOneLine(
        TestingCommandLine.execute("demo", "--parallelism", "2", "logs"),
        2,
        "carryover demo logs: --parallelism stands before logs; options go behind it");
    assertOneLine(
        TestingCommandLine.execute("demo", "--words", "20", "models"),
        2,
        "carryover demo models: --words stands before models");
  }

  @Test
  void modelsThatAreNotThereAreOneLine() {
    assertOneLine(
        TestingCommandLine.execute("demo", "models", "--recipes", folder, "--output", folder),
        2,
        "pronunciation-plain.train.yaml");
  }

  static Object[] with(String[] command, String... options) {
    return Stream.concat(Stream.of(command), Stream.of(options)).toArray();
  }

  private static void assertOneLine(Result result, int exitCode, String... parts) {
    assertThat(result.exitCode()).as("%s", result).isEqualTo(exitCode);
    assertThat(result.err().lines()).as("%s", result.err()).hasSize(1);
    assertThat(result.err()).startsWith("carryover").contains(parts);
  }
}
