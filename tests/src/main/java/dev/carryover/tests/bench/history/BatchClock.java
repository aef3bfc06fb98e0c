package dev.carryover.tests.bench.history;

import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes the CPU time of the operator's thread from the last inference of a batch to the last one of
 * the next, and keeps what one key was told. Written by the thread of the sink, read when the job
 * has ended.
 */
final class BatchClock {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final HistoryStream stream;
  private final String lastOld;
  private final String lastFresh;
  private final List<Double> fresh = new ArrayList<>();
  private final List<Double> old = new ArrayList<>();
  private final float[] surprisals;
  private final int[] ranks;
  private long arrived;
  private long disordered;
  private long lastFreshStep;
  private long lastOldStep;
  private long lastNanos;

  BatchClock(HistoryStream stream) {
    this.stream = stream;
    this.lastOld = stream.oldKey(stream.batch() - 1);
    this.lastFresh = stream.freshKey(stream.batch() - 1);
    this.surprisals = new float[stream.oldSteps()];
    this.ranks = new int[stream.oldSteps()];
  }

  /** Takes an inference; every event has one, and every end of a sequence one more. */
  void arrived(Inference inference) {
    arrived++;
    if (inference.getKey().equals(lastOld)) {
      long step = inference.getStep();
      if (step != lastOldStep + 1) {
        disordered++;
      }
      lastOldStep = step;
      NextToken answer = (NextToken) inference.getPrediction();
      surprisals[(int) step - 1] = answer.getSurprisalNats();
      ranks[(int) step - 1] = answer.getRank();
      take(old, stream.oldIsTimed(step));
    } else if (inference.getKey().equals(lastFresh)) {
      long step = inference.getStep();
      if (step != lastFreshStep + 1) {
        disordered++;
      }
      lastFreshStep = inference.getSequenceEnd() == null ? step : 0;
      take(fresh, step == HistoryStream.TIMED_STEP);
    }
  }

  private void take(List<Double> samples, boolean timed) {
    long now = THREADS.getCurrentThreadCpuTime();
    if (timed) {
      samples.add((now - lastNanos) / (double) stream.batch());
    }
    lastNanos = now;
  }

  /**
   * Requires that every event had its inference, in order.
   *
   * @param ends how many sequences ended, each with an inference more
   * @throws IllegalStateException if not, with the counts
   */
  void requireAll(long ends) {
    if (arrived != stream.count() + ends || disordered > 0) {
      throw new IllegalStateException(
          "%d inferences of %d events and %d ends, %d out of order; nothing was timed"
              .formatted(arrived, stream.count(), ends, disordered));
    }
  }

  /** Time per event of fresh keys, in nanoseconds. */
  List<Double> fresh() {
    return fresh;
  }

  /** Time per event of old keys, in nanoseconds. */
  List<Double> old() {
    return old;
  }

  /** The surprisal that the last of the old keys had at each step. */
  float[] surprisals() {
    return surprisals;
  }

  /** The rank that the last of the old keys had at each step. */
  int[] ranks() {
    return ranks;
  }
}
