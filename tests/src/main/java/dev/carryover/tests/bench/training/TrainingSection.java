package dev.carryover.tests.bench.training;

import dev.carryover.model.spec.Cell;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Chart;
import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.section.SectionResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Tokens per second of forward, backward, clipping and Adam, T = 32, beside libtorch. */
public final class TrainingSection implements Section {
  /*
   * Every figure comes from a process of its own. The two of one line run one after the other, so
   * that a busy spell of the machine hits both, and the whole is gone through several times.
   */
  private static final int STEPS = 32;
  private static final int[][] SIZES = {{32, 128}, {32, 256}, {64, 512}};
  private static final int ROUNDS = 3;
  private static final SectionOption CELLS =
      new SectionOption("cells", "gru,lstm", "Among gru and lstm, between commas.");
  private static final SectionOption THREADS =
      new SectionOption("threads", "1,2", "Numbers of threads, between commas.");
  private static final SectionOption WARM_UP_MS =
      new SectionOption(
          "warm-up-ms", "3000", "CPU time before a figure, for the compiler; a third when quick.");
  private static final SectionOption TIMED_MS =
      new SectionOption("timed-ms", "1000", "CPU time of a figure; a third when quick.");

  /** Called by the list of sections. */
  public TrainingSection() {}

  private record Line(TrainingSizes sizes, int threads) {
    @Override
    public String toString() {
      return sizes + ", threads=" + threads;
    }
  }

  @Override
  public String name() {
    return "training";
  }

  @Override
  public String title() {
    return "A training step, beside libtorch";
  }

  @Override
  public List<SectionOption> options() {
    return List.of(CELLS, THREADS, WARM_UP_MS, TIMED_MS);
  }

  /** Threads of libtorch sleep while they wait, so that they do not spin on cores of others. */
  @Override
  public Map<String, String> environment() {
    return Map.of("OMP_WAIT_POLICY", "passive");
  }

  @Override
  public SectionResult run(BenchSettings settings, Progress progress)
      throws IOException, InterruptedException {
    List<Cell> cells =
        settings.list(CELLS, "cells", name -> Cell.valueOf(name.toUpperCase(Locale.ROOT)));
    List<Integer> threads = settings.numbers(THREADS);
    double share = settings.quick() ? 1 / 3000.0 : 1 / 1000.0;
    double warmUp = settings.number(WARM_UP_MS) * share;
    double seconds = settings.number(TIMED_MS) * share;
    int rounds = settings.roundsOr(settings.quick() ? 1 : ROUNDS);
    List<Line> lines = lines(cells, settings.quick() ? List.of(1) : threads, settings.quick());
    progress.expect(1 + rounds * lines.size() * TrainingRuntime.values().length);
    progress.step("comparing gradients");
    for (Cell cell : cells) {
      for (int count : threads) {
        TrainingAgreement.require(TrainingAgreement.small(cell), count);
      }
    }
    Map<Line, Map<TrainingRuntime, List<TrainingProcess.Speed>>> speeds = new LinkedHashMap<>();
    for (int round = 1; round <= rounds; round++) {
      for (Line line : lines) {
        for (TrainingRuntime runtime : TrainingRuntime.values()) {
          progress.step("%s, %s, round %d of %d".formatted(line, runtime.title(), round, rounds));
          speeds
              .computeIfAbsent(line, l -> new EnumMap<>(TrainingRuntime.class))
              .computeIfAbsent(runtime, r -> new ArrayList<>())
              .add(TrainingProcess.speed(runtime, line.sizes(), line.threads(), warmUp, seconds));
        }
      }
    }
    return result(speeds);
  }

  private static List<Line> lines(List<Cell> cells, List<Integer> threadCounts, boolean quick) {
    List<Line> lines = new ArrayList<>();
    for (Cell cell : cells) {
      for (int[] size : quick ? new int[][] {SIZES[0], SIZES[1]} : SIZES) {
        for (int threads : threadCounts) {
          lines.add(new Line(new TrainingSizes(cell, size[0], size[1], STEPS), threads));
        }
      }
    }
    return lines;
  }

  private static SectionResult result(
      Map<Line, Map<TrainingRuntime, List<TrainingProcess.Speed>>> speeds) {
    ResultTable.Builder table =
        ResultTable.titled("Thousand tokens per second, by the CPU clock of the thread that calls")
            .words("cell")
            .numbers("B", "H", "threads", "Carryover", "libtorch", "Carryover / libtorch")
            .numbers("Carryover, wall", "libtorch, wall");
    List<String> labels = new ArrayList<>();
    List<double[]> bars = new ArrayList<>();
    List<Map<String, Object>> raw = new ArrayList<>();
    speeds.forEach(
        (line, runtimes) -> {
          List<TrainingProcess.Speed> carryover = runtimes.get(TrainingRuntime.CARRYOVER);
          List<TrainingProcess.Speed> libtorch = runtimes.get(TrainingRuntime.LIBTORCH);
          double ours = median(carryover, TrainingProcess.Speed::byCpu);
          double theirs = median(libtorch, TrainingProcess.Speed::byCpu);
          String cell = line.sizes().cell().configName();
          table.row(
              cell,
              line.sizes().rows(),
              line.sizes().size(),
              line.threads(),
              Figures.number(ours),
              Figures.number(theirs),
              Figures.ratio(ours / theirs),
              Figures.number(median(carryover, TrainingProcess.Speed::byWall)),
              Figures.number(median(libtorch, TrainingProcess.Speed::byWall)));
          labels.add("%s %d, %d".formatted(cell, line.sizes().size(), line.threads()));
          bars.add(new double[] {ours, theirs});
          raw.add(Map.of("line", line.toString(), "carryover", carryover, "libtorch", libtorch));
        });
    return SectionResult.builder()
        .method(
            "Forward, backward, clipping by the norm and Adam, T = 32, one layer with I = H and biases, vectors as input, a head of 64 outputs with cross-entropy at every step. libtorch 2.7.1 runs through DJL: its own `gru` and `lstm` with their backward pass, and the elementwise operations that PyTorch takes for clipping and Adam.")
        .method(
            "Each figure comes from a JVM of its own. `OMP_NUM_THREADS` is 1 for Carryover, whose threads are Java's and share the rows of a batch, and the number of threads for libtorch. Before anything is timed both take the gradient of one small network, with the same weights and batch; a difference above 1e-4 of its largest value ends the run with both values.")
        .method(
            "With two threads the CPU clock of the thread that calls is what the wall would show if each had a core, but for uneven halves and for waking each other.")
        .fact("flags of the JVMs", "`" + String.join(" ", TrainingProcess.flags()) + "`")
        .table(table.build())
        .chart(
            Chart.bars("Training", "cell and H, threads", "thousand tokens/s", labels)
                .bars("Carryover", bars.stream().mapToDouble(pair -> pair[0]).toArray())
                .bars("libtorch", bars.stream().mapToDouble(pair -> pair[1]).toArray())
                .build())
        .bound(
            "A token takes 30 H² (GRU) or 40 H² (LSTM) floating-point operations in products, besides the head's.")
        .raw("speeds", raw)
        .build();
  }

  /** In thousands. */
  private static double median(
      List<TrainingProcess.Speed> speeds, ToDoubleFunction<TrainingProcess.Speed> clock) {
    return Figures.median(speeds.stream().mapToDouble(clock).boxed().toList()) / 1000;
  }
}
