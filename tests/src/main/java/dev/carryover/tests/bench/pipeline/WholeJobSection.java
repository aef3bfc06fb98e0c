package dev.carryover.tests.bench.pipeline;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.apache.flink.util.FileUtils;

/** Events per second of the whole job through Kafka, exactly once, beside a pass-through job. */
public final class WholeJobSection implements Section {
  private static final double GOAL = 0.7;

  private static final SectionOption EVENTS =
      new SectionOption("events", "3000000", "Events of a run; half of that with --quick.");
  private static final SectionOption KEYS =
      new SectionOption("keys", "50000", "Keys, drawn uniformly.");
  private static final SectionOption HIDDEN =
      new SectionOption("hidden", "128", "Hidden size of the GRU.");
  private static final SectionOption PARALLELISM =
      new SectionOption(
          "parallelism", "1,2", "Values of the jobs' parallelism; the target is of the last.");
  private static final SectionOption INTERVAL =
      new SectionOption(
          "interval-ms",
          "1000",
          "Milliseconds between checkpoints of both jobs; half of that with --quick.");

  /** The section. */
  public WholeJobSection() {}

  @Override
  public String name() {
    return "job";
  }

  @Override
  public String title() {
    return "The whole job through Kafka, exactly once";
  }

  @Override
  public List<String> jvmFlags() {
    return List.of("-Xms3g", "-Xmx3g", "-XX:+UseParallelGC");
  }

  @Override
  public List<SectionOption> options() {
    return List.of(EVENTS, KEYS, HIDDEN, PARALLELISM, INTERVAL);
  }

  /** Both jobs at one parallelism. */
  private record Case(JobKind kind, int parallelism) {}

  @Override
  public SectionResult run(BenchSettings settings, Progress progress) throws Exception {
    int events = (int) settings.number(EVENTS) / (settings.quick() ? 2 : 1);
    int rounds = settings.roundsOr(settings.quick() ? 1 : 3);
    List<Integer> parallelisms = settings.numbers(PARALLELISM);
    Map<String, String> options = Map.of("checkpoints.interval", interval(settings) + " ms");
    Map<Case, List<CommitClock.Reading>> readings = new HashMap<>();
    Path folder = Files.createTempDirectory("carryover-job");
    BenchModel model = BenchModel.write((int) settings.number(HIDDEN), folder);
    NumberedEvents stream =
        NumberedEvents.uniform((int) settings.number(KEYS), model.tokens(), BenchModel.SEED);
    progress.expect(3 + 2 * rounds * parallelisms.size());
    progress.step("sending %,d events, and stepping them in a plain loop".formatted(events));
    int most = parallelisms.stream().mapToInt(Integer::intValue).max().orElseThrow();
    try (WholeJobRun run = WholeJobRun.prepare(folder, model, stream, events, most)) {
      for (JobKind kind : JobKind.values()) {
        progress.step(kind.words() + ", untimed");
        run.run(kind, most, options);
      }
      for (int round = 1; round <= rounds; round++) {
        for (int parallelism : parallelisms) {
          for (JobKind kind : turns(round)) {
            progress.step(
                "%s, parallelism %d, round %d of %d"
                    .formatted(kind.words(), parallelism, round, rounds));
            readings
                .computeIfAbsent(new Case(kind, parallelism), any -> new ArrayList<>())
                .add(run.run(kind, parallelism, options).read(events / 8, events));
          }
        }
      }
    } finally {
      FileUtils.deleteDirectoryQuietly(folder.toFile());
    }
    return result(settings, events, model, parallelisms, readings);
  }

  /** A quick run has fewer events, and needs as many checkpoints to take the time between. */
  private static long interval(BenchSettings settings) {
    return settings.number(INTERVAL) / (settings.quick() ? 2 : 1);
  }

  private static List<JobKind> turns(int round) {
    return round % 2 == 0
        ? List.of(JobKind.WITH_MODEL, JobKind.PASS_THROUGH)
        : List.of(JobKind.PASS_THROUGH, JobKind.WITH_MODEL);
  }

