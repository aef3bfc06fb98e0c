package dev.carryover.training.transduction;

import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.seq2seq.DecoderSession;
import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.report.Figure;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Where a model looked in the source as it wrote each token: what its attention has learned. */
public final class AlignmentFigure {
  private AlignmentFigure() {}

  /**
   * The attention weights of a model's best answer to a source, a column a token of the answer.
   *
   * @param beamWidth how many hypotheses are followed
   * @return the drawing; empty when the model has no attention, or answers nothing
   */
  public static Optional<Figure> of(Seq2SeqModel model, Pair pair, int beamWidth) {
    if (!model.config().encoderDecoder().attention().hasContext()) {
      return Optional.empty();
    }
    DecoderSession session = model.newDecoder(beamWidth);
    Hypothesis answer =
        session
            .decode(
                List.of(model.encodeWhole(pair.source())),
                model.options(beamWidth).withAttention(true))
            .get(0)
            .get(0);
    if (answer.tokens().length == 0) {
      return Optional.empty();
    }
    Vocabulary targets = model.config().encoderDecoder().targetVocabulary();
    List<String> tokens = Arrays.stream(answer.tokens()).mapToObj(targets::token).toList();
    return Optional.of(
        new Figure.HeatMap(
            "alignment",
            "Alignment",
            "Where the decoder looked as it wrote each token: a column sums to 1. The source is %s, its first token at row 0."
                .formatted(pair.key()),
            "written",
            "place in the source",
            tokens,
            Figure.Scale.SHARE,
            Arrays.copyOf(answer.attention(), tokens.size())));
  }
}
