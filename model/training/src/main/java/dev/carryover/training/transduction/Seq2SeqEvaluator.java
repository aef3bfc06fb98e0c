package dev.carryover.training.transduction;

import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.seq2seq.DecoderSession;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Encoding;
import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.evaluation.EvaluationThreads;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.pairs.Pair;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Lets a model answer sources, and compares the answers with the references. It is the runtime that
 * answers; the result is the same on any number of threads.
 */
public final class Seq2SeqEvaluator {
  private Seq2SeqEvaluator() {}

  /**
   * Evaluates a model.
   *
   * @param pairs numbered as the model does
   * @param decoding how it searches; its best answer counts
   * @param options threads, and how many sources one of them decodes together
   */
  public static TransductionMetrics evaluate(
      Seq2SeqModel model, List<Pair> pairs, DecodingOptions decoding, EvaluationOptions options) {
    return Answer.metrics(answers(model, pairs, decoding, options));
  }

  /**
   * Lets a model answer.
   *
   * @param pairs numbered as the model does
   * @param decoding how it searches
   * @param options threads, and how many sources one of them decodes together
   * @return the best answers, in the order of the pairs
   */
  public static List<Answer> answers(
      Seq2SeqModel model, List<Pair> pairs, DecodingOptions decoding, EvaluationOptions options) {
    // Sources of one length end together.
    int[] order =
        IntStream.range(0, pairs.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> pairs.get(i).source().length))
            .mapToInt(i -> i)
            .toArray();
    int size = options.batchSize();
    int batches = (order.length + size - 1) / size;
    Answer[] answers = new Answer[order.length];
    AtomicInteger next = new AtomicInteger();
    Object done = new Object();
    int[] answered = {0};
    EvaluationThreads.run(
        Math.min(options.threads(), batches),
        () -> model.newDecoder(Math.multiplyExact(size, decoding.beamWidth())),
        session -> {
          for (int batch = next.getAndIncrement();
              batch < batches;
              batch = next.getAndIncrement()) {
            int[] places =
                Arrays.copyOfRange(order, batch * size, Math.min(order.length, (batch + 1) * size));
            answer(model, session, pairs, places, decoding, answers);
            synchronized (done) {
              answered[0] += places.length;
              options.progress().advanced(answered[0], order.length);
            }
          }
        });
    return List.of(answers);
  }

  private static void answer(
      Seq2SeqModel model,
      DecoderSession session,
      List<Pair> pairs,
      int[] places,
      DecodingOptions decoding,
      Answer[] answers) {
    List<Encoding> encodings =
        model.encodeAll(Arrays.stream(places).mapToObj(i -> pairs.get(i).source()).toList());
    List<List<Hypothesis>> best = session.decode(encodings, decoding);
    for (int i = 0; i < places.length; i++) {
      answers[places[i]] = new Answer(pairs.get(places[i]), best.get(i).get(0));
    }
  }

  /**
   * How likely a model finds a target that it is made to write: the sum of the natural logarithms
   * of the probabilities of its tokens, that of the end token included.
   *
   * @param target ids of the target vocabulary, without begin and end
   * @throws IllegalArgumentException when an id is outside the vocabulary
   */
  public static double logProbability(Seq2SeqModel model, int[] source, int[] target) {
    Vocabulary vocabulary = model.config().encoderDecoder().targetVocabulary();
    int[] whole = Arrays.copyOf(target, target.length + 1);
    whole[target.length] = vocabulary.endId();
    float[][] logits = model.force(model.encodeWhole(source), whole).logits();
    double sum = 0;
    for (int step = 0; step < whole.length; step++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (float logit : logits[step]) {
        largest = Math.max(largest, logit);
      }
      double total = 0;
      for (float logit : logits[step]) {
        total += Math.exp(logit - largest);
      }
      sum += logits[step][whole[step]] - largest - Math.log(total);
    }
    return sum;
  }
}
