package dev.carryover.deploy.evaluation;

import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.report.Figure;
import dev.carryover.training.transduction.AlignmentFigure;
import dev.carryover.training.transduction.Answer;
import dev.carryover.training.transduction.Seq2SeqEvaluator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Where a model with attention looked as it wrote some of its answers, right ones and wrong. */
public final class Alignments {

  private Alignments() {}

  /** Whether a model has attention. */
  public static boolean has(Seq2SeqModel model) {
    return model.config().encoderDecoder().attention().hasContext();
  }

  /**
   * Draws some answers to longer sources: from the length that a tenth exceeds downwards, then
   * longer ones.
   *
   * @param name what the model is called in headings
   * @param id begins the names of the drawings
   * @param answers the model's own
   * @param decoding how they were searched
   * @param count how many right ones, and how many wrong
   * @throws IllegalArgumentException when the model has no attention
   */
  public static List<Figure> draw(
      Seq2SeqModel model,
      String name,
      String id,
      List<Answer> answers,
      DecodingOptions decoding,
      int count) {
    List<Answer> sorted = new ArrayList<>(answers);
    sorted.sort(Comparator.comparingInt(answer -> answer.pair().source().length));
    List<Pair> right = new ArrayList<>();
    List<Pair> wrong = new ArrayList<>();
    int from = sorted.size() * 9 / 10;
    for (int i = 0; i < sorted.size(); i++) {
      // Downwards, and then what is longer still.
      Answer answer = sorted.get(i <= from ? from - i : i);
      List<Pair> pairs = answer.right() ? right : wrong;
      if (pairs.size() < count && answer.best().tokens().length > 0) {
        pairs.add(answer.pair());
      }
    }
    List<Figure> figures = new ArrayList<>();
    draw(model, right, decoding, "%s: a right answer".formatted(name), id + "-right", figures);
    draw(model, wrong, decoding, "%s: a wrong answer".formatted(name), id + "-wrong", figures);
    return figures;
  }

  private static void draw(
      Seq2SeqModel model,
      List<Pair> pairs,
      DecodingOptions decoding,
      String title,
      String id,
      List<Figure> figures) {
    for (int i = 0; i < pairs.size(); i++) {
      Answer answer = answer(model, pairs.get(i), decoding);
      AlignmentFigure.of(model, answer, "%s-%d".formatted(id, i + 1), title)
          .ifPresent(figures::add);
    }
  }

  /**
   * Lets a model answer once more, with its attention weights.
   *
   * @throws IllegalArgumentException when the model has no attention
   */
  public static Answer answer(Seq2SeqModel model, Pair pair, DecodingOptions decoding) {
    return Seq2SeqEvaluator.answers(
            model,
            List.of(pair),
            decoding.withAttention(true),
            EvaluationOptions.DEFAULTS.withThreads(1).withBatchSize(1))
        .get(0);
  }
}
