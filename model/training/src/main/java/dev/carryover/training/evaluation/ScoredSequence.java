package dev.carryover.training.evaluation;

import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.training.data.TrainingSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a next-token model says of every step of a sequence, {@code [T]}; the end is a step of its
 * own where the model has an end token. Arrays are not copied: do not change them.
 *
 * @param key whose sequence it is
 * @param tokens the ids that were scored
 * @param ranks their ranks, 0 being the most likely
 * @param surprisals their surprisal in nats
 */
public record ScoredSequence(String key, int[] tokens, int[] ranks, float[] surprisals) {
  /**
   * Scores sequences, in their order.
   *
   * @throws IllegalArgumentException when the model's task is not next-token
   */
  public static List<ScoredSequence> score(
      RecurrentModel model, List<TrainingSequence> sequences, EvaluationOptions options) {
    if (model.config().task() != Task.NEXT_TOKEN) {
      throw new IllegalArgumentException(
          "model '%s' has the task %s; only next-token models score tokens"
              .formatted(model.config().modelId(), model.config().task()));
    }
    int end = model.config().vocabulary().endId();
    List<ScoredSequence> scored = new ArrayList<>(sequences.size());
    for (TrainingSequence sequence : sequences) {
      int length = sequence.length();
      int steps = end == Vocabulary.ABSENT ? length : length + 1;
      int[] tokens = Arrays.copyOf(sequence.tokens(), steps);
      if (steps > length) {
        tokens[length] = end;
      }
      scored.add(new ScoredSequence(sequence.key(), tokens, new int[steps], new float[steps]));
    }
    // Each sequence is one thread's; the runner's end makes what was written visible here.
    SequenceRunner.run(
        model,
        sequences,
        false,
        options,
        () ->
            (index, step, session, row) -> {
              scored.get(index).ranks[step] = session.rank(row);
              scored.get(index).surprisals[step] = session.surprisal(row);
            });
    return scored;
  }

  /** The number of steps, {@code T}. */
  public int steps() {
    return tokens.length;
  }

  /** The largest rank, the end's included. */
  public int worstRank() {
    return Arrays.stream(ranks).max().orElse(0);
  }

  /** The largest surprisal, the end's included. */
  public float maximumSurprisal() {
    float maximum = 0;
    for (float surprisal : surprisals) {
      maximum = Math.max(maximum, surprisal);
    }
    return maximum;
  }

  /** Whether any step alerts. */
  public boolean alerts(AlertThresholds thresholds, Vocabulary vocabulary) {
    for (int step = 0; step < tokens.length; step++) {
      if (thresholds.alerts(vocabulary, tokens[step], ranks[step], surprisals[step])) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScoredSequence that
        && key.equals(that.key)
        && Arrays.equals(tokens, that.tokens)
        && Arrays.equals(ranks, that.ranks)
        && Arrays.equals(surprisals, that.surprisals);
  }

  @Override
  public int hashCode() {
    return 31 * key.hashCode() + Arrays.hashCode(surprisals);
  }

  @Override
  public String toString() {
    return "%s: %d steps, worst rank %d, largest surprisal %.3f"
        .formatted(key, steps(), worstRank(), maximumSurprisal());
  }
}
