package dev.carryover.training.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The batches of one epoch, each made when it is asked for. Whole sequences are put together by
 * length, so that little is padded; streams and sequences longer than a window are cut, and go on
 * in the same row of the next batch.
 *
 * <pre>{@code
 * Batches batches = Batches.ofEpoch(data, data.training(), options, epoch);
 * for (Batch batch : batches) { ... }
 * }</pre>
 *
 * <p>The same arguments give the same batches, whatever was asked for before: an epoch can be taken
 * up at any batch. Belongs to one thread.
 */
public final class Batches implements Iterable<Batch> {
  /** Sequences are sorted by length within pools of this many batches, and shuffled between. */
  private static final int POOL_BATCHES = 50;

  private final StepReader reader;
  private final List<TrainingSequence> sequences;
  private final Plan plan;

  private Batches(StepReader reader, List<TrainingSequence> sequences, Plan plan) {
    this.reader = reader;
    this.sequences = sequences;
    this.plan = plan;
  }

  /**
   * The batches of an epoch of training, shuffled.
   *
   * @param sequences those of {@code data} that are wanted
   * @throws IllegalArgumentException when a sequence is longer than the options have room for, or
   *     there is nothing to learn of any
   */
  public static Batches ofEpoch(
      TrainingData data, List<TrainingSequence> sequences, BatchOptions options, int epoch) {
    return of(data, sequences, options, new Random(mix(options.seed(), epoch)));
  }

  /**
   * All sequences once in an order of their own, for validation: the seed plays no part. Of a
   * stream the last steps are left out, fewer than there are rows, so that all rows are of one
   * length.
   *
   * @throws IllegalArgumentException as {@link #ofEpoch} does
   */
  public static Batches inOrder(
      TrainingData data, List<TrainingSequence> sequences, BatchOptions options) {
    return of(data, sequences, options, null);
  }

  private static Batches of(
      TrainingData data, List<TrainingSequence> sequences, BatchOptions options, Random random) {
    StepReader reader = new StepReader(data);
    List<TrainingSequence> useful =
        data.continuous() ? List.of(Streams.join(sequences)) : sequences;
    int[] steps = useful.stream().mapToInt(reader::steps).toArray();
    if (IntStream.of(steps).noneMatch(s -> s > 0)) {
      throw new IllegalArgumentException(
          "there is nothing to learn of %d sequences of at most %d steps; give longer ones"
              .formatted(
                  sequences.size(),
                  sequences.stream().mapToInt(TrainingSequence::length).max().orElse(0)));
    }
    Plan plan;
    if (data.continuous()) {
      plan = new StreamPlan(steps[0], options, random);
    } else if (options.window() == BatchOptions.WHOLE) {
      plan = new BucketPlan(useful, steps, options, random);
    } else {
      plan = new WindowPlan(steps, options, random);
    }
    return new Batches(reader, useful, plan);
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
    return plan.batches();
  }

  /**
   * One of the batches.
   *
   * @throws IndexOutOfBoundsException when there is no such batch
   */
  public Batch get(int index) {
    Slice[] rows = plan.rows(Objects.checkIndex(index, size()));
    int steps = Arrays.stream(rows).mapToInt(Slice::count).max().orElse(0);
    Batch batch = reader.newBatch(rows.length, steps);
    for (int row = 0; row < rows.length; row++) {
      Slice slice = rows[row];
      batch.row(row, slice.count, slice.restart);
      if (slice.count > 0) {
        reader.fill(batch, row, sequences.get(slice.sequence), slice.from, slice.count);
      }
    }
    return batch;
  }

