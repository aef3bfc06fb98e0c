package dev.carryover.tests.bench;

import dev.carryover.model.spec.Cell;
import dev.carryover.tests.bench.training.TrainingAgreement;
import dev.carryover.tests.bench.training.TrainingProcess;
import dev.carryover.tests.bench.training.TrainingRuntime;
import dev.carryover.tests.bench.training.TrainingSizes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Tokens per second of forward, backward, clipping and Adam, T = 32, beside libtorch. Gradients are
 * compared first; {@link #main} prints a Markdown table of medians.
 */
public final class TrainingBenchmark {
  private static final int STEPS = 32;
  private static final int[][] SIZES = {{32, 128}, {32, 256}, {64, 512}};

  private TrainingBenchmark() {}

  /** Runs the benchmark; {@code --help} lists the options. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Run()).execute(arguments));
  }

  /*
   * Every figure comes from a process of its own. The two of one line run one after the other, so
   * that a busy spell of the machine hits both, and the whole is gone through several times.
   *
   * The table has the CPU clock of the thread that calls. In Carryover that thread takes the first
   * part of a batch and what is not shared, in libtorch its share of every loop; other threads run
   * beside it, and while it waits for them asleep the clock stands. So on a shared machine it is the
   * time that a step would take by the wall if every thread had a core, but for uneven parts.
   */
  private record Line(TrainingSizes sizes, int threads) {}

  @Command(
      name = "TrainingBenchmark",
      mixinStandardHelpOptions = true,
      description = "Times training of Carryover beside libtorch.")
  private static final class Run implements Callable<Integer> {
    @Option(names = "--quick", description = "Once, for a second: a glance, not a result.")
    private boolean quick;

    @Option(
        names = "--cells",
        split = ",",
        defaultValue = "GRU,LSTM",
        description = "Among GRU, LSTM; ${DEFAULT-VALUE}.")
    private List<Cell> cells;

    @Option(
        names = "--threads",
        split = ",",
        defaultValue = "1,2",
        description = "Numbers of threads; ${DEFAULT-VALUE}.")
    private List<Integer> threadCounts;

    @Option(
        names = "--warm-up",
        defaultValue = "3",
        description = "CPU time before a figure, for the compiler; ${DEFAULT-VALUE} seconds.")
    private double warmUp;

    @Option(
        names = "--seconds",
        defaultValue = "1",
        description = "CPU time of a figure; ${DEFAULT-VALUE} seconds.")
    private double seconds;

    @Option(
        names = "--rounds",
        defaultValue = "3",
        description = "How often each is timed; ${DEFAULT-VALUE}.")
    private int rounds;

    @Override
    public Integer call() throws IOException, InterruptedException {
      if (quick) {
        warmUp = 1;
        seconds = 0.4;
        rounds = 1;
      }
      for (Cell cell : cells) {
        for (int threads : threadCounts) {
          TrainingAgreement.require(TrainingAgreement.small(cell), threads);
        }
      }
      Map<Line, Map<TrainingRuntime, List<TrainingProcess.Speed>>> speeds = new LinkedHashMap<>();
      for (int round = 1; round <= rounds; round++) {
        System.err.printf("Round %d of %d%n", round, rounds);
        for (Line line : lines()) {
          for (TrainingRuntime runtime : TrainingRuntime.values()) {
            TrainingProcess.Speed speed =
                TrainingProcess.speed(runtime, line.sizes(), line.threads(), warmUp, seconds);
            System.err.printf(
                "%s, threads=%d, %s: %s%n", line.sizes(), line.threads(), runtime, speed);
            speeds
                .computeIfAbsent(line, l -> new EnumMap<>(TrainingRuntime.class))
                .computeIfAbsent(runtime, r -> new ArrayList<>())
                .add(speed);
          }
        }
      }
      System.out.println(Report.machine(TrainingProcess.flags()));
      System.out.println(table(speeds));
      return 0;
    }

    private List<Line> lines() {
      List<Line> lines = new ArrayList<>();
      for (Cell cell : cells) {
        for (int[] size : SIZES) {
          for (int threads : threadCounts) {
            lines.add(new Line(new TrainingSizes(cell, size[0], size[1], STEPS), threads));
          }
        }
      }
      return lines;
    }

    private static Report table(
        Map<Line, Map<TrainingRuntime, List<TrainingProcess.Speed>>> speeds) {
      Report table =
          new Report(
              "cell",
              "B",
              "H",
              "threads",
              "Carryover",
              "libtorch",
              "Carryover / libtorch",
              "Carryover, wall",
              "libtorch, wall");
      speeds.forEach(
          (line, runtimes) -> {
            List<TrainingProcess.Speed> carryover = runtimes.get(TrainingRuntime.CARRYOVER);
            List<TrainingProcess.Speed> libtorch = runtimes.get(TrainingRuntime.LIBTORCH);
            double ours = median(carryover, TrainingProcess.Speed::byCpu);
            double theirs = median(libtorch, TrainingProcess.Speed::byCpu);
            table.row(
                line.sizes().cell().configName(),
                line.sizes().rows(),
                line.sizes().size(),
                line.threads(),
                thousands(ours),
                thousands(theirs),
                Report.ratio(ours / theirs),
                thousands(median(carryover, TrainingProcess.Speed::byWall)),
                thousands(median(libtorch, TrainingProcess.Speed::byWall)));
          });
      return table;
    }

    private static double median(
        List<TrainingProcess.Speed> speeds, ToDoubleFunction<TrainingProcess.Speed> clock) {
      return Report.median(speeds.stream().mapToDouble(clock).boxed().toList());
    }

    private static String thousands(double tokens) {
      return String.format(Locale.ROOT, "%.1f k", tokens / 1000);
    }
  }
}
