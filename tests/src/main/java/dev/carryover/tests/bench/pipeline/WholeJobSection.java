package dev.carryover.tests.bench.pipeline;

import dev.carryover.model.file.ModelFile;
import dev.carryover.tests.bench.OperatorModel;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Chart;
import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.section.SectionResult;
import dev.carryover.tests.bench.section.Target;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Events per second of the whole job through Kafka, exactly once, beside a pass-through job. */
public final class WholeJobSection implements Section {
  private static final long SEED = 20261120;
  private static final int VOCABULARY = 36;
  private static final double GOAL = 0.7;

  private static final SectionOption EVENTS =
      new SectionOption("events", "3000000", "Events of a run; a third of that with --quick.");
  private static final SectionOption KEYS =
      new SectionOption("keys", "50000", "Keys, drawn uniformly.");
  private static final SectionOption HIDDEN =
      new SectionOption("hidden", "128", "Hidden size of the GRU.");
  private static final SectionOption PARALLELISM =
      new SectionOption("parallelism", "1", "Parallelism of both jobs, and partitions of topics.");
  private static final SectionOption INTERVAL =
      new SectionOption("interval-ms", "1000", "Milliseconds between checkpoints of both jobs.");

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

  @Override
  public SectionResult run(BenchSettings settings, Progress progress) throws Exception {
    int events = (int) settings.number(EVENTS) / (settings.quick() ? 3 : 1);
    int rounds = settings.roundsOr(settings.quick() ? 1 : 3);
    int parallelism = (int) settings.number(PARALLELISM);
    ModelFile model = OperatorModel.of((int) settings.number(HIDDEN), VOCABULARY, SEED);
    NumberedEvents stream =
        NumberedEvents.uniform((int) settings.number(KEYS), OperatorModel.eventTokens(model), SEED);
    Map<String, String> options = Map.of("checkpoints.interval", settings.number(INTERVAL) + " ms");
    Map<JobKind, List<CommitClock.Reading>> readings = new EnumMap<>(JobKind.class);
    progress.expect(1 + 2 * (rounds + 1));
    progress.step("sending %,d events, and stepping them in a plain loop".formatted(events));
    try (WholeJobRun run = WholeJobRun.prepare(model, stream, events, parallelism)) {
      for (int round = 0; round <= rounds; round++) {
        for (JobKind kind : turns(round)) {
          progress.step("%s, round %d of %d".formatted(kind.words(), round, rounds));
          CommitClock clock = run.run(kind, options);
          if (round > 0) {
            readings
                .computeIfAbsent(kind, any -> new ArrayList<>())
                .add(clock.read(events / 8, events));
          }
        }
      }
    }
    return result(settings, events, parallelism, readings);
  }

  private static List<JobKind> turns(int round) {
    return round % 2 == 0
        ? List.of(JobKind.WITH_MODEL, JobKind.PASS_THROUGH)
        : List.of(JobKind.PASS_THROUGH, JobKind.WITH_MODEL);
  }

  private static SectionResult result(
      BenchSettings settings,
      int events,
      int parallelism,
      Map<JobKind, List<CommitClock.Reading>> readings) {
    double wall = ratio(readings, CommitClock.Reading::wallNanos);
    double cpu = ratio(readings, CommitClock.Reading::cpuNanos);
    ResultTable.Builder table =
        ResultTable.titled("Both jobs in turns; medians")
            .words("job")
            .numbers("events/s", "µs per event, wall", "µs per event, CPU of the process");
    for (JobKind kind : JobKind.values()) {
      double wallNanos = median(readings.get(kind), CommitClock.Reading::wallNanos);
      table.row(
          kind.words(),
          Figures.number(1e9 / wallNanos),
          Figures.number(wallNanos / 1e3),
          Figures.number(median(readings.get(kind), CommitClock.Reading::cpuNanos) / 1e3));
    }
    table.row("with the model / pass-through", Figures.ratio(wall), "", "");
    table.row("pass-through / with the model, CPU", "", "", Figures.ratio(cpu));
    SectionResult.Builder result =
        SectionResult.builder()
            .method(
                ("GRU, H = %s, V = %d, %s keys drawn uniformly, %,d events in a topic before a job starts; parallelism %d, heap state, exactly-once,"
                        + " a checkpoint every %s ms, broker in the same process; all else as a job has it that sets nothing.")
                    .formatted(
                        settings.text(HIDDEN),
                        VOCABULARY,
                        settings.text(KEYS),
                        events,
                        parallelism,
                        settings.text(INTERVAL)))
            .method(
                "The pass-through job has the same source, key, sink and Flink options. It reads the float[H] of the key, changes every float, writes"
                    + " it back, and emits a record of the same shape, three tokens with probabilities included.")
            .method(
                "The rate is that at which a consumer of committed records sees inferences: from the first commit after an eighth of the events to the"
                    + " last one before their end. CPU is the time of all threads of the process, so of the broker and the garbage collector too. Before a"
                    + " run counts, every event must have exactly one inference, whose step, surprisal and rank are those of a plain loop, bit for bit.")
            .table(table.build())
            .chart(chart(readings))
            .target(
                Target.atLeast(
                    "whole job through Kafka, exactly-once, H = %s: events/s of the pass-through job"
                        .formatted(settings.text(HIDDEN)),
                    wall,
                    GOAL,
                    Target.Unit.TIMES));
    readings.forEach((kind, list) -> result.raw(kind.words(), raw(list)));
    return result.build();
  }

  private static Chart chart(Map<JobKind, List<CommitClock.Reading>> readings) {
    Chart.Builder chart =
        Chart.bars(
            "Time per event through Kafka",
            "clock",
            "µs per event",
            List.of("wall", "CPU of the process"));
    for (JobKind kind : JobKind.values()) {
      chart.bars(
          kind.words(),
          median(readings.get(kind), CommitClock.Reading::wallNanos) / 1e3,
          median(readings.get(kind), CommitClock.Reading::cpuNanos) / 1e3);
    }
    return chart.build();
  }

  private static List<Map<String, Object>> raw(List<CommitClock.Reading> readings) {
    return readings.stream()
        .map(
            r ->
                Map.<String, Object>of(
                    "events", r.events(), "wallNanos", r.wallNanos(), "cpuNanos", r.cpuNanos()))
        .toList();
  }

  /** Median over rounds of pass-through's time over the job's, so above zero and mostly below 1. */
  private static double ratio(
      Map<JobKind, List<CommitClock.Reading>> readings,
      ToDoubleFunction<CommitClock.Reading> nanos) {
    return median(readings.get(JobKind.PASS_THROUGH), nanos)
        / median(readings.get(JobKind.WITH_MODEL), nanos);
  }

  private static double median(
      List<CommitClock.Reading> readings, ToDoubleFunction<CommitClock.Reading> nanos) {
    return Figures.median(readings.stream().mapToDouble(nanos).boxed().toList());
  }
}
