package dev.carryover.tests.bench.step;

import dev.carryover.model.spec.Cell;
import dev.carryover.tests.bench.ceilings.CeilingProbe;
import dev.carryover.tests.bench.ceilings.CeilingProbe.Reached;
import dev.carryover.tests.bench.step.StepMatrix.Line;
import dev.carryover.tests.bench.step.contenders.StepContender;
import dev.carryover.tests.bench.step.contenders.StepRuntime;
import dev.carryover.tests.bench.step.contenders.StepWorkload;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
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

/**
 * One recurrent step of one layer on one thread, I = H, by one runtime. A fork goes through several
 * batches in turns, so that they share its start and whatever else happens meanwhile: an iteration
 * has one of them, and reports its rows beside its time. Every combination is checked before it is
 * timed. Where products alone are timed, so are the core's ceilings, before and after every
 * iteration.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepBenchmark {
  /*
   * What counts is the CPU time of the thread, which on a quiet machine is the time by the wall and on
   * a shared one does not count what others take. For the same reason the warm-up is as long as the
   * thread has run, and compilation does not go on behind it (-XX:-BackgroundCompilation).
   */
  static final long SEED = 20261120;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long WARM_UP_CPU_NANOS = 300_000_000L;
  private static final Reached NOTHING = new Reached(Double.NaN, Double.NaN);

  @Param({"GRU", "LSTM", "RNN_TANH"})
  public Cell cell;

  @Param({"64", "128", "256", "512"})
  public int hiddenSize;

  /** B, between commas. */
  @Param("1,8,32,128")
  public String batches;

  @Param public StepRuntime runtime;

  private final List<StepContender> contenders = new ArrayList<>();
  private final List<Integer> rows = new ArrayList<>();
  private StepContender contender;
  private CeilingProbe probe;
  private Reached reached = NOTHING;
  private int batch;
  private int iteration;

  /**
   * CPU time of the benchmark's thread and rows of its batch, beside JMH's own score; and what the
   * core reached before and after, NaN where that is not measured.
   */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class CpuTime {
    private long steps;
    private long begin;
    private long end;
    private int batch;
    private Reached before;
    private Reached after;

    /** Begins an iteration. */
    @Setup(Level.Iteration)
    public void begin() {
      steps = 0;
      begin = THREADS.getCurrentThreadCpuTime();
    }

    /** Ends an iteration, on the same thread, then turns to the ceilings. */
    @TearDown(Level.Iteration)
    public void end(StepBenchmark benchmark) {
      end = THREADS.getCurrentThreadCpuTime();
      before = benchmark.reached;
      benchmark.probe();
      after = benchmark.reached;
    }

    /** CPU time of a step. */
    public double nanosPerStep() {
      return (end - begin) / (double) steps;
    }

    /** B of the iteration. */
    public double rows() {
      return batch;
    }

    /** Multiply-adds before, two operations each. */
    public double floatingPointBefore() {
      return before.floatingPointPerSecond();
    }

    /** Multiply-adds after, two operations each. */
    public double floatingPointAfter() {
      return after.floatingPointPerSecond();
    }

    /** Bytes read before. */
    public double readBefore() {
      return before.readPerSecond();
    }

    /** Bytes read after. */
    public double readAfter() {
      return after.readPerSecond();
    }
  }

  /** Checks the answers, then makes what is timed and warms it up. */
  @Setup
  public void open() {
    for (String batch : batches.split(",")) {
      StepWorkload workload = StepWorkload.of(cell, hiddenSize, Integer.parseInt(batch), SEED);
      runtime.check(workload);
      rows.add(workload.batch());
      contenders.add(runtime.open(workload));
    }
    // Twice round, so that none is warmed up for its own batch alone.
    for (int time = 0; time < 2; time++) {
      for (StepContender each : contenders) {
        long begin = THREADS.getCurrentThreadCpuTime();
        while (THREADS.getCurrentThreadCpuTime() - begin < WARM_UP_CPU_NANOS / 2) {
          each.step();
        }
      }
    }
    if (runtime.isProductsAlone()) {
      Line line = new Line(cell, rows.get(0), hiddenSize);
      probe = new CeilingProbe(line.bytes(runtime));
      // For the compiler.
      probe.measure();
      probe();
    }
  }

  private void probe() {
    if (probe != null) {
      reached = probe.measure();
    }
  }

  /** Turns to the next batch. */
  @Setup(Level.Iteration)
  public void turn() {
    int next = iteration++ % contenders.size();
    contender = contenders.get(next);
    batch = rows.get(next);
  }

  /** Frees what was timed. */
  @TearDown
  public void close() {
    contenders.forEach(StepContender::close);
  }

  /** One step of all rows. */
  @Benchmark
  public void step(CpuTime time) {
    contender.step();
    time.steps++;
    time.batch = batch;
  }
}
