package dev.carryover.training.evaluation;

import dev.carryover.runtime.SequenceModel;
import dev.carryover.training.data.TrainingSequence;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Reads sequences as a whole, many at a time and on several threads, and shows the outputs of each
 * to a visitor of its thread. Results do not depend on batch size or threads.
 */
final class WholeSequenceRunner {
  /*
   * Batches are of neighbours in length, the longest first, so that no thread is left alone with a
   * long one at the end. Those of long sequences hold fewer: outputs of all layers are kept.
   */
  private static final int BATCH_STEPS = 1 << 14;

  private final SequenceModel model;
  private final List<TrainingSequence> sequences;
  private final EvaluationOptions options;
  private final List<Integer> order;
  private final AtomicInteger next = new AtomicInteger();
  private final long total;
  private long done;

  private WholeSequenceRunner(
      SequenceModel model, List<TrainingSequence> sequences, EvaluationOptions options) {
    this.model = model;
    this.sequences = sequences;
    this.options = options;
    order =
        IntStream.range(0, sequences.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> -sequences.get(i).length()))
            .toList();
    total = sequences.stream().mapToLong(TrainingSequence::length).sum();
  }

  /** Sees every sequence that its thread reads. */
  interface Visitor {
    /**
     * One sequence.
     *
     * @param index of the sequence in the list
     * @param outputs of the head, {@code [T, O]}
     */
    void sequence(int index, float[][] outputs);
  }

  /**
   * Reads all sequences.
   *
   * @param visitors makes one for every thread
   * @return the visitors, after the last sequence
   */
  static <V extends Visitor> List<V> run(
      SequenceModel model,
      List<TrainingSequence> sequences,
      EvaluationOptions options,
      Supplier<V> visitors) {
    WholeSequenceRunner runner = new WholeSequenceRunner(model, sequences, options);
    return EvaluationThreads.run(
        Math.min(options.threads(), sequences.size()), visitors, runner::work);
  }

  private void work(Visitor visitor) {
    for (List<Integer> batch = take(); !batch.isEmpty(); batch = take()) {
      List<TrainingSequence> read = batch.stream().map(sequences::get).toList();
      float[][][] outputs =
          model.config().tokenInput()
              ? model.ofTokens(read.stream().map(TrainingSequence::tokens).toList())
              : model.ofFeatures(read.stream().map(TrainingSequence::features).toList());
      for (int i = 0; i < outputs.length; i++) {
        visitor.sequence(batch.get(i), outputs[i]);
      }
      report(read.stream().mapToLong(TrainingSequence::length).sum());
    }
  }

  private List<Integer> take() {
    while (true) {
      int from = next.get();
      if (from == order.size()) {
        return List.of();
      }
      int longest = sequences.get(order.get(from)).length();
      int rows = Math.max(1, Math.min(options.batchSize(), BATCH_STEPS / Math.max(1, longest)));
      int to = Math.min(order.size(), from + rows);
      if (next.compareAndSet(from, to)) {
        return order.subList(from, to);
      }
    }
  }

  private synchronized void report(long steps) {
    done += steps;
    options.progress().advanced(done, total);
  }
}
