package dev.carryover.training.transduction;

import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.report.Figure;
import java.util.ArrayList;
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
    Hypothesis answer =
        model
            .newDecoder(beamWidth)
            .decode(
                List.of(model.encodeWhole(pair.source())),
                model.options(beamWidth).withAttention(true))
            .get(0)
            .get(0);
    return of(model, new Answer(pair, answer), "alignment", "Alignment");
  }

  /**
   * The attention weights of an answer, a column a token and a row a token of the source.
   *
   * @param answer with its attention weights
   * @param id the drawing's, and the stem of its file
   * @param title its heading
   * @return the drawing; empty when nothing is answered
   * @throws IllegalArgumentException when the answer comes without attention weights
   */
  public static Optional<Figure> of(Seq2SeqModel model, Answer answer, String id, String title) {
    float[][] attention = answer.best().attention();
    if (attention == null) {
      throw new IllegalArgumentException(
          "the answer of model '%s' to %s has no attention weights; ask for them, of a model with attention"
              .formatted(model.config().modelId(), answer.pair().key()));
    }
    if (answer.best().tokens().length == 0) {
      return Optional.empty();
    }
    List<String> written =
        names(model.config().encoderDecoder().targetVocabulary(), answer.best().tokens());
    return Optional.of(
        new Figure.HeatMap(
            id,
            title,
            "Where the decoder looked as it wrote each token: a column sums to 1. The source is %s, read upwards; the answer is %s."
                .formatted(answer.pair().key(), verdict(model, answer)),
            "written",
            "source, upwards",
            written,
            names(model.config().vocabulary(), answer.pair().source()),
            Figure.Scale.SHARE,
            Arrays.copyOf(attention, written.size())));
  }

  private static String verdict(Seq2SeqModel model, Answer answer) {
    return answer.right()
        ? "right"
        : "wrong, right would be "
            + String.join(
                " ",
                names(
                    model.config().encoderDecoder().targetVocabulary(),
                    answer.pair().targets().get(0)));
  }

  private static List<String> names(Vocabulary vocabulary, int[] ids) {
    List<String> names = new ArrayList<>();
    for (int id : ids) {
      names.add(id == Pair.UNKNOWN ? "?" : vocabulary.token(id));
    }
    return names;
  }
}
