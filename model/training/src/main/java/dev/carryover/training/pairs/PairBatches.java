package dev.carryover.training.pairs;

import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.training.data.BatchOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * The batches of one epoch: every source with each of its targets once, rows of like lengths
 * together, so that little is padded.
 *
 * <p>The same arguments give the same batches, whatever was asked for before: an epoch can be taken
 * up at any batch. Immutable.
 */
public final class PairBatches {
  /** Pairs are sorted by length within pools of this many batches, and shuffled between. */
  private static final int POOL_BATCHES = 50;

  private static final Comparator<PairBatch.Row> BY_LENGTH =
      Comparator.comparingInt((PairBatch.Row row) -> row.source().length)
          .thenComparingInt(row -> row.target().length);

  private final List<List<PairBatch.Row>> batches = new ArrayList<>();
  private final Vocabulary targets;

  private PairBatches(
      List<PairBatch.Row> rows, Vocabulary targets, BatchOptions options, Random random) {
    this.targets = targets;
    int pool = random == null ? rows.size() : options.batchSize() * POOL_BATCHES;
    for (int from = 0; from < rows.size(); from += pool) {
      List<PairBatch.Row> sorted =
          new ArrayList<>(rows.subList(from, Math.min(rows.size(), from + pool)));
      sorted.sort(BY_LENGTH);
      cut(sorted, options);
    }
    if (random != null) {
      Collections.shuffle(batches, random);
    }
  }

  /**
   * The batches of an epoch of training, shuffled.
   *
   * @param pairs those of {@code data} that are wanted; targets that cannot be learned are left out
   * @throws IllegalArgumentException when a pair is longer than the options have room for, or there
   *     is nothing to learn
   */
  public static PairBatches ofEpoch(
      PairData data, List<Pair> pairs, BatchOptions options, int epoch) {
    List<PairBatch.Row> rows = rows(pairs);
    Random random = new Random(mix(options.seed(), epoch));
    Collections.shuffle(rows, random);
    return new PairBatches(rows, data.targets(), options, random);
  }

  /**
   * All pairs once in an order of their own, for validation: the seed plays no part.
   *
   * @throws IllegalArgumentException as {@link #ofEpoch} does
   */
  public static PairBatches inOrder(PairData data, List<Pair> pairs, BatchOptions options) {
    return new PairBatches(rows(pairs), data.targets(), options, null);
  }

  private static List<PairBatch.Row> rows(List<Pair> pairs) {
    List<PairBatch.Row> rows = new ArrayList<>();
    for (Pair pair : pairs) {
      for (int[] target : pair.targets()) {
        if (Pair.learnable(target)) {
          rows.add(new PairBatch.Row(pair.source(), target));
        }
      }
    }
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          "there is nothing to learn of %d pairs: every target has a token that is not in the"
                  .formatted(pairs.size())
              + " vocabulary; lower the minimum count");
    }
    return rows;
  }

  private void cut(List<PairBatch.Row> sorted, BatchOptions options) {
    int begin = 0;
    int longestTarget = 0;
    for (int next = 0; next < sorted.size(); next++) {
      PairBatch.Row row = sorted.get(next);
      int target = row.target().length + 1;
      if (row.source().length + target > options.maximumPaddedTokens()) {
        throw new IllegalArgumentException(
            "a pair of %d and %d tokens does not fit a batch of %d; raise maximum-padded-tokens"
                .formatted(row.source().length, target, options.maximumPaddedTokens()));
      }
      int longest = Math.max(longestTarget, target);
      long padded = (long) (next - begin + 1) * (row.source().length + longest);
      if (next - begin == options.batchSize() || padded > options.maximumPaddedTokens()) {
        batches.add(sorted.subList(begin, next));
        begin = next;
        longest = target;
      }
      longestTarget = longest;
    }
    batches.add(sorted.subList(begin, sorted.size()));
  }

  /** Neighbouring seeds and epochs give generators that have nothing to do with each other. */
  private static long mix(long seed, int epoch) {
    long z = seed * 0x9E3779B97F4A7C15L + epoch + 1;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** The number of batches. */
  public int size() {
    return batches.size();
  }

  /**
   * One of the batches.
   *
   * @throws IndexOutOfBoundsException when there is no such batch
   */
  public PairBatch get(int index) {
    return new PairBatch(batches.get(index), targets.beginId(), targets.endId());
  }
}
