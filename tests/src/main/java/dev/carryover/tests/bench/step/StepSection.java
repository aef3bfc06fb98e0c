package dev.carryover.tests.bench.step;

import dev.carryover.model.spec.Cell;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.tests.bench.ceilings.CeilingMeasurement;
import dev.carryover.tests.bench.ceilings.CeilingProbe.Reached;
import dev.carryover.tests.bench.ceilings.Ceilings;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.section.SectionResult;
import dev.carryover.tests.bench.step.StepMatrix.Line;
import dev.carryover.tests.bench.step.StepSamples.Sample;
import dev.carryover.tests.bench.step.contenders.StepRuntime;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** A recurrent step beside other runtimes, and as a share of this core's ceilings. */
public final class StepSection implements Section {
  /*
   * The runtimes of one cell and size are timed within seconds of each other, each in a JVM of its
   * own, and the whole is gone through several times.
   */
  private static final String[] JVM_FLAGS = {
    "--add-modules=jdk.incubator.vector",
    "-XX:CompileCommand=quiet",
    "-XX:CompileCommand=dontinline,dev.carryover.runtime.kernels.vector.VectorKernels::*",
    "-Xms512m",
    "-Xmx512m",
    "-XX:+UseParallelGC",
    "-XX:-BackgroundCompilation",
    "-Dai.djl.pytorch.num_threads=1",
    "-Dai.djl.pytorch.num_interop_threads=1"
  };

  private static final int ROUNDS = 2;
  private static final int SAMPLES = 5;
  private static final int QUICK_SAMPLES = 3;

  /**
   * More of products alone: a host has moments in which they are slower and multiply-adds are not,
   * and shares are judged by their median.
   */
  private static final int SAMPLES_OF_PRODUCTS = 9;

  private static final int QUICK_SAMPLES_OF_PRODUCTS = 5;

  /** Called by the list of sections. */
  public StepSection() {}

  @Override
  public String name() {
    return "step";
  }

  @Override
  public String title() {
    return "A step, beside other runtimes and this core's ceilings";
  }

  /** For the ceilings, which are measured in the section's own process. */
  @Override
  public List<String> jvmFlags() {
    return List.of("-Xmx2g", "-XX:+UseParallelGC", "-XX:-BackgroundCompilation");
  }

  @Override
  public List<SectionOption> options() {
    return List.of(StepMatrix.CELLS, StepMatrix.HIDDEN, StepMatrix.BATCHES, StepMatrix.RUNTIMES);
  }

  @Override
  public SectionResult run(BenchSettings settings, Progress progress) {
    StepMatrix matrix = StepMatrix.of(settings);
    int rounds = settings.roundsOr(settings.quick() ? 1 : ROUNDS);
    int forks = matrix.cells().size() * matrix.hiddenSizes().size() * matrix.runtimes().size();
    progress.expect(1 + rounds * forks);
    progress.step("ceilings of this core");
    Ceilings ceilings =
        new CeilingMeasurement(settings.quick() ? 5_000_000 : 15_000_000, settings.quick() ? 3 : 7)
            .measure(matrix.workingSets(settings.quick()));
    StepSamples samples = new StepSamples();
    for (int round = 1; round <= rounds; round++) {
      for (Cell cell : matrix.cells()) {
        for (int hiddenSize : matrix.hiddenSizes()) {
          for (StepRuntime runtime : matrix.runtimes()) {
            progress.step(
                "%s, H=%d, %s, round %d of %d"
                    .formatted(cell.configName(), hiddenSize, runtime.title(), round, rounds));
            time(cell, hiddenSize, matrix.batches(), runtime, settings.quick(), samples);
          }
        }
      }
    }
    return result(matrix, samples, ceilings);
  }

  private static void time(
      Cell cell,
      int hiddenSize,
      List<Integer> batches,
      StepRuntime runtime,
      boolean quick,
      StepSamples samples) {
    // ONNX Runtime 1.29 reads the command line of its process at start and dies by SIGSEGV when it
    // is
    // longer than about 4,000 characters: the forked JVMs get their class path as a jar.
    System.setProperty("jmh.separateClasspathJAR", "true");
    System.setProperty("jmh.ignoreLock", "true");
    int perBatch =
        runtime.isProductsAlone()
            ? quick ? QUICK_SAMPLES_OF_PRODUCTS : SAMPLES_OF_PRODUCTS
            : quick ? QUICK_SAMPLES : SAMPLES;
    OptionsBuilder options = new OptionsBuilder();
    options
        .include("\\b" + StepBenchmark.class.getSimpleName() + "\\.step$")
        .param("cell", cell.name())
        .param("hiddenSize", Integer.toString(hiddenSize))
        .param("batches", batches.stream().map(String::valueOf).collect(Collectors.joining(",")))
        .param("runtime", runtime.name())
        .forks(1)
        .jvmArgs(JVM_FLAGS)
        .warmupIterations(0)
        .measurementIterations(perBatch * batches.size())
        .measurementTime(TimeValue.milliseconds(quick ? 40 : 60))
        .shouldFailOnError(true);
    OutputFormat messages =
        OutputFormatFactory.createFormatInstance(System.err, VerboseMode.SILENT);
    for (RunResult result : run(new Runner(options.build(), messages))) {
      for (BenchmarkResult fork : result.getBenchmarkResults()) {
        for (IterationResult iteration : fork.getIterationResults()) {
          @SuppressWarnings("rawtypes") // as JMH declares it
          Map<String, Result> figures = iteration.getSecondaryResults();
          ToDoubleFunction<String> figure = name -> figures.get(name).getScore();
          int batch = (int) figure.applyAsDouble("rows");
          samples.add(
              new Line(cell, batch, hiddenSize),
              runtime,
              new Sample(
                  figure.applyAsDouble("nanosPerStep"),
                  new Reached(
                      figure.applyAsDouble("floatingPointBefore"),
                      figure.applyAsDouble("readBefore")),
                  new Reached(
                      figure.applyAsDouble("floatingPointAfter"),
                      figure.applyAsDouble("readAfter"))));
        }
      }
    }
  }

