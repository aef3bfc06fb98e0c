package dev.carryover.deploy;

import dev.carryover.deploy.cutover.CutoverDemo;
import dev.carryover.deploy.cutover.CutoverSettings;
import dev.carryover.deploy.demo.Demo;
import dev.carryover.deploy.demo.DemoSettings;
import dev.carryover.deploy.publish.Cutover;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.StatePolicy;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code carryover demo}: a real log through broker, Flink and model on this machine. */
@Command(
    name = "demo",
    subcommands = DemoModelsCommand.class,
    description = {
      "Runs a real Hadoop log through an embedded Kafka broker and the streaming job,",
      "shows how well anomalous blocks are found, and checks every block against PyTorch.",
      "Then the same stream again: a revision that is trained on its first hours takes over in the",
      "middle, and every event is checked to have one inference, by the right revision.",
      "Exit code 1 when anything disagrees, is lost or doubled; 2 when the data is absent."
    })
final class DemoCommand implements Callable<Integer> {

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The data folder; default: CARRYOVER_DATA, else ../shared beside the checkout.")
  private Optional<Path> data;

  @Option(
      names = "--parallelism",
      defaultValue = "1",
      paramLabel = "N",
      description = "Parallel instances of the operators; default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Option(
      names = "--backend",
      defaultValue = "heap",
      paramLabel = "NAME",
      description = "heap or rocksdb: where hidden state lives; default: ${DEFAULT-VALUE}.")
  private String backend;

  @Option(
      names = "--gap",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "End a sequence after so long without an event, such as 6h, instead of with the stream.")
  private Optional<Duration> gap;

  @Option(
      names = "--speed",
      defaultValue = "0",
      paramLabel = "X",
      description = "X times real time; default: as fast as the job takes the events.")
  private double speed;

  @Option(
      names = "--copies",
      defaultValue = "1",
      paramLabel = "N",
      description =
          "Send the log N times side by side, each with blocks of its own: a run that outlasts the warm-up of the JVM. The second part sends it once.")
  private int copies;

  @Option(
      names = "--checkpoint-interval",
      defaultValue = "1s",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How often a checkpoint makes output visible; default: ${DEFAULT-VALUE}.")
  private Duration checkpointInterval;

  @Option(
      names = "--kernels",
      defaultValue = "auto",
      paramLabel = "NAME",
      converter = KernelsConverter.class,
      description = "auto, scalar or simd; default: ${DEFAULT-VALUE}.")
  private KernelChoice kernels;

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

  @Option(names = "--no-swap", description = "Leave the second part out.")
  private boolean noSwap;

  @Option(
      names = "--keep-running",
      description =
          "Leave broker, job and web page of the last part up after the report, until Ctrl-C.")
  private boolean keepRunning;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    DemoSettings settings = settings();
    CutoverSettings swap = new CutoverSettings(swapAt, policy(), CutoverSettings.EPOCHS);
    Demo.WhenDone atOnce = commands -> {};
    Demo.WhenDone whenDone = keepRunning ? this::keepRunning : atOnce;
    try (OrderlyStop stop = OrderlyStop.install()) {
      try {
        if (noSwap) {
          return exitCode(new Demo(settings, out).run(whenDone));
        }
        // First, for it refuses what it cannot do before anything starts.
        CutoverDemo second = new CutoverDemo(settings, swap, out);
        boolean passed = new Demo(settings, out).run(atOnce);
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

  private DemoSettings settings() {
    try {
      return new DemoSettings(
          DataFolder.find(data),
          parallelism,
          backend,
          gap,
          speed,
          copies,
          checkpointInterval,
          kernels);
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

  private void keepRunning(List<String> commands) throws InterruptedException {
    spec.commandLine().getOut().println("Everything is left running; Ctrl-C stops it.");
    commands.forEach(spec.commandLine().getOut()::println);
    spec.commandLine().getOut().flush();
    new CountDownLatch(1).await();
  }
}
