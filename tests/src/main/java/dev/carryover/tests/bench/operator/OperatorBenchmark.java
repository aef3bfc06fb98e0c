package dev.carryover.tests.bench.operator;

import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.WeightPrecision;
import dev.carryover.tests.bench.operator.OperatorPipelines.Backend;
import dev.carryover.tests.bench.operator.OperatorPipelines.Variant;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.section.SectionResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the recurrent operator adds to a pipeline, at H = 128 and V = 36: the pipeline without a
 * model, with it, with ONNX Runtime called for every event, and the kernels alone, in turns, in one
 * process.
 */
public final class OperatorBenchmark implements Section {
  private static final SectionOption KEYS =
      new SectionOption("keys", "1000,100000,1000000", "Numbers of keys.");
  private static final SectionOption BATCHES =
      new SectionOption("batches", "1,8,32,256", "Sizes of a micro-batch.");
  private static final SectionOption EVENTS =
      new SectionOption(
          "events", "500000", "Timed events of a run on the heap; half as many on RocksDB.");

  private static final SectionOption WEIGHTS =
      new SectionOption(
          "weights", "fp32", "fp32, or bf16: then ONNX Runtime is given the rounded weights.");

  private static final long SEED = 20261120;
  private static final int HIDDEN = 128;
  private static final int VOCABULARY = 36;
  private static final int CHECKED_EVENTS = 5_000;
  private static final int CHECKED_BATCH = 32;

  /** What a run measures; the batch is 0 where there is none. */
  record Case(Variant variant, Backend backend, int keys, int batch) {}

  @Override
  public String name() {
    return "operator";
  }

  @Override
  public String title() {
    return "What the operator adds to a pipeline";
  }

  @Override
  public List<String> jvmFlags() {
    return List.of("-Xms4g", "-Xmx4g", "-XX:+UseParallelGC");
  }

  @Override
  public List<SectionOption> options() {
    return List.of(KEYS, BATCHES, EVENTS, WEIGHTS);
  }

