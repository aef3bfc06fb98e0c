package dev.carryover.training.transduction;

import dev.carryover.runtime.seq2seq.DecoderSession;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Encoding;
import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.evaluation.EvaluationThreads;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.pairs.Pair;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

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
    // Sources of one length end together.
    List<Pair> sorted =
        pairs.stream().sorted(Comparator.comparingInt(pair -> pair.source().length)).toList();
    int size = options.batchSize();
    int batches = (sorted.size() + size - 1) / size;
    AtomicInteger next = new AtomicInteger();
    Object done = new Object();
    int[] answered = {0};
    List<TransductionMetrics.Tally> tallies =
        EvaluationThreads.run(
            Math.min(options.threads(), batches),
            TransductionMetrics.Tally::new,
            tally -> {
              DecoderSession session =
                  model.newDecoder(Math.multiplyExact(size, decoding.beamWidth()));
              for (int batch = next.getAndIncrement();
                  batch < batches;
                  batch = next.getAndIncrement()) {
                List<Pair> part =
                    sorted.subList(batch * size, Math.min(sorted.size(), (batch + 1) * size));
                answer(model, session, part, decoding, tally);
                synchronized (done) {
                  answered[0] += part.size();
                  options.progress().advanced(answered[0], sorted.size());
                }
              }
            });
    TransductionMetrics.Tally all = new TransductionMetrics.Tally();
    tallies.forEach(all::add);
    return all.metrics();
  }

  private static void answer(
      Seq2SeqModel model,
      DecoderSession session,
      List<Pair> pairs,
      DecodingOptions decoding,
      TransductionMetrics.Tally tally) {
    List<Encoding> encodings = model.encodeAll(pairs.stream().map(Pair::source).toList());
    List<List<Hypothesis>> answers = session.decode(encodings, decoding);
    for (int i = 0; i < pairs.size(); i++) {
      Pair pair = pairs.get(i);
      tally.add(pair.source().length, answers.get(i).get(0).tokens(), pair.targets());
    }
  }
}
