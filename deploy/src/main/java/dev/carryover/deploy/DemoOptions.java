package dev.carryover.deploy;

import dev.carryover.deploy.demo.DemoSettings;
import dev.carryover.deploy.demo.WhenDone;
import dev.carryover.runtime.kernels.KernelChoice;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Option;

/** The options of every demo. */
final class DemoOptions {

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
      names = "--speed",
      defaultValue = "0",
      paramLabel = "X",
      description = "X times real time; default: as fast as the job takes the events.")
  private double speed;

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

  @Option(names = "--no-swap", description = "Leave out the second model that takes over.")
  private boolean noSwap;

  @Option(
      names = "--keep-running",
      description =
          "Leave broker, job and web page of the last part up after the report, until Ctrl-C.")
  private boolean keepRunning;

  /**
   * The settings.
   *
   * @throws IllegalArgumentException naming the option whose value is not allowed
   */
  DemoSettings settings() {
    return new DemoSettings(parallelism, backend, speed, checkpointInterval, kernels);
  }

  /** Whether a second model takes over. */
  boolean swap() {
    return !noSwap;
  }

  /** What to do when the report is printed. */
  WhenDone whenDone(PrintWriter out) {
    return keepRunning ? commands -> keepRunning(commands, out) : commands -> {};
  }

  private static void keepRunning(List<String> commands, PrintWriter out)
      throws InterruptedException {
    out.println("Everything is left running; Ctrl-C stops it.");
    commands.forEach(out::println);
    out.flush();
    new CountDownLatch(1).await();
  }
}
