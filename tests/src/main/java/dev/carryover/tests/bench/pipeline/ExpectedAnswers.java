package dev.carryover.tests.bench.pipeline;

import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import java.util.BitSet;

/**
 * What a plain loop says to the first events of a stream, and which of them an inference has been
 * seen of: each must have exactly one, in the order of its key, with the bits of the loop.
 */
public final class ExpectedAnswers {
  private final NumberedEvents events;
  private final int count;
  private final int answeredKeys;
  private final float[] surprisals;
  private final int[] ranks;
  private final int[] steps;
  private final BitSet seen = new BitSet();

  private ExpectedAnswers(NumberedEvents events, int count, int answeredKeys) {
    this.events = events;
    this.count = count;
    this.answeredKeys = answeredKeys;
    this.surprisals = new float[answeredKeys > 0 ? count : 0];
    this.ranks = new int[answeredKeys > 0 ? count : 0];
    this.steps = new int[count];
    int[] lastSteps = new int[events.keys()];
    for (int event = 0; event < count; event++) {
      steps[event] = ++lastSteps[events.keyNumber(event)];
    }
  }

  /** Expects one inference of each event, and nothing of what it says but its step. */
  public static ExpectedAnswers ofSteps(NumberedEvents events, int count) {
    return new ExpectedAnswers(events, count, 0);
  }

  /**
   * Expects one inference of each event, with the answer of a plain loop over the events.
   *
   * @param keys the keys whose answers are compared are those of the numbers below this; of the
   *     others, the steps
   */
  public static ExpectedAnswers ofModel(
      ModelFile file, NumberedEvents events, int count, int keys) {
    ExpectedAnswers expected = new ExpectedAnswers(events, count, keys);
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(1);
    float[][] states = new float[keys][];
    for (int event = 0; event < count; event++) {
      int key = events.keyNumber(event);
      if (key < keys) {
        if (states[key] == null) {
          states[key] = model.newState();
        }
        session.clear();
        int row = session.addToken(states[key], file.config().vocabulary().id(events.token(event)));
        session.run();
        session.readState(row, states[key]);
        expected.surprisals[event] = session.surprisal(row);
        expected.ranks[event] = session.rank(row);
      }
    }
    return expected;
  }

  /** How many events there are. */
  public int count() {
    return count;
  }

  /** Forgets what was seen of the events from a number on: a job will answer them again. */
  public void forget(int from) {
    seen.clear(from, count);
  }

  /**
   * Takes an inference.
   *
   * @throws IllegalStateException if it is of no event, the second of its event, or not as the loop
   *     says; both values are named
   */
  public void see(Inference inference) {
    int event = events.number(inference);
    if (event < 0 || event >= count || !events.key(event).equals(inference.getKey())) {
      throw wrong(inference, "an inference of none of the %d events".formatted(count));
    }
    if (seen.get(event)) {
      throw wrong(inference, "a second inference where each event has one");
    }
    seen.set(event);
    if (inference.getStep() != steps[event]) {
      throw wrong(
          inference,
          "the job is at step %d where a plain loop is at step %d"
              .formatted(inference.getStep(), steps[event]));
    }
    if (events.keyNumber(event) < answeredKeys) {
      NextToken answer = (NextToken) inference.getPrediction();
      if (Float.floatToRawIntBits(answer.getSurprisalNats())
              != Float.floatToRawIntBits(surprisals[event])
          || answer.getRank() != ranks[event]) {
        throw wrong(
            inference,
            "the job says surprisal %s and rank %d where a plain loop says %s and %d"
                .formatted(
                    answer.getSurprisalNats(), answer.getRank(), surprisals[event], ranks[event]));
      }
    }
  }

  private IllegalStateException wrong(Inference inference, String what) {
    return new IllegalStateException(
        "%s: event %d, step %d of key %s; nothing was timed"
            .formatted(what, events.number(inference), inference.getStep(), inference.getKey()));
  }

  /** Whether an inference of every event before a number has been seen. */
  public boolean answered(int to) {
    return seen.nextClearBit(0) >= to;
  }

  /**
   * Requires that every event before a number has been answered.
   *
   * @throws IllegalStateException with the first that was not
   */
  public void require(int to) {
    if (!answered(to)) {
      throw new IllegalStateException(
          "of %d events %d have an inference, the first without is %d; nothing was timed"
              .formatted(to, seen.cardinality(), seen.nextClearBit(0)));
    }
  }
}
