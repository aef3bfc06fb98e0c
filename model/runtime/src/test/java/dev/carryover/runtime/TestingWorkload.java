package dev.carryover.runtime;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Inputs of some keys over some steps, to be run through sessions in any arrangement. Now and then
 * a key's sequence ends without an event; its state then stays as it was.
 */
final class TestingWorkload {
  private static final int END = -1;
  private static final int MOST_LIKELY = 5;

  private final int keys;
  private final int steps;
  private final int[][] tokens;
  private final float[][][] features;

  private TestingWorkload(int keys, int steps) {
    this.keys = keys;
    this.steps = steps;
    this.tokens = new int[keys][steps];
    this.features = new float[keys][steps][];
  }

  static TestingWorkload random(ModelConfig config, int keys, int steps, long seed) {
    Random random = new Random(seed);
    TestingWorkload workload = new TestingWorkload(keys, steps);
    for (int key = 0; key < keys; key++) {
      for (int step = 0; step < steps; step++) {
        if (config.tokenInput()) {
          workload.tokens[key][step] = random.nextInt(config.vocabulary().size());
        } else {
          workload.features[key][step] = TestingModels.rawFeatures(config, random);
        }
        if (random.nextInt(8) == 0) {
          workload.tokens[key][step] = END;
        }
      }
    }
    return workload;
  }

  int keys() {
    return keys;
  }

  /** Which keys are run together, in which order, at a step. */
  interface Arrangement {
    List<int[]> batches(int step);
  }

  /** Every key in a batch of its own. */
  Arrangement alone() {
    List<int[]> batches = new ArrayList<>();
    for (int key = 0; key < keys; key++) {
      batches.add(new int[] {key});
    }
    return step -> batches;
  }

  /** All keys in one batch. */
  Arrangement together() {
    return step -> List.of(order());
  }

  /** All keys in another order at every step, cut into batches of random sizes. */
  Arrangement shuffled(long seed) {
    return step -> {
      Random random = new Random(seed + step);
      List<Integer> order = new ArrayList<>();
      Arrays.stream(order()).forEach(order::add);
      Collections.shuffle(order, random);
      List<int[]> batches = new ArrayList<>();
      for (int from = 0; from < keys; ) {
        int to = from + 1 + random.nextInt(keys - from);
        batches.add(order.subList(from, to).stream().mapToInt(Integer::intValue).toArray());
        from = to;
      }
      return batches;
    };
  }

  private int[] order() {
    int[] order = new int[keys];
    Arrays.setAll(order, key -> key);
    return order;
  }

  /** Runs all keys; {@code result[key][step]}. */
  RowResult[][] run(RecurrentModel model, Arrangement arrangement) {
    Session session = model.newSession(keys);
    RowResult[][] results = new RowResult[keys][steps];
    float[][] states = new float[keys][];
    Arrays.setAll(states, key -> model.newState());
    for (int step = 0; step < steps; step++) {
      for (int[] batch : arrangement.batches(step)) {
        runBatch(model, session, batch, step, states, results);
      }
    }
    return results;
  }

  private void runBatch(
      RecurrentModel model,
      Session session,
      int[] batch,
      int step,
      float[][] states,
      RowResult[][] results) {
    session.clear();
    for (int key : batch) {
      add(session, model.config(), states[key], key, step);
    }
    session.run();
    for (int row = 0; row < batch.length; row++) {
      int key = batch[row];
      if (tokens[key][step] != END) {
        session.readState(row, states[key]);
      }
      results[key][step] = read(model, session, row, states[key].clone());
    }
  }

  private void add(Session session, ModelConfig config, float[] state, int key, int step) {
    if (tokens[key][step] == END) {
      session.addEnd(state);
    } else if (config.tokenInput()) {
      session.addToken(state, tokens[key][step]);
    } else {
      session.addFeatures(state, features[key][step]);
    }
  }

  private static RowResult read(RecurrentModel model, Session session, int row, float[] state) {
    float[] output = new float[model.config().outputSize()];
    session.readOutput(row, output);
    if (model.config().task() != Task.NEXT_TOKEN) {
      return new RowResult(state, output, 0, 0, new int[0], new float[0], new int[0], new float[0]);
    }
    int[] expected = new int[MOST_LIKELY];
    float[] expectedProbabilities = new float[MOST_LIKELY];
    session.expected(row, MOST_LIKELY, expected, expectedProbabilities);
    int[] next = new int[MOST_LIKELY];
    float[] nextProbabilities = new float[MOST_LIKELY];
    session.next(row, MOST_LIKELY, next, nextProbabilities);
    return new RowResult(
        state,
        output,
        session.surprisal(row),
        session.rank(row),
        expected,
        expectedProbabilities,
        next,
        nextProbabilities);
  }

  /** All that a session says of one row. */
  record RowResult(
      float[] state,
      float[] output,
      float surprisal,
      int rank,
      int[] expected,
      float[] expectedProbabilities,
      int[] next,
      float[] nextProbabilities) {

    /** Both results in words when a bit of them differs, otherwise null. */
    String difference(RowResult other) {
      return Arrays.equals(state, other.state)
              && Arrays.equals(output, other.output)
              && Float.floatToIntBits(surprisal) == Float.floatToIntBits(other.surprisal)
              && rank == other.rank
              && Arrays.equals(expected, other.expected)
              && Arrays.equals(expectedProbabilities, other.expectedProbabilities)
              && Arrays.equals(next, other.next)
              && Arrays.equals(nextProbabilities, other.nextProbabilities)
          ? null
          : this + " instead of " + other;
    }

    @Override
    public String toString() {
      return "state %s, output %s, surprisal %s, rank %d, expected %s %s, next %s %s"
          .formatted(
              Arrays.toString(state),
              Arrays.toString(output),
              surprisal,
              rank,
              Arrays.toString(expected),
              Arrays.toString(expectedProbabilities),
              Arrays.toString(next),
              Arrays.toString(nextProbabilities));
    }
  }
}