  @Override
  public SectionResult run(BenchSettings settings, Progress progress) throws Exception {
    BenchSettings chosen = settings.quick() ? glance(settings) : settings;
    Path folder = Files.createTempDirectory("carryover-bench");
    Path file = folder.resolve("bench.safetensors");
    try {
      WeightPrecision weights = chosen.list(WEIGHTS, "weights", WeightPrecision::parse).get(0);
      return new Matrix(model(weights), file, weights, chosen, progress).run();
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
  }

  /** Fewer sizes, unless they were set. */
  private static BenchSettings glance(BenchSettings settings) {
    Map<String, String> options = new TreeMap<>(settings.options());
    options.putIfAbsent(KEYS.name(), "1000,100000");
    options.putIfAbsent(BATCHES.name(), "32,256");
    options.putIfAbsent(EVENTS.name(), "300000");
    return new BenchSettings(true, settings.roundsOr(1), options);
  }

  static ModelFile model() {
    return OperatorModel.of(HIDDEN, VOCABULARY, SEED);
  }

  /**
   * The same with every tensor rounded, so that whoever reads the file has the weights of the
   * kernels; in fp32 they give the bits of bf16.
   */
  static ModelFile model(WeightPrecision weights) {
    ModelFile exact = model();
    Map<String, float[]> tensors = new TreeMap<>();
    for (String name : exact.config().tensorShapes().names()) {
      tensors.put(name, weights.round(exact.tensor(name)));
    }
    return ModelFile.of(exact.config(), tensors);
  }

  static EventPool events(ModelFile model, int keys) {
    return new EventPool(keys, OperatorModel.eventTokens(model), SEED);
  }

  /** All runs of all rounds. */
  private static final class Matrix {
    /*
     * A round goes through all of a backend once, so what the machine does meanwhile falls on all alike.
     * The backends come one after the other: a job has one, and what the compiler has seen of the other
     * makes all pipelines slower. The first part of every run is not timed: until every key has its
     * state, and at least half as many events as are timed. Kernels and pipelines are compiled by runs
     * before the first round, one of each size of a micro-batch.
     */
    private final ModelFile model;
    private final RuntimeOptions options;
    private final OperatorPipelines pipelines;
    private final Progress progress;
    private final List<Integer> keyCounts;
    private final List<Integer> batches;
    private final long events;
    private final int rounds;
    private final OperatorFigures figures;

    private Matrix(
        ModelFile model,
        Path file,
        WeightPrecision weights,
        BenchSettings settings,
        Progress progress)
        throws Exception {
      this.model = model;
      this.options = RuntimeOptions.DEFAULTS.withWeights(weights);
      this.pipelines = new OperatorPipelines(model, file, options);
      this.progress = progress;
      this.keyCounts = settings.numbers(KEYS);
      this.batches = settings.numbers(BATCHES);
      this.events = settings.number(EVENTS);
      this.rounds = settings.roundsOr(3);
      this.figures = new OperatorFigures(keyCounts, batches);
    }

    private SectionResult run() throws Exception {
      int runs = keyCounts.size() * Backend.values().length * (batches.size() + 2);
      int warmUps = Backend.values().length * (batches.size() + 2);
      progress.expect(1 + (1 + rounds) * batches.size() + warmUps + rounds * runs);
      progress.step("comparing answers");
      EventPool first = events(model, keyCounts.get(0));
      OperatorAgreement.require(
          pipelines, Variant.RECURRENT, CHECKED_BATCH, model, first, CHECKED_EVENTS);
      OperatorAgreement.require(pipelines, Variant.ONNX_RUNTIME, 1, model, first, CHECKED_EVENTS);
      kernels(0);
      for (Backend backend : Backend.values()) {
        warmUp(backend, first);
        for (int round = 1; round <= rounds; round++) {
          if (backend == Backend.HEAP) {
            kernels(round);
          }
          for (int keys : keyCounts) {
            round(backend, events(model, keys), round);
          }
        }
      }
      return figures.result();
    }

    private void warmUp(Backend backend, EventPool pool) throws Exception {
      for (Variant variant : Variant.values()) {
        for (int batch : variant == Variant.RECURRENT ? batches : List.of(1)) {
          progress.step("%s, %s, batches of %d, not timed".formatted(variant, backend, batch));
          pipelines.run(variant, backend, batch, pool, pool.keys(), pool.keys() + events / 2);
        }
      }
    }

    private void kernels(int round) {
      for (int batch : batches) {
        progress.step("kernels alone, %d rows, round %d of %d".formatted(batch, round, rounds));
        KernelLoop loop = new KernelLoop(model, options, batch);
        loop.run(events / 4);
        if (round > 0) {
          figures.kernels(loop.kernels(), batch, loop.run(events));
        }
      }
    }

    private void round(Backend backend, EventPool pool, int round) throws Exception {
      long timed = backend == Backend.HEAP ? events : events / 2;
      time(new Case(Variant.WITHOUT_MODEL, backend, pool.keys(), 0), pool, timed, round);
      for (int batch : batches) {
        time(new Case(Variant.RECURRENT, backend, pool.keys(), batch), pool, timed, round);
      }
      time(new Case(Variant.ONNX_RUNTIME, backend, pool.keys(), 0), pool, events / 4, round);
    }

    private void time(Case one, EventPool pool, long timed, int round) throws Exception {
      progress.step(
          "%s, %s, %d keys, %sround %d of %d"
              .formatted(
                  one.variant(),
                  one.backend(),
                  one.keys(),
                  one.batch() == 0 ? "" : "batches of " + one.batch() + ", ",
                  round,
                  rounds));
      long first = Math.max(one.keys(), timed / 2);
      figures.add(
          one,
          pipelines.run(
              one.variant(), one.backend(), Math.max(1, one.batch()), pool, first, first + timed));
    }
  }
}
