package dev.carryover.deploy;

import dev.carryover.deploy.words.WordDemo;
import dev.carryover.deploy.words.WordSettings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code carryover demo}: words letter by letter through broker, Flink and two models. */
@Command(
    name = "demo",
    synopsisSubcommandLabel = "[logs | models]",
    subcommands = {DemoLogsCommand.class, DemoModelsCommand.class},
    description = {
      "Streams words letter by letter through Kafka and the job: how are they pronounced?",
      "Broker and Flink run in this process; the words are test words of the CMU dictionary, many at",
      "a time. In the middle a better model takes over. Every word is checked to be answered once, by",
      "the right model.",
      "Exit code 1 when one is lost, doubled, or answered by another model than was announced."
    })
final class DemoCommand implements Callable<Integer> {

  @Option(
      names = "--words",
      paramLabel = "N",
      description = "Send N of the test words; default: all of them.")
  private Optional<Integer> words;

  @Option(
      names = "--copies",
      defaultValue = "1",
      paramLabel = "N",
      description = "Send every word N times: a run that outlasts the warm-up of the JVM.")
  private int copies;

  @Option(
      names = "--beam",
      defaultValue = "4",
      paramLabel = "K",
      description = "How many hypotheses are followed at a time; default: ${DEFAULT-VALUE}.")
  private int beamWidth;

  @Option(
      names = "--models",
      paramLabel = "DIR",
      description = "The folder that `demo models` trained models into, instead of those shipped.")
  private Optional<Path> models;

  @Mixin private DemoOptions options;

  @Option(
      names = {"--data", "--gap", "--swap-at", "--state-policy"},
      hidden = true,
      description = "Options that `demo` had when it was what `demo logs` is.")
  private List<String> optionsOfLogs = List.of();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    WordSettings settings = settings();
    try (OrderlyStop stop = OrderlyStop.install()) {
      try {
        boolean passed = new WordDemo(settings, out).run(options.whenDone(out));
        return passed ? ExitCode.OK : ExitCode.CHECK_FAILED;
      } catch (Exception e) {
        if (stop.requested()) {
          return ExitCode.OK;
        }
        throw e;
      }
    }
  }

  private WordSettings settings() {
    if (!optionsOfLogs.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--data, --gap, --swap-at and --state-policy are for the log; use carryover demo logs, with its options behind");
    }
    try {
      return new WordSettings(options.settings(), words, copies, beamWidth, options.swap(), models);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /**
   * Refuses options that stand before a subcommand of {@code demo}, where nobody would read them.
   *
   * @param subcommand what stands behind them
   */
  static void refuseOptionsBefore(CommandSpec subcommand) {
    for (OptionSpec option : subcommand.parent().commandLine().getParseResult().matchedOptions()) {
      if (!option.inherited()) {
        throw new ParameterException(
            subcommand.commandLine(),
            "%s stands before %s; options go behind it"
                .formatted(option.longestName(), subcommand.name()));
      }
    }
  }
}
