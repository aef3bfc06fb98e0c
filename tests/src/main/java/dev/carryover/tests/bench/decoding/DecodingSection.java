package dev.carryover.tests.bench.decoding;

import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.section.SectionResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Words per second of reading and decoding with a beam of {@value DecodingWorkload#BEAM}, on one
 * thread, beside libtorch.
 */
public final class DecodingSection implements Section {
  private static final int ROUNDS = 3;
  private static final SectionOption MODEL =
      new SectionOption(
          "model",
          "",
          "A seq2seq model; without it one of random weights, whose answers have 8 tokens.");
  private static final SectionOption DATA =
      new SectionOption("data", "", "Words for the model: source, tab, target.");
  private static final SectionOption WORDS =
      new SectionOption("words", "512", "How many words, a multiple of 32; a quarter when quick.");
  private static final SectionOption BATCHES =
      new SectionOption("batches", "1,32", "Words at a time, divisors of 32, between commas.");
  private static final SectionOption HIDDEN =
      new SectionOption("hidden", "256", "H of the random model.");
  private static final SectionOption TOLERANCE =
      new SectionOption(
          "tolerance",
          Double.toString(DecodingAgreement.TOLERANCE),
          "Largest difference of a score that is no error.");
  private static final SectionOption WARM_UP_MS =
      new SectionOption(
          "warm-up-ms", "3000", "CPU time before a figure, for the compiler; a third when quick.");
  private static final SectionOption TIMED_MS =
      new SectionOption("timed-ms", "3000", "CPU time of a figure; a third when quick.");

  /** Called by the list of sections. */
  public DecodingSection() {}

  @Override
  public String name() {
    return "decoding";
  }

  @Override
  public String title() {
    return "Decoding, beside libtorch";
  }

  @Override
  public List<SectionOption> options() {
    return List.of(MODEL, DATA, WORDS, BATCHES, HIDDEN, TOLERANCE, WARM_UP_MS, TIMED_MS);
  }

  @Override
  public SectionResult run(BenchSettings settings, Progress progress)
      throws IOException, InterruptedException {
    List<Integer> batches = settings.numbers(BATCHES);
    DecodingWorkload.Source source = source(settings, batches);
    double share = settings.quick() ? 1 / 3000.0 : 1 / 1000.0;
    double warmUp = settings.number(WARM_UP_MS) * share;
    double seconds = settings.number(TIMED_MS) * share;
    int rounds = settings.roundsOr(settings.quick() ? 1 : ROUNDS);
    progress.expect(batches.size() * (1 + rounds * DecodingRuntime.values().length));
    double tolerance = settings.list(TOLERANCE, "a number", Double::parseDouble).get(0);
    List<List<Answer>> answers = List.of();
    List<String> agreement = new ArrayList<>();
    for (int batch : batches) {
      progress.step("comparing answers, %d words at a time".formatted(batch));
      answers = DecodingProcess.answers(DecodingRuntime.CARRYOVER, source, batch);
      agreement.add(
          "%d words at a time: %s"
              .formatted(
                  batch,
                  DecodingAgreement.require(
                      answers,
                      DecodingProcess.answers(DecodingRuntime.LIBTORCH, source, batch),
                      tolerance)));
    }
    Map<Integer, Map<DecodingRuntime, List<DecodingProcess.Speed>>> speeds = new TreeMap<>();
    for (int round = 1; round <= rounds; round++) {
      for (int batch : batches) {
        for (DecodingRuntime runtime : DecodingRuntime.values()) {
          progress.step(
              "%d words at a time, %s, round %d of %d"
                  .formatted(batch, runtime.title(), round, rounds));
          speeds
              .computeIfAbsent(batch, b -> new EnumMap<>(DecodingRuntime.class))
              .computeIfAbsent(runtime, r -> new ArrayList<>())
              .add(DecodingProcess.speed(runtime, source, batch, warmUp, seconds));
        }
      }
    }
    return result(speeds, described(source.open(), source, answers), agreement);
  }

  private static DecodingWorkload.Source source(BenchSettings settings, List<Integer> batches) {
    String model = settings.text(MODEL);
    String data = settings.text(DATA);
    if (model.isEmpty() != data.isEmpty()) {
      throw new IllegalArgumentException(
          "option model has '%s' and data has '%s'; they belong together: give both or none"
              .formatted(model, data));
    }
    long words = settings.number(WORDS);
    if (words < DecodingWorkload.BATCH || words % DecodingWorkload.BATCH != 0) {
      throw new IllegalArgumentException(
          "option words has '%d'; give a multiple of %d".formatted(words, DecodingWorkload.BATCH));
    }
    for (int batch : batches) {
      if (batch < 1 || DecodingWorkload.BATCH % batch != 0) {
        throw new IllegalArgumentException(
            "option batches has '%d'; give divisors of %d"
                .formatted(batch, DecodingWorkload.BATCH));
      }
    }
    int groups = (int) words / DecodingWorkload.BATCH;
    return new DecodingWorkload.Source(
        model.isEmpty() ? null : Path.of(model),
        data.isEmpty() ? null : Path.of(data),
        settings.quick() ? Math.max(1, groups / 4) : groups,
        (int) settings.number(HIDDEN));
  }

  private static String described(
      DecodingWorkload workload, DecodingWorkload.Source source, List<List<Answer>> answers) {
    return String.format(
        Locale.ROOT,
        "%s: %d words of %.1f letters, best answers of %.1f tokens",
        source.random() ? "random weights" : workload.file().config().modelId(),
        answers.size(),
        workload.words().stream().mapToInt(word -> word.length).average().orElse(0),
        answers.stream().mapToInt(best -> best.get(0).tokens().length).average().orElse(0));
  }

  private static SectionResult result(
      Map<Integer, Map<DecodingRuntime, List<DecodingProcess.Speed>>> speeds,
      String workload,
      List<String> agreement) {
    ResultTable.Builder table =
        ResultTable.titled("Words per second, by the CPU clock of the thread that decodes")
            .numbers("words at a time", "Carryover", "libtorch", "Carryover / libtorch")
            .numbers("Carryover, wall", "libtorch, wall");
    speeds.forEach(
        (batch, runtimes) -> {
          List<DecodingProcess.Speed> carryover = runtimes.get(DecodingRuntime.CARRYOVER);
          List<DecodingProcess.Speed> libtorch = runtimes.get(DecodingRuntime.LIBTORCH);
          double ours = median(carryover, DecodingProcess.Speed::byCpu);
          double theirs = median(libtorch, DecodingProcess.Speed::byCpu);
          table.row(
              batch,
              Figures.number(ours),
              Figures.number(theirs),
              Figures.ratio(ours / theirs),
              Figures.number(median(carryover, DecodingProcess.Speed::byWall)),
              Figures.number(median(libtorch, DecodingProcess.Speed::byWall)));
        });
    return SectionResult.builder()
        .method(
            "Spelling to pronunciation, from letters to the four best answers: a bi-GRU reads, a GRU with additive attention writes, a beam of 4, one thread. libtorch 2.7.1 runs through DJL a loop over steps as it is written in PyTorch, in its best case: words of one length at a time, so no padding and no masks; finished words leave the batch.")
        .method(
            "Before anything is timed both decode all the words, and must give the same tokens and scores within 1e-4; the tokens of up to 1 % of the answers may be others of the same score. Each figure comes from a JVM of its own, over whole passes.")
        .fact("workload", workload)
        .fact("answers", String.join("; ", agreement))
        .fact("flags of the JVMs", "`" + String.join(" ", DecodingProcess.flags()) + "`")
        .table(table.build())
        .raw("speeds", speeds)
        .build();
  }

  private static double median(
      List<DecodingProcess.Speed> speeds, ToDoubleFunction<DecodingProcess.Speed> clock) {
    return Figures.median(speeds.stream().mapToDouble(clock).boxed().toList());
  }
}
