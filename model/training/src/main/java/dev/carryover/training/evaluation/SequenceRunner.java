package dev.carryover.training.evaluation;

import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.training.data.TrainingSequence;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Steps a model through sequences, many at a time and on several threads, and shows every step to a
 * visitor of its thread. Results do not depend on batch size or threads: the runtime computes a row
 * alike in any company.
 */
final class SequenceRunner {
  /*
   * Each thread has B lanes. A lane steps through one sequence and then takes the longest that is
   * left, so that no thread is left alone with a long one at the end. Rows of a micro-batch are the
   * lanes in order; lanes without work close up.
   */
  private static final int REPORT_STEPS = 4096;

  private final RecurrentModel model;
  private final List<TrainingSequence> sequences;
  private final boolean ends;
  private final EvaluationOptions options;
  private final int[] order;
  private final AtomicInteger next = new AtomicInteger();
  private final long total;
  private long done;

  private SequenceRunner(
      RecurrentModel model,
      List<TrainingSequence> sequences,
      boolean continuous,
      EvaluationOptions options) {
    this.model = model;
    this.sequences = sequences;
    this.options = options;
    ends = !continuous && model.config().task() == Task.NEXT_TOKEN && model.answersAtEnd();
    order =
        IntStream.range(0, sequences.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> -sequences.get(i).length()))
            .mapToInt(Integer::intValue)
            .toArray();
    total = sequences.stream().mapToLong(this::steps).sum();
  }

  /** Sees every step of every sequence that its thread steps. */
  interface Visitor {
    /**
     * One step.
     *
     * @param index of the sequence in the list
     * @param step from 0; as many as the sequence has tokens is its end
     * @param session where {@code row} can be read
     */
    void step(int index, int step, Session session, int row);
  }

  /**
   * Steps through all sequences.
   *
   * @param continuous whether they are pieces of a stream, whose end is none
   * @param visitors makes one for every thread
   * @return the visitors, after the last step
   */
  static <V extends Visitor> List<V> run(
      RecurrentModel model,
      List<TrainingSequence> sequences,
      boolean continuous,
      EvaluationOptions options,
      Supplier<V> visitors) {
    return new SequenceRunner(model, sequences, continuous, options).run(visitors);
  }

  private int steps(TrainingSequence sequence) {
    return sequence.length() + (ends ? 1 : 0);
  }

  private <V extends Visitor> List<V> run(Supplier<V> visitors) {
    return EvaluationThreads.run(
        Math.min(options.threads(), sequences.size()), visitors, this::work);
  }

  private void work(Visitor visitor) {
    int lanes = Math.min(options.batchSize(), sequences.size());
    Session session = model.newSession(lanes);
    float[][] states = new float[lanes][model.stateLayout().floats()];
    int[] sequence = new int[lanes];
    int[] step = new int[lanes];
    int active = 0;
    long unreported = 0;
    while (true) {
      while (active < lanes && next.get() < order.length) {
        int taken = next.getAndIncrement();
        if (taken < order.length) {
          sequence[active] = order[taken];
          step[active] = 0;
          model.initialState(states[active]);
          active++;
        }
      }
      if (active == 0) {
        report(unreported);
        return;
      }
      session.clear();
      for (int lane = 0; lane < active; lane++) {
        add(session, states[lane], sequences.get(sequence[lane]), step[lane]);
      }
      session.run();
      int kept = 0;
      for (int lane = 0; lane < active; lane++) {
        visitor.step(sequence[lane], step[lane], session, lane);
        if (step[lane] + 1 < steps(sequences.get(sequence[lane]))) {
          float[] state = states[kept];
          states[kept] = states[lane];
          states[lane] = state;
          session.readState(lane, states[kept]);
          sequence[kept] = sequence[lane];
          step[kept] = step[lane] + 1;
          kept++;
        }
      }
      unreported += active;
      active = kept;
      if (unreported >= REPORT_STEPS) {
        report(unreported);
        unreported = 0;
      }
    }
  }

  private static void add(Session session, float[] state, TrainingSequence sequence, int step) {
    if (step == sequence.length()) {
      session.addEnd(state);
    } else if (sequence.tokenInput()) {
      session.addToken(state, sequence.tokens()[step]);
    } else {
      session.addFeatures(state, sequence.features()[step]);
    }
  }

  private synchronized void report(long steps) {
    done += steps;
    options.progress().advanced(done, total);
  }
}
