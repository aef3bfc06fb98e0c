package dev.carryover.tests.bench.swap;

import dev.carryover.schemas.StatePolicy;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.section.SectionResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a swap between two models costs the events of the second in which it happens. */
public final class SwapSection implements Section {
  private static final SectionOption HIDDEN =
      new SectionOption("hidden", "256", "Hidden size H of both models.");
  private static final SectionOption KEYS = new SectionOption("keys", "10000", "Keys.");
  private static final SectionOption RATE =
      new SectionOption("rate", "50000", "Events per second.");
  private static final SectionOption SECOND =
      new SectionOption("second", "6", "Second of the announcement; a run lasts two more.");
  private static final int ROUNDS = 3;

  /** One kind of swap. */
  private record Kind(StatePolicy policy, boolean atEventTime) {
    @Override
    public String toString() {
      return policy.name().toLowerCase(Locale.ROOT) + (atEventTime ? ", event time" : ", at once");
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          new Kind(StatePolicy.CARRY, false),
          new Kind(StatePolicy.RESET, false),
          new Kind(StatePolicy.REPLAY, false),
          new Kind(StatePolicy.CARRY, true));

  /** Called by the list of sections. */
  public SwapSection() {}

  @Override
  public String name() {
    return "swap";
  }

  @Override
  public String title() {
    return "A swap of models under load";
  }

  @Override
  public List<SectionOption> options() {
    return List.of(HIDDEN, KEYS, RATE, SECOND);
  }

  @Override
  public SectionResult run(BenchSettings settings, Progress progress) throws Exception {
    int rounds = settings.roundsOr(settings.quick() ? 1 : ROUNDS);
    progress.expect(KINDS.size() * (rounds + 1));
    Map<Kind, List<double[]>> milliseconds = new LinkedHashMap<>();
    Path folder = Files.createTempDirectory("carryover-swap");
    try {
      for (Kind kind : KINDS) {
        List<double[]> figures = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
          progress.step(
              "%s, %s"
                  .formatted(kind, round == 0 ? "warm-up" : "round " + round + " of " + rounds));
          double[] found = swap(settings, folder, kind);
          if (round > 0) {
            figures.add(found);
          }
        }
        milliseconds.put(kind, figures);
      }
    } finally {
      for (String file : List.of("first.safetensors", "second.safetensors")) {
        Files.deleteIfExists(folder.resolve(file));
      }
      Files.deleteIfExists(folder);
    }
    return result(settings, milliseconds);
  }

  /** p50 before and after, p99 before and after, and the largest after, in milliseconds. */
  private static double[] swap(BenchSettings settings, Path folder, Kind kind) throws Exception {
    int rate = (int) settings.number(RATE);
    int second = (int) settings.number(SECOND);
    long halfASecondLater = rate * (2L * second + 1) / 2;
    SwapRecord record =
        SwapBenchmark.swap(
            folder,
            (int) settings.number(HIDDEN),
            SwapBenchmark.load((int) settings.number(KEYS), rate, second + 2),
            kind.policy(),
            kind.atEventTime() ? halfASecondLater : SwapBenchmark.AT_ONCE,
            second);
    return new double[] {
      record.percentile(second - 1, 0.5) / 1e6,
      record.percentile(second, 0.5) / 1e6,
      record.percentile(second - 1, 0.99) / 1e6,
      record.percentile(second, 0.99) / 1e6,
      record.percentile(second, 1) / 1e6
    };
  }

  private static SectionResult result(
      BenchSettings settings, Map<Kind, List<double[]>> milliseconds) {
    ResultTable.Builder table =
        ResultTable.titled("Latency in milliseconds, medians")
            .words("state policy, cutover")
            .numbers("p50 before", "p50 after", "p99 before", "p99 after")
            .numbers("p99 after / before", "largest after");
    Map<String, Object> raw = new LinkedHashMap<>();
    milliseconds.forEach(
        (kind, rounds) -> {
          raw.put(kind.toString(), rounds);
          table.row(
              kind,
              Figures.number(median(rounds, 0)),
              Figures.number(median(rounds, 1)),
              Figures.number(median(rounds, 2)),
              Figures.number(median(rounds, 3)),
              Figures.ratio(
                  Figures.median(rounds.stream().map(round -> round[3] / round[2]).toList())),
              Figures.number(median(rounds, 4)));
        });
    return SectionResult.builder()
        .method(
            "H = %s, V = 36, GRU, %s keys in turns, %s events a second, parallelism 1, heap state, the job's default settings, Flink's buffer timeout 1 ms. Event i is due at i periods after the first, so a pause counts against every event that was due in it; its latency is the time from then to its inference at the sink."
                .formatted(settings.text(HIDDEN), settings.text(KEYS), settings.text(RATE)))
        .method(
            "Announced after %s seconds; *before* is the second before that, *after* the second that begins with it, in which the file is fetched, checked and packed, the self-test replayed, and the switch made; a cutover by event time falls half a second later. Before a figure is given, every event must have exactly one inference, in the order of its key, and no key may have gone back to the old model."
                .formatted(settings.text(SECOND)))
        .table(table.build())
        .bound(
            "The linger of 5 ms is most of a latency. `replay` is bound by the steps that it asks for, all due within the time in which every key has its next event.")
        .raw("milliseconds", raw)
        .build();
  }

  private static double median(List<double[]> rounds, int figure) {
    return Figures.median(rounds.stream().map(round -> round[figure]).toList());
  }
}
