package dev.carryover.tests.bench.latency;

import dev.carryover.tests.bench.pipeline.BenchModel;
import dev.carryover.tests.bench.pipeline.NumberedEvents;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Chart;
import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.section.SectionResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.util.FileUtils;

/** Latency of an event at shares of the highest rate that the same pipeline takes. */
public final class LatencySection implements Section {
  private static final double[] SHARES = {0.5, 0.99, 0.999, 1};

  private static final SectionOption KEYS = new SectionOption("keys", "50000", "Keys, in turns.");
  private static final SectionOption HIDDEN =
      new SectionOption("hidden", "128", "Hidden size of the GRU.");
  private static final SectionOption LINGERS =
      new SectionOption("linger-ms", "5,1", "Values of batch.linger, in milliseconds.");
  private static final SectionOption LOADS =
      new SectionOption("loads", "25,50,80", "Loads in percent of the highest rate.");
  private static final SectionOption SECONDS =
      new SectionOption("seconds", "4", "Seconds that are timed, after one that is not.");
  private static final SectionOption HIGHEST =
      new SectionOption(
          "highest-events", "1500000", "Events of a run at the highest rate; its half is timed.");

  /** The section. */
  public LatencySection() {}

  @Override
  public String name() {
    return "latency";
  }

  @Override
  public String title() {
    return "Latency under load";
  }

  @Override
  public List<String> jvmFlags() {
    return List.of("-Xms3g", "-Xmx3g", "-XX:+UseParallelGC");
  }

  @Override
  public List<SectionOption> options() {
    return List.of(KEYS, HIDDEN, LINGERS, LOADS, SECONDS, HIGHEST);
  }

  /**
   * What was measured at one rate.
   *
   * @param eventsPerSecond the rate
   * @param millis percentiles of {@link #SHARES}
   */
  private record Reading(int eventsPerSecond, double[] millis) {}

  @Override
  public SectionResult run(BenchSettings settings, Progress progress) throws Exception {
    int rounds = settings.roundsOr(settings.quick() ? 1 : 3);
    int seconds = settings.quick() ? 2 : (int) settings.number(SECONDS);
    List<Integer> lingers = settings.numbers(LINGERS);
    List<Integer> loads = settings.numbers(LOADS);
    Path folder = Files.createTempDirectory("carryover-latency");
    try {
      BenchModel model = BenchModel.write((int) settings.number(HIDDEN), folder);
      NumberedEvents events =
          NumberedEvents.inTurns((int) settings.number(KEYS), model.tokens(), BenchModel.SEED);
      progress.expect(1 + rounds * (1 + lingers.size() * loads.size()));
      int highestEvents = (int) settings.number(HIGHEST) / (settings.quick() ? 3 : 1);
      progress.step("the highest rate, untimed");
      LatencyPipeline usual = pipeline(model, Map.of(), folder);
      highest(usual, events, highestEvents);
      List<Double> highest = new ArrayList<>();
      Map<Integer, Map<Integer, List<Reading>>> readings = new TreeMap<>();
      for (int round = 1; round <= rounds; round++) {
        progress.step("the highest rate, round %d of %d".formatted(round, rounds));
        highest.add(highest(usual, events, highestEvents));
        double rate = highest.get(highest.size() - 1);
        for (int linger : lingers) {
          LatencyPipeline pipeline =
              pipeline(model, Map.of("batch.linger", linger + " ms"), folder);
          for (int load : loads) {
            progress.step(
                "linger %d ms, %d %% of %,.0f events/s, round %d of %d"
                    .formatted(linger, load, rate, round, rounds));
            int eventsPerSecond = (int) (rate * load / 100);
            int count = Math.multiplyExact(eventsPerSecond, seconds + 1);
            Arrivals arrivals = pipeline.run(new SteadyLoad(events, count, eventsPerSecond));
            readings
                .computeIfAbsent(linger, any -> new TreeMap<>())
                .computeIfAbsent(load, any -> new ArrayList<>())
                .add(
                    new Reading(
                        eventsPerSecond, arrivals.percentiles(eventsPerSecond, count, SHARES)));
          }
        }
      }
      return result(settings, model, highest, readings);
    } finally {
      FileUtils.deleteDirectoryQuietly(folder.toFile());
    }
  }

  private static LatencyPipeline pipeline(
      BenchModel model, Map<String, String> options, Path folder) throws Exception {
    return new LatencyPipeline(
        model.reference(), model.settings(options), Duration.ofSeconds(1), folder);
  }

  private static double highest(LatencyPipeline pipeline, NumberedEvents events, int count)
      throws Exception {
    return pipeline
        .run(new SteadyLoad(events, count, SteadyLoad.UNPACED))
        .eventsPerSecond(count / 2, count - 1);
  }

  private static SectionResult result(
      BenchSettings settings,
      BenchModel model,
      List<Double> highest,
      Map<Integer, Map<Integer, List<Reading>>> readings) {
    ResultTable.Builder table =
        ResultTable.titled(
                "Milliseconds from when an event was due to its inference at the sink; medians")
            .numbers("linger, ms", "load", "events/s", "p50", "p99", "p99.9", "largest");
    List<String> labels = new ArrayList<>();
    List<double[]> bars = new ArrayList<>();
    readings.forEach(
        (linger, loads) ->
            loads.forEach(
                (load, list) -> {
                  double[] millis = medians(list);
                  table.row(
                      linger,
                      Figures.share(load / 100.0),
                      Figures.number(
                          Figures.median(
                              list.stream().map(r -> (double) r.eventsPerSecond()).toList())),
                      Figures.number(millis[0]),
                      Figures.number(millis[1]),
                      Figures.number(millis[2]),
                      Figures.number(millis[3]));
                  labels.add("%d ms, %d %%".formatted(linger, load));
                  bars.add(millis);
                }));
    SectionResult.Builder result =
        SectionResult.builder()
            .method(
                ("GRU, H = %s, V = %d, %s keys in turns, parallelism 1, heap state, a checkpoint every second, Flink's buffer timeout 1 ms: paced source"
                        + " → keyBy → operator → sink in one process. Within the job, that is: with exactly-once a consumer of committed records sees an"
                        + " inference with the next checkpoint, so there the interval of checkpoints is the latency.")
                    .formatted(settings.text(HIDDEN), BenchModel.VOCABULARY, settings.text(KEYS)))
            .method(
                ("The highest rate is that of the same pipeline when events wait for nothing, measured in the same round: %s events/s, median. Event i"
                        + " is due at i periods after the first, and its latency counts from then, so a pause counts against every event that was due in it."
                        + " Every event must have one inference, those of a key in their order.")
                    .formatted(Figures.number(Figures.median(highest))))
            .table(table.build())
            .fact("kernels", model.kernels());
    Chart.Builder chart = Chart.bars("Latency under load", "linger, load", "milliseconds", labels);
    String[] names = {"p50", "p99", "p99.9"};
    for (int i = 0; i < names.length; i++) {
      int share = i;
      chart.bars(names[i], bars.stream().mapToDouble(millis -> millis[share]).toArray());
    }
    return result.chart(chart.build()).raw("highest", highest).raw("readings", readings).build();
  }

  private static double[] medians(List<Reading> readings) {
    double[] medians = new double[SHARES.length];
    for (int i = 0; i < medians.length; i++) {
      int share = i;
      medians[i] = Figures.median(readings.stream().map(r -> r.millis()[share]).toList());
    }
    return medians;
  }
}
