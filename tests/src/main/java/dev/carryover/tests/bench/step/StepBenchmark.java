package dev.carryover.tests.bench.step;

import dev.carryover.model.spec.Cell;
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
 * timed.
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
  private int batch;
  private int iteration;

  /** CPU time of the benchmark's thread and rows of its batch, beside JMH's own score. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class CpuTime {
    private long steps;
    private long begin;
    private int batch;

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

    /** B of the iteration. */
    public double rows() {
      return batch;
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
