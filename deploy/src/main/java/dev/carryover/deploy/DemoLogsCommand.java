package dev.carryover.deploy;

import dev.carryover.deploy.cutover.CutoverDemo;
import dev.carryover.deploy.cutover.CutoverSettings;
import dev.carryover.deploy.demo.WhenDone;
import dev.carryover.deploy.logs.LogDemo;
import dev.carryover.deploy.logs.LogSettings;
import dev.carryover.deploy.publish.Cutover;
import dev.carryover.schemas.StatePolicy;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code carryover demo logs}: a real log through broker, Flink and model on this machine. */
@Command(
    name = "logs",
    description = {
      "Streams a real Hadoop log through Kafka and the job, and checks it against PyTorch.",
      "Broker and Flink run in this process. Shows how well anomalous blocks are found.",
      "Then the same stream again: a revision that is trained on its first hours takes over in the",
      "middle, and every event is checked to have one inference, by the right revision.",
      "Exit code 1 when anything disagrees, is lost or doubled; 2 when the data is absent."
    })
final class DemoLogsCommand implements Callable<Integer> {

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The data folder; default: CARRYOVER_DATA, else ../shared beside the checkout.")
  private Optional<Path> data;

  @Option(
      names = "--gap",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "End a sequence after so long without an event, such as 6h, instead of with the stream.")
  private Optional<Duration> gap;

  @Option(
      names = "--copies",
      defaultValue = "1",
      paramLabel = "N",
      description =
          "Send the log N times side by side, each with blocks of its own: a run that outlasts the warm-up of the JVM. The second part sends it once.")
  private int copies;

  @Option(
      names = "--swap-at",
      paramLabel = "HOURS",
      description =
          "Hour of the stream at which the second revision takes over; default: half of it.")
  private Optional<Double> swapAt;

  @Option(
      names = "--state-policy",
      defaultValue = "drain",
      paramLabel = "POLICY",
      description =
          "What becomes of sequences that run then: drain (they end on the revision they began with), carry, reset or replay (of the last 32 inputs); default: ${DEFAULT-VALUE}.")
  private String statePolicy;

  @Mixin private DemoOptions options;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    DemoCommand.refuseOptionsBefore(spec);
    LogSettings settings = settings();
    CutoverSettings swap = new CutoverSettings(swapAt, policy(), CutoverSettings.EPOCHS);
    WhenDone whenDone = options.whenDone(out);
    try (OrderlyStop stop = OrderlyStop.install()) {
      try {
        if (!options.swap()) {
          return exitCode(new LogDemo(settings, out).run(whenDone));
        }
        // First, for it refuses what it cannot do before anything starts.
        CutoverDemo second = new CutoverDemo(settings, swap, out);
        boolean passed = new LogDemo(settings, out).run(commands -> {});
        passed &= second.run(whenDone);
        return exitCode(passed);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage(), e);
      } catch (Exception e) {
        if (stop.requested()) {
          return ExitCode.OK;
        }
        throw e;
      }
    }
  }

  private LogSettings settings() {
    try {
      return new LogSettings(DataFolder.find(data), options.settings(), gap, copies);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private StatePolicy policy() {
    try {
      return Cutover.policy(statePolicy);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static int exitCode(boolean passed) {
    return passed ? ExitCode.OK : ExitCode.CHECK_FAILED;
  }
}
