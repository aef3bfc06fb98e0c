package dev.carryover.tests.bench;

import dev.carryover.model.spec.Cell;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * One recurrent step of one layer on one thread, I = H: Carryover's kernels beside ONNX Runtime on
 * an equal model. Every combination is checked before it is timed; {@link #main} prints a Markdown
 * table of medians in µs per row.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepBenchmark {
  private static final long SEED = 20261120;
  private static final String[] JVM_FLAGS = {
    "--add-modules=jdk.incubator.vector",
    "-XX:CompileCommand=quiet",
    "-XX:CompileCommand=dontinline,dev.carryover.runtime.kernels.vector.VectorKernels::*",
    "-Xms512m",
    "-Xmx512m",
    "-XX:+UseParallelGC",
    "-XX:-BackgroundCompilation"
  };
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long WARM_UP_CPU_NANOS = 1_000_000_000L;

  /*
   * JMH runs one JVM after the other, in the order of the parameters' names. The runtime is the last
   * of them, so the runtimes of one line of the table are timed within seconds of each other, and
   * the whole is gone through several times.
   *
   * The table has the CPU time of the thread, which on a quiet machine is the time by the wall and on
   * a shared one does not count what others take. For the same reason the warm-up is as long as the
   * thread has run, and compilation does not go on behind it.
   */
  @Param({"GRU", "LSTM"})
  public Cell cell;

  @Param({"64", "128", "256", "512"})
  public int hiddenSize;

  @Param({"1", "32"})
  public int batch;

  @Param public StepRuntime runtime;

  private StepContender contender;

  /** CPU time of the benchmark's thread, which JMH reports beside its own score. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class CpuTime {
    private long steps;
    private long begin;

    /** Begins an iteration. */
    @Setup(Level.Iteration)
    public void begin() {
      steps = 0;
      begin = THREADS.getCurrentThreadCpuTime();
    }

    /** Called by JMH on the same thread at the end of an iteration. */
    public double nanosPerStep() {
      return (THREADS.getCurrentThreadCpuTime() - begin) / (double) steps;
    }
  }

  /** Checks the combination's answer, then makes what is timed and warms it up. */
  @Setup
  public void open() {
    StepWorkload workload = StepWorkload.of(cell, hiddenSize, batch, SEED);
    runtime.check(workload);
    contender = runtime.open(workload);
    long begin = THREADS.getCurrentThreadCpuTime();
    while (THREADS.getCurrentThreadCpuTime() - begin < WARM_UP_CPU_NANOS) {
      contender.step();
    }
  }

  /** Frees what was timed. */
  @TearDown
  public void close() {
    contender.close();
  }

  /** One step of all rows. */
  @Benchmark
  public void step(CpuTime time) {
    contender.step();
    time.steps++;
  }

  /** Runs the benchmark; {@code --help} lists the options. */
  public static void main(String[] arguments) {
    // ONNX Runtime 1.29 reads the command line of its process at start and dies by SIGSEGV when
    // that
    // is longer than about 4,000 characters: the forked JVMs get their class path as a jar.
    System.setProperty("jmh.separateClasspathJAR", "true");
    System.exit(new CommandLine(new Run()).execute(arguments));
  }

  /** The cell, hidden size and batch of one line of the table. */
  private record Line(Cell cell, int hiddenSize, int batch) implements Comparable<Line> {
    static Line of(BenchmarkParams parameters) {
      return new Line(
          Cell.valueOf(parameters.getParam("cell")),
          Integer.parseInt(parameters.getParam("hiddenSize")),
          Integer.parseInt(parameters.getParam("batch")));
    }

    @Override
    public int compareTo(Line other) {
      int byBatch = Integer.compare(batch, other.batch);
      int byCell = other.cell.compareTo(cell);
      int bySize = Integer.compare(hiddenSize, other.hiddenSize);
      return byCell != 0 ? byCell : byBatch != 0 ? byBatch : bySize;
    }
  }

  @Command(
      name = "StepBenchmark",
      mixinStandardHelpOptions = true,
      description = "Times a recurrent step of Carryover beside ONNX Runtime, on one thread.")
  private static final class Run implements Callable<Integer> {
    @Option(names = "--quick", description = "Two hidden sizes, once: a glance, not a result.")
    private boolean quick;

    @Option(
        names = "--cells",
        split = ",",
        defaultValue = "GRU,LSTM",
        description = "Among GRU, LSTM, RNN_TANH; ${DEFAULT-VALUE}.")
    private List<Cell> cells;

    @Option(
        names = "--hidden",
        split = ",",
        defaultValue = "64,128,256,512",
        description = "Hidden sizes; ${DEFAULT-VALUE}.")
    private List<Integer> hiddenSizes;

    @Option(
        names = "--rounds",
        defaultValue = "2",
        description = "How often all is gone through; ${DEFAULT-VALUE}.")
    private int rounds;

    @Override
    public Integer call() throws RunnerException {
      if (quick) {
        hiddenSizes = List.of(128, 512);
        rounds = 1;
      }
      Map<Line, Map<StepRuntime, List<Double>>> samples = new TreeMap<>();
      for (int round = 1; round <= rounds; round++) {
        System.err.printf("Round %d of %d%n", round, rounds);
        // What the forked JVMs say goes to standard error, so that the report stands alone.
        OutputFormat messages =
            OutputFormatFactory.createFormatInstance(System.err, VerboseMode.SILENT);
        for (RunResult result : new Runner(options().build(), messages).run()) {
          BenchmarkParams parameters = result.getParams();
          StepRuntime runtime = StepRuntime.valueOf(parameters.getParam("runtime"));
          samples
              .computeIfAbsent(Line.of(parameters), line -> new TreeMap<>())
              .computeIfAbsent(runtime, name -> new ArrayList<>())
              .addAll(scores(result));
        }
      }
      System.out.println(Report.machine(List.of(JVM_FLAGS)));
      System.out.println(table(samples));
      return 0;
    }

    private ChainedOptionsBuilder options() {
      return new OptionsBuilder()
          .include("\\b" + StepBenchmark.class.getSimpleName() + "\\.step$")
          .param("cell", cells.stream().map(Cell::name).toArray(String[]::new))
          .param("hiddenSize", hiddenSizes.stream().map(String::valueOf).toArray(String[]::new))
          .forks(1)
          .jvmArgs(JVM_FLAGS)
          .warmupIterations(1)
          .warmupTime(TimeValue.milliseconds(100))
          .measurementIterations(7)
          .measurementTime(TimeValue.milliseconds(100))
          .shouldFailOnError(true);
    }

    private static List<Double> scores(RunResult result) {
      List<Double> scores = new ArrayList<>();
      for (BenchmarkResult fork : result.getBenchmarkResults()) {
        for (IterationResult iteration : fork.getIterationResults()) {
          scores.add(iteration.getSecondaryResults().get("nanosPerStep").getScore());
        }
      }
      return scores;
    }

    private static String table(Map<Line, Map<StepRuntime, List<Double>>> samples) {
      Report table =
          new Report(
              "cell",
              "B",
              "H",
              "SIMD, folded",
              "SIMD",
              "scalar, folded",
              "ONNX Runtime",
              "products alone",
              "ONNX Runtime / SIMD, folded",
              "ONNX Runtime / SIMD");
      samples.forEach(
          (line, runtimes) -> {
            double[] microseconds =
                Arrays.stream(StepRuntime.values())
                    .mapToDouble(runtime -> Report.median(runtimes.get(runtime)))
                    .map(nanoseconds -> nanoseconds / 1000 / line.batch())
                    .toArray();
            table.row(
                line.cell().configName(),
                line.batch(),
                line.hiddenSize(),
                Report.microseconds(microseconds[0]),
                Report.microseconds(microseconds[1]),
                Report.microseconds(microseconds[2]),
                Report.microseconds(microseconds[3]),
                Report.microseconds(microseconds[4]),
                Report.ratio(microseconds[3] / microseconds[0]),
                Report.ratio(microseconds[3] / microseconds[1]));
          });
      return table.toString();
    }
  }
}
