package dev.carryover.tests.bench.command;

import dev.carryover.tests.bench.report.ChartFile;
import dev.carryover.tests.bench.report.HtmlReport;
import dev.carryover.tests.bench.report.Machine;
import dev.carryover.tests.bench.report.MarkdownReport;
import dev.carryover.tests.bench.report.SectionRun;
import dev.carryover.tests.bench.report.SectionRun.Load;
import dev.carryover.tests.bench.report.StoredRuns;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.section.SectionResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures, and writes one report of all that was measured into the same folder so far: {@code
 * bench.md}, {@code bench.html}, {@code charts}, {@code results} with every sample, {@code logs}.
 * Ends with 1 when an answer was wrong or a section could not run, never for a figure.
 */
@Command(
    name = "carryover bench",
    mixinStandardHelpOptions = true,
    exitCodeOnExecutionException = 3,
    description = "Measures this machine's Carryover beside its peers and writes one report.",
    footerHeading = "%nSections, with what --set knows:%n")
public final class BenchCommand implements Callable<Integer> {
  private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

  @Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "SECTION",
      description = "Sections to run, instead of all; what ran before stays in the report.")
  private List<String> only = List.of();

  @Option(
      names = "--quick",
      description = "A glance, not a result: few sizes, once; a minute or so a section.")
  private boolean quick;

  @Option(
      names = "--rounds",
      defaultValue = "0",
      paramLabel = "N",
      description = "How often all is gone through; without it what each section thinks right.")
  private int rounds;

  @Option(
      names = "--set",
      paramLabel = "SECTION.OPTION=VALUE",
      description = "Changes what a section measures; may be repeated.")
  private Map<String, String> set = Map.of();

  @Option(
      names = "--output",
      defaultValue = "carryover-bench",
      paramLabel = "DIR",
      description = "Where the report goes; ${DEFAULT-VALUE}.")
  private Path output;

  @Option(names = "--render", description = "Runs nothing; draws the report of what ran before.")
  private boolean render;

  private BenchCommand() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    List<String> footer = new ArrayList<>();
    for (Section section : Sections.all()) {
      footer.add("  " + section.name() + ": " + section.title());
      for (SectionOption option : section.options()) {
        footer.add(
            "    %s.%s=%s: %s"
                .formatted(section.name(), option.name(), option.usual(), option.description()));
      }
    }
    CommandLine command = new CommandLine(new BenchCommand());
    command
        .getCommandSpec()
        .usageMessage()
        // picocli formats what it prints here.
        .footer(footer.stream().map(line -> line.replace("%", "%%")).toArray(String[]::new));
    return command
        .setUsageHelpAutoWidth(true)
        .setAbbreviatedOptionsAllowed(false)
        .setParameterExceptionHandler((e, arguments) -> refuse(e.getCommandLine(), e))
        .setExecutionExceptionHandler((e, refused, parsed) -> refuse(refused, e));
  }

  /** One line for what cannot be used; anything else is an error of the program. */
  private static int refuse(CommandLine command, Exception e) throws Exception {
    if (e instanceof ParameterException || e instanceof IOException) {
      String reason = e instanceof ParameterException ? e.getMessage() : e.toString();
      command.getErr().println("carryover bench: " + reason);
      return CommandLine.ExitCode.USAGE;
    }
    throw e;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 0) {
      throw refused("--rounds is " + rounds + "; give 1 or more, or leave it out");
    }
    List<Section> chosen = render ? List.of() : chosen();
    Map<String, Map<String, String>> options = options();
    StoredRuns stored = new StoredRuns(output.resolve("results"));
    PrintWriter err = spec.commandLine().getErr();
    double loadBefore = ProcessorUse.loadAverage();
    boolean failed = false;
    for (Section section : chosen) {
      BenchSettings settings =
          new BenchSettings(quick, rounds, options.getOrDefault(section.name(), Map.of()));
      SectionRun run = run(section, settings, loadBefore, err);
      stored.write(run);
      if (run.failure() != null) {
        failed = true;
        err.println("carryover bench: " + section.name() + ": " + run.failure());
      }
      write(stored);
    }
    if (render) {
      write(stored);
    }
    spec.commandLine().getOut().println(output.resolve("bench.md"));
    spec.commandLine().getOut().println(output.resolve("bench.html"));
    return failed ? 1 : 0;
  }

  private List<Section> chosen() {
    if (only.isEmpty()) {
      return Sections.all();
    }
    for (String name : only) {
      section("--only", name);
    }
    return Sections.all().stream().filter(section -> only.contains(section.name())).toList();
  }

  private Section section(String option, String name) {
    try {
      return Sections.named(name);
    } catch (IllegalArgumentException e) {
      throw refused(option + ": " + e.getMessage());
    }
  }

  /** What was set, by section and option. */
  private Map<String, Map<String, String>> options() {
    Map<String, Map<String, String>> options = new LinkedHashMap<>();
    set.forEach(
        (key, value) -> {
          int dot = key.indexOf('.');
          Section section = section("--set " + key, dot < 0 ? key : key.substring(0, dot));
          String name = key.substring(dot + 1);
          List<String> known = section.options().stream().map(SectionOption::name).toList();
          if (!known.contains(name)) {
            throw refused(
                "--set %s: section %s has no option '%s'; it has %s"
                    .formatted(key, section.name(), name, known));
          }
          options.computeIfAbsent(section.name(), s -> new LinkedHashMap<>()).put(name, value);
        });
    return options;
  }

  private ParameterException refused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private SectionRun run(
      Section section, BenchSettings settings, double loadBefore, PrintWriter err)
      throws IOException, InterruptedException {
    String started = LocalDateTime.now().format(MINUTE);
    String commit = Checkout.commit(Path.of(System.getProperty("carryover.root", ".")));
    Path log = output.resolve("logs").resolve(section.name() + ".log");
    ProcessorUse before = ProcessorUse.now();
    long begin = System.nanoTime();
    SectionResult result = null;
    String failure = null;
    try (ConsoleProgress progress =
        new ConsoleProgress(section.name(), System.console() != null, err)) {
      result = SectionProcess.run(section, settings, log, progress);
    } catch (SectionFailure e) {
      failure = e.getMessage();
    }
    return new SectionRun(
        section.name(),
        section.title(),
        started,
        (System.nanoTime() - begin) / 1e9,
        commit,
        Machine.here(),
        new Load(loadBefore, ProcessorUse.now().since(before)),
        SectionProcess.flags(section),
        settings.quick(),
        settings.rounds(),
        settings.options(),
        failure,
        result);
  }

  private void write(StoredRuns stored) throws IOException {
    List<SectionRun> runs = stored.read(Sections.all().stream().map(Section::name).toList());
    ChartFile.writeAll(runs, output);
    Files.createDirectories(output);
    Files.writeString(output.resolve("bench.md"), MarkdownReport.of(runs, ChartFile.drawn()));
    Files.writeString(output.resolve("bench.html"), HtmlReport.of(runs));
  }
}
