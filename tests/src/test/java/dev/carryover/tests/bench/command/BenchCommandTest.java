package dev.carryover.tests.bench.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchCommandTest {
  @TempDir private Path folder;

  private record Result(int exitCode, String out, String err) {}

  private static Result execute(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = BenchCommand.commandLine();
    int exitCode =
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
    return new Result(exitCode, out.toString(), err.toString());
  }

  @Test
  void helpListsEverySectionWithItsOptions() {
    Result result = execute("--help");
    assertThat(result.exitCode()).isZero();
    String help = withoutBlanks(result.out());
    for (Section section : Sections.all()) {
      assertThat(help).contains(withoutBlanks(section.name() + ": " + section.title()));
      section
          .options()
          .forEach(
              option ->
                  assertThat(help)
                      .contains(section.name() + "." + option.name() + "=" + option.usual()));
    }
  }

  /** Lines of the help are wrapped, also within long words. */
  private static String withoutBlanks(String text) {
    return text.replaceAll("\\s+", "");
  }

  @Test
  void namesOfSectionsAreTheirOwn() {
    assertThat(Sections.all().stream().map(Section::name))
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("[a-z]+"))
        .contains("step");
  }

  @Test
  void anUnknownSectionIsRefusedWithTheOnesThereAre() {
    Result result = execute("--only", "steps");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .isEqualToIgnoringNewLines(
            "carryover bench: --only: there is no section 'steps'; choose among "
                + Sections.names());
  }

  @Test
  void anUnknownOptionIsRefusedWithTheOnesThereAre() {
    Result result = execute("--set", "step.colour=red");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith(
            "carryover bench: --set step.colour: section step has no option 'colour'; it has [cells, ");
    assertThat(execute("--set", "colour=red").err()).contains("there is no section 'colour'");
    assertThat(execute("--rounds", "-1").err())
        .startsWith("carryover bench: --rounds is -1; give 1 or more");
  }

  @Test
  void aSectionThatCannotRunFailsWithItsMessageInTheReport() throws IOException {
    Result result =
        execute("--only", "step", "--set", "step.hidden=wide", "--output", folder.toString());
    String message = "option hidden has 'wide'; give whole numbers between commas";
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("carryover bench: step: " + message);
    assertThat(Files.readString(folder.resolve("bench.md"))).contains("No figures: " + message);
    assertThat(Files.readString(folder.resolve("logs/step.log"))).contains(message);

    Files.delete(folder.resolve("bench.md"));
    assertThat(execute("--render", "--output", folder.toString()).exitCode()).isZero();
    assertThat(folder.resolve("bench.md")).content().contains(message);
  }

  @Test
  void aFolderThatCannotBeWrittenIsOneLine() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Result result = execute("--render", "--output", file.toString());
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("carryover bench: ")
        .contains(file.toString())
        .hasLineCount(1);
  }

  @Test
  void progressPassesBetweenProcessesAsLines() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Progress sent = new ProgressLines(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    sent.expect(2);
    sent.step("64 keys,\nround 1");
    List<String> received = new ArrayList<>();
    Progress progress =
        new Progress() {
          @Override
          public void expect(int steps) {
            received.add("expect " + steps);
          }

          @Override
          public void step(String what) {
            received.add(what);
          }
        };
    bytes
        .toString(StandardCharsets.UTF_8)
        .lines()
        .forEach(line -> assertThat(ProgressLines.pass(line, progress)).isTrue());
    assertThat(ProgressLines.pass("something else", progress)).isFalse();
    assertThat(received).containsExactly("expect 2", "64 keys, round 1");
  }

  @Test
  void aProcessThatDiesIsReportedWithItsLog() {
    Section deadly =
        new Section() {
          @Override
          public String name() {
            return "deadly";
          }

          @Override
          public String title() {
            return "";
          }

          @Override
          public List<String> jvmFlags() {
            return List.of("-XX:NoSuchFlag");
          }

          @Override
          public SectionResult run(BenchSettings settings, Progress progress) {
            throw new AssertionError("its process does not start");
          }
        };
    Path log = folder.resolve("deadly.log");
    assertThatThrownBy(
            () -> SectionProcess.run(deadly, BenchSettings.of(true), log, Progress.SILENT))
        .isInstanceOf(SectionFailure.class)
        .hasMessage("its process ended with 1; see " + log);
    assertThat(log).content().contains("NoSuchFlag");
  }

  @Test
  void processorsOfOthersAreThoseOfTheSystemLessOnesOwn() throws IOException {
    Files.writeString(folder.resolve("stat"), "cpu  100 10 50 900 5 3 2 1 0 0\ncpu0 1 1\n");
    Path self = Files.createDirectories(folder.resolve("self"));
    Files.writeString(
        self.resolve("stat"), "7 (a b) c) S 1 1 1 0 -1 0 0 0 0 0 20 4 6 2 20 0 1 0 5\n");
    assertThat(ProcessorUse.ticksOfOthers(folder)).isEqualTo(166 - 32);
    assertThat(ProcessorUse.ticksOfOthers(folder.resolve("absent"))).isNaN();
  }

  @Test
  void withoutGitThereIsNoCommit() {
    assertThat(Checkout.commit(folder)).isEmpty();
  }
}
