package dev.carryover.tests.bench.history;

import dev.carryover.tests.bench.pipeline.BenchModel;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Chart;
import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.section.SectionResult;
import dev.carryover.tests.bench.section.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.util.FileUtils;

/** Time per event of a key that has just begun and of one with a long history. */
public final class HistorySection implements Section {
  private static final double GOAL = 0.03;
  private static final int WINDOW_TOKENS = 200_000;

  private static final SectionOption HISTORY =
      new SectionOption(
          "history", "1000000", "Events of an old key before it is timed; a tenth with --quick.");
  private static final SectionOption BATCH =
      new SectionOption("batch", "16", "Keys of either kind, and events of a micro-batch.");
  private static final SectionOption HIDDEN =
      new SectionOption("hidden", "128", "Hidden size of the GRU.");
  private static final SectionOption TURNS =
      new SectionOption("turns", "10000", "Batches of either kind that are timed.");
  private static final SectionOption WINDOWS =
      new SectionOption("windows", "10,100,1000", "Tokens of the windows that are re-run.");

  /** The section. */
  public HistorySection() {}

  @Override
  public String name() {
    return "history";
  }

  @Override
  public String title() {
    return "Cost against history";
  }

  @Override
  public List<SectionOption> options() {
    return List.of(HISTORY, BATCH, HIDDEN, TURNS, WINDOWS);
  }

  @Override
  public SectionResult run(BenchSettings settings, Progress progress) throws Exception {
    int history = (int) settings.number(HISTORY) / (settings.quick() ? 10 : 1);
    int turns = (int) settings.number(TURNS) / (settings.quick() ? 2 : 1);
    int batch = (int) settings.number(BATCH);
    List<Integer> windows = settings.numbers(WINDOWS);
    progress.expect(2 + windows.size());
    Path folder = Files.createTempDirectory("carryover-history");
    try {
      BenchModel model = BenchModel.write((int) settings.number(HIDDEN), folder);
      HistoryStream stream = new HistoryStream(batch, history, turns, model.tokens());
      progress.step(
          "%,d events of each of %d keys, then %,d turns".formatted(history, batch, turns));
      BatchClock clock = HistoryPipeline.run(model, stream, turns);
      int most = windows.stream().mapToInt(Integer::intValue).max().orElseThrow();
      WindowLoop loop = new WindowLoop(model, stream, most);
      progress.step("comparing with a plain loop");
      loop.requireAgreement(clock);
      List<Double> windowNanos = new ArrayList<>();
      for (int window : windows) {
        progress.step("windows of %,d tokens".formatted(window));
        windowNanos.add(time(loop, window, settings.quick() ? 1 : 4));
      }
      return result(settings, model, history, clock, windows, windowNanos);
    } finally {
      FileUtils.deleteDirectoryQuietly(folder.toFile());
    }
  }

  /** Median time per event, in nanoseconds. */
  private static double time(WindowLoop loop, int window, int times) {
    int runs = Math.max(7, times * WINDOW_TOKENS / window / 16);
    IntStream.range(0, Math.max(3, runs / 4)).forEach(i -> loop.run(window));
    return Figures.median(IntStream.range(0, runs).mapToObj(i -> loop.run(window)).toList());
  }

  private static SectionResult result(
      BenchSettings settings,
      BenchModel model,
      int history,
      BatchClock clock,
      List<Integer> windows,
      List<Double> windowNanos) {
    double fresh = Figures.median(clock.fresh());
    double old = Figures.median(clock.old());
    String atHistory = "carried state, from event %,d on".formatted(history);
    ResultTable.Builder table =
        ResultTable.titled("CPU time per event, medians")
            .words("what")
            .numbers("µs per event", "of the event " + HistoryStream.TIMED_STEP)
            .row(
                "carried state, event " + HistoryStream.TIMED_STEP,
                Figures.number(fresh / 1e3),
                Figures.ratio(1))
            .row(atHistory, Figures.number(old / 1e3), Figures.ratio(old / fresh));
    for (int i = 0; i < windows.size(); i++) {
      table.row(
          "window of the last %,d tokens re-run".formatted(windows.get(i)),
          Figures.number(windowNanos.get(i) / 1e3),
          Figures.ratio(windowNanos.get(i) / fresh));
    }
    double[] places = windows.stream().mapToDouble(Integer::doubleValue).toArray();
    return SectionResult.builder()
        .method(
            ("GRU, H = %s, V = %d, heap state, parallelism 1. %s keys get %,d events each; then keys that have just begun and the old ones come in turns,"
                    + " a micro-batch of one event of each key at a time. What is timed is the operator's thread, by its CPU clock, from the last inference of a"
                    + " batch to the last one of the next: the batch of the fresh keys' event %d, and every second batch of the old keys, each after a batch of the"
                    + " same keys. Medians of %,d batches of either.")
                .formatted(
                    settings.text(HIDDEN),
                    BenchModel.VOCABULARY,
                    settings.text(BATCH),
                    history,
                    HistoryStream.TIMED_STEP,
                    clock.old().size()))
        .method(
            "Beside it what a service does that keeps no state: the last tokens of as many keys are stepped anew for every event, with the same kernels, in a"
                + " plain loop without a pipeline around it, head and scoring at every step included.")
        .method(
            "Every event must have its inference, in the order of its key, and one of the old keys is compared with a plain loop at every step, bit for bit.")
        .table(table.build())
        .chart(
            Chart.lines(
                    "Time per event against what is remembered",
                    "tokens that an answer depends on",
                    "µs per event")
                .logarithmicX()
                .logarithmicY()
                .curve(
                    "carried state",
                    new double[] {HistoryStream.TIMED_STEP, history},
                    new double[] {fresh / 1e3, old / 1e3})
                .curve(
                    "window re-run",
                    places,
                    windowNanos.stream().mapToDouble(nanos -> nanos / 1e3).toArray())
                .build())
        .target(
            Target.atMost(
                "time per event from event %,d on, above that of event %d"
                    .formatted(history, HistoryStream.TIMED_STEP),
                settings.quick() ? Double.NaN : old / fresh - 1,
                GOAL,
                Target.Unit.SHARE))
        .fact("kernels", model.kernels())
        .raw("fresh", clock.fresh())
        .raw("old", clock.old())
        .raw("windows", windows)
        .raw("window nanoseconds", windowNanos)
        .build();
  }
}
