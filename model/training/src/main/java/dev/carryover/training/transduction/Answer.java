package dev.carryover.training.transduction;

import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.pairs.Pair;
import java.util.Arrays;
import java.util.List;

/**
 * What a model answered to a source.
 *
 * @param pair the source, and what would be right
 * @param best the model's best answer
 */
public record Answer(Pair pair, Hypothesis best) {
  /** Whether the answer equals one of the references. */
  public boolean right() {
    return pair.targets().stream().anyMatch(target -> Arrays.equals(target, best.tokens()));
  }

  /** How good answers are together. */
  public static TransductionMetrics metrics(List<Answer> answers) {
    TransductionMetrics.Tally tally = new TransductionMetrics.Tally();
    for (Answer answer : answers) {
      tally.add(answer.pair().source().length, answer.best().tokens(), answer.pair().targets());
    }
    return tally.metrics();
  }
}