  private static SectionResult result(
      BenchSettings settings,
      int events,
      BenchModel model,
      List<Integer> parallelisms,
      Map<Case, List<CommitClock.Reading>> readings) {
    ResultTable.Builder table =
        ResultTable.titled("Both jobs in turns; medians, µs per event")
            .numbers("parallelism")
            .words("clock")
            .numbers(
                "events/s, pass-through",
                "events/s, with the model",
                "pass-through",
                "with the model",
                "pass-through / with the model");
    List<String> labels = new ArrayList<>();
    List<Double> without = new ArrayList<>();
    List<Double> with = new ArrayList<>();
    for (int parallelism : parallelisms) {
      double wallWithout =
          median(readings, JobKind.PASS_THROUGH, parallelism, CommitClock.Reading::wallNanos);
      double wallWith =
          median(readings, JobKind.WITH_MODEL, parallelism, CommitClock.Reading::wallNanos);
      double cpuWithout =
          median(readings, JobKind.PASS_THROUGH, parallelism, CommitClock.Reading::cpuNanos);
      double cpuWith =
          median(readings, JobKind.WITH_MODEL, parallelism, CommitClock.Reading::cpuNanos);
      table.row(
          parallelism,
          "wall",
          Figures.number(1e6 / wallWithout),
          Figures.number(1e6 / wallWith),
          Figures.number(wallWithout),
          Figures.number(wallWith),
          Figures.ratio(wallWithout / wallWith));
      table.row(
          parallelism,
          "CPU of the process",
          "",
          "",
          Figures.number(cpuWithout),
          Figures.number(cpuWith),
          Figures.ratio(cpuWithout / cpuWith));
      labels.add(parallelism + ", wall");
      labels.add(parallelism + ", CPU");
      without.addAll(List.of(wallWithout, cpuWithout));
      with.addAll(List.of(wallWith, cpuWith));
    }
    int last = parallelisms.get(parallelisms.size() - 1);
    SectionResult.Builder result =
        SectionResult.builder()
            .method(
                ("GRU, H = %s, V = %d, %s keys drawn uniformly, %,d events in a topic before a job starts; heap state, exactly-once, a checkpoint every"
                        + " %s ms, broker in the same process; all else as a job has it that sets nothing.")
                    .formatted(
                        settings.text(HIDDEN),
                        BenchModel.VOCABULARY,
                        settings.text(KEYS),
                        events,
                        interval(settings)))
            .method(
                "The pass-through job has the same source, key, sink and Flink options. It reads the `float[H]` of the key, changes every float, writes"
                    + " it back, and emits a record of the same shape, three tokens with probabilities included.")
            .method(
                "The rate is that at which a consumer of committed records sees inferences: from the first commit after an eighth of the events to the"
                    + " last one before their end. CPU is the time of all threads of the process, so of the broker, the compiler and the garbage collector"
                    + " too. Before a run counts, every event must have exactly one inference, whose step, surprisal and rank are those of a plain loop,"
                    + " bit for bit.")
            .table(table.build())
            .chart(
                Chart.bars(
                        "Time per event through Kafka",
                        "parallelism, clock",
                        "µs per event",
                        labels)
                    .bars("pass-through", array(without))
                    .bars("with the model", array(with))
                    .build())
            .target(
                Target.atLeast(
                    "whole job through Kafka, exactly-once, H = %s, parallelism %d: events/s of the pass-through job"
                        .formatted(settings.text(HIDDEN), last),
                    median(readings, JobKind.PASS_THROUGH, last, CommitClock.Reading::wallNanos)
                        / median(
                            readings, JobKind.WITH_MODEL, last, CommitClock.Reading::wallNanos),
                    GOAL,
                    Target.Unit.TIMES))
            .fact("kernels", model.kernels());
    readings.forEach(
        (one, list) ->
            result.raw(
                "%s, parallelism %d".formatted(one.kind().words(), one.parallelism()), list));
    return result.build();
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** In microseconds. */
  private static double median(
      Map<Case, List<CommitClock.Reading>> readings,
      JobKind kind,
      int parallelism,
      ToDoubleFunction<CommitClock.Reading> nanos) {
    return Figures.median(
            readings.get(new Case(kind, parallelism)).stream().mapToDouble(nanos).boxed().toList())
        / 1e3;
  }
}