  @Override
  public Iterator<Batch> iterator() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < size();
      }

      @Override
      public Batch next() {
        if (!hasNext()) {
          throw new NoSuchElementException("there are " + size() + " batches");
        }
        return get(next++);
      }
    };
  }

  /** Some steps of a sequence, which fill a row. */
  private record Slice(int sequence, int from, int count, boolean restart) {
    static final Slice NOTHING = new Slice(-1, 0, 0, false);
  }

  /** Which steps stand where. */
  private interface Plan {
    int batches();

    Slice[] rows(int batch);
  }

  /** Fisher and Yates; written out, because the order is part of what a seed stands for. */
  private static void shuffle(int[] values, Random random) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
  }

  private static int[] usefulOrder(int[] steps, Random random) {
    int[] order = IntStream.range(0, steps.length).filter(i -> steps[i] > 0).toArray();
    if (random != null) {
      shuffle(order, random);
    }
    return order;
  }

  /** Whole sequences, those of one length together. */
  private static final class BucketPlan implements Plan {
    private final int[] steps;
    private final List<int[]> batches = new ArrayList<>();

    BucketPlan(List<TrainingSequence> sequences, int[] steps, BatchOptions options, Random random) {
      this.steps = steps;
      for (int i = 0; i < steps.length; i++) {
        if (steps[i] > options.maximumPaddedTokens()) {
          throw new IllegalArgumentException(
              "%s takes %d steps and a batch holds %d; set a window, or raise the maximum"
                  .formatted(sequences.get(i), steps[i], options.maximumPaddedTokens()));
        }
      }
      int[] order = usefulOrder(steps, random);
      long pool = random == null ? order.length : (long) options.batchSize() * POOL_BATCHES;
      for (long from = 0; from < order.length; from += pool) {
        cut(order, (int) from, (int) Math.min(order.length, from + pool), options);
      }
      if (random != null) {
        int[] places = IntStream.range(0, batches.size()).toArray();
        shuffle(places, random);
        List<int[]> ordered = new ArrayList<>(batches);
        for (int i = 0; i < places.length; i++) {
          batches.set(i, ordered.get(places[i]));
        }
      }
    }

    private void cut(int[] order, int from, int to, BatchOptions options) {
      int[] pool =
          Arrays.stream(order, from, to)
              .boxed()
              .sorted((a, b) -> Integer.compare(steps[a], steps[b]))
              .mapToInt(Integer::intValue)
              .toArray();
      int begin = 0;
      for (int next = 1; next <= pool.length; next++) {
        boolean full =
            next == pool.length
                || next - begin == options.batchSize()
                || (long) (next - begin + 1) * steps[pool[next]] > options.maximumPaddedTokens();
        if (full) {
          batches.add(Arrays.copyOfRange(pool, begin, next));
          begin = next;
        }
      }
    }

    @Override
    public int batches() {
      return batches.size();
    }

    @Override
    public Slice[] rows(int batch) {
      return Arrays.stream(batches.get(batch))
          .mapToObj(i -> new Slice(i, 0, steps[i], true))
          .toArray(Slice[]::new);
    }
  }

  /** Sequences one after the other in B rows, a window at a time. */
  private static final class WindowPlan implements Plan {
    private final int[] steps;
    private final int window;
    private final List<int[]> sequenceOfRow = new ArrayList<>();
    private final List<int[]> windowOfRow = new ArrayList<>();

    WindowPlan(int[] steps, BatchOptions options, Random random) {
      this.steps = steps;
      this.window = options.window();
      int[] order = usefulOrder(steps, random);
      int rows = Math.min(options.batchSize(), order.length);
      int[] sequence = new int[rows];
      int[] place = new int[rows];
      Arrays.fill(sequence, -1);
      int next = 0;
      while (true) {
        boolean any = false;
        for (int row = 0; row < rows; row++) {
          place[row]++;
          if (sequence[row] < 0 || (long) place[row] * window >= steps[sequence[row]]) {
            sequence[row] = next < order.length ? order[next++] : -1;
            place[row] = 0;
          }
          any |= sequence[row] >= 0;
        }
        if (!any) {
          return;
        }
        sequenceOfRow.add(sequence.clone());
        windowOfRow.add(place.clone());
      }
    }

    @Override
    public int batches() {
      return sequenceOfRow.size();
    }

    @Override
    public Slice[] rows(int batch) {
      int[] sequence = sequenceOfRow.get(batch);
      int[] place = windowOfRow.get(batch);
      Slice[] rows = new Slice[sequence.length];
      for (int row = 0; row < rows.length; row++) {
        int from = place[row] * window;
        rows[row] =
            sequence[row] < 0
                ? Slice.NOTHING
                : new Slice(
                    sequence[row],
                    from,
                    Math.min(window, steps[sequence[row]] - from),
                    place[row] == 0);
      }
      return rows;
    }
  }

  /**
   * One stream, cut into B pieces that are read side by side. Every epoch begins at another step of
   * the first window, so that the cuts are not always in the same places.
   */
  private static final class StreamPlan implements Plan {
    private final int window;
    private final int offset;
    private final int rows;
    private final int stepsOfRow;

    StreamPlan(int steps, BatchOptions options, Random random) {
      window =
          options.window() == BatchOptions.WHOLE
              ? Math.max(1, options.maximumPaddedTokens() / options.batchSize())
              : options.window();
      int room = Math.min(window, Math.max(1, steps / options.batchSize()));
      offset = random == null ? 0 : random.nextInt(room);
      rows = Math.min(options.batchSize(), steps - offset);
      stepsOfRow = (steps - offset) / rows;
    }

    @Override
    public int batches() {
      return (stepsOfRow + window - 1) / window;
    }

    @Override
    public Slice[] rows(int batch) {
      int begin = batch * window;
      int count = Math.min(window, stepsOfRow - begin);
      return IntStream.range(0, rows)
          .mapToObj(row -> new Slice(0, offset + row * stepsOfRow + begin, count, batch == 0))
          .toArray(Slice[]::new);
    }
  }
}