  private static Collection<RunResult> run(Runner runner) {
    try {
      return runner.run();
    } catch (RunnerException e) {
      // JMH says that there was an exception; which one stands below.
      Throwable reason = e;
      while (reason.getCause() != null || reason.getSuppressed().length > 0) {
        reason = reason.getCause() != null ? reason.getCause() : reason.getSuppressed()[0];
      }
      throw new IllegalStateException(
          reason.getMessage() == null ? reason.toString() : reason.getMessage(), e);
    }
  }

  static SectionResult result(StepMatrix matrix, StepSamples samples, Ceilings ceilings) {
    StepFindings findings = new StepFindings(matrix, samples, ceilings);
    SectionResult.Builder result =
        SectionResult.builder()
            .method(
                "One layer with I = H on one thread, a step of B rows, by the CPU clock of the thread. *Folded* looks the input half of the step up by token, which is what the job does for tokens; *SIMD* alone and all other runtimes compute both halves, as the job does for features and for upper layers. Carryover copies the states of the rows in and out of `float[]`s in every step. *bf16* has its weights rounded to 16 bits; its share is that of the least time of half the bytes, and the others run in 32 bits.")
            .method(
                "The others have their best case from Java, with states in native memory. ONNX Runtime: an operator `GRU` (`linear_before_reset=1`), `LSTM` or `RNN`, tensors over direct buffers that are made once, results written into the buffers that the next step reads. libtorch through DJL, without gradients: `torch.gru` or `torch.rnn_tanh` over one time step, and for the LSTM the operations of `torch.lstm_cell`, since `torch.lstm` rearranges its weights in every call. ND4J: products into given arrays, all gates at once, activations in place, views made once. Each has one thread.")
            .method(
                "Before a combination is timed, it takes three steps beside the scalar kernels, and these beside ONNX Runtime, from the same states; a difference above 1e-5 in any float ends the run with both values. In bf16 the vector kernels must give the scalar kernels' bits, and ONNX Runtime is given the rounded weights. *Products alone* are the matrix products of a step, of the recurrent half, which is what a folded step has, or of both halves; their bits are compared with the scalar kernels'.")
            .method(
                "The ceilings are multiply-adds in registers only, and reading an array of the size of the weights again and again, in the fastest of several ways (from any place within a cache line; in one stream or four; forwards, or forwards and backwards in turns, as a whole or by blocks). They are measured once at the beginning, by size; the *least time* of a step's products is, by these, that of the multiply-adds or of reading the weights once, whichever is longer. A virtual core changes its speed within minutes, so products alone are compared with ceilings that are measured in their own process, for some 50 ms before and after each of their iterations: the share of an iteration is of the mean of the two, and what is shown is the median. Weights and the array that is read instead of them lie in different places, so a share can be above 100 %.")
            .fact("kernels", KernelProvider.select(KernelChoice.AUTO).reason())
            .fact(
                "multiply-add ceiling",
                String.format(Locale.ROOT, "%.1f GFLOP/s", ceilings.floatingPointPerSecond() / 1e9))
            .fact("flags of the forks", "`" + String.join(" ", JVM_FLAGS) + "`");
    for (Cell cell : matrix.cells()) {
      result.table(findings.times(cell));
      if (findings.hasSteps()) {
        result.table(findings.shares(cell));
      }
      if (!findings.productsAlone().isEmpty()) {
        result.table(findings.products(cell));
      }
    }
    result.table(findings.ceilings());
    findings.charts().forEach(result::chart);
    findings.targets().forEach(result::target);
    findings.bounds().forEach(result::bound);
    return result
        .raw("samples", samples.raw())
        .raw("floatingPointPerSecond", ceilings.floatingPointPerSecond())
        .raw("readPerSecond", ceilings.readPerSecond())
        .build();
  }
}
