package dev.carryover.runtime.seq2seq;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Attention, with k_s the encoder's outputs and q the decoder's top h:
 *
 * <pre>
 * additive (Bahdanau et al. 2015)  score_s = energy . tanh(query q + key k_s + bias)
 * dot      (Luong et al. 2015)     score_s = q . k_s
 * general  (Luong et al. 2015)     score_s = q . key k_s
 * weights = softmax over s of score_s      context = sum of weights_s k_s
 * </pre>
 *
 * <p>{@code key k_s + bias} is worked out once per source and shared by the rows of its beam, and
 * {@code query q} for all rows of a micro-batch as one product. Immutable, shared by all threads;
 * nothing is allocated per step.
 */
final class Aligner {
  /*
   * Scores of a row are reductions in 16 lanes, the softmax runs over S padded with minus infinity to
   * a multiple of 32, and the context is a chain over s in rising order. Nothing of it knows which
   * other rows are in the micro-batch.
   */

  /** Sources are prepared together up to so many steps: the weights are read once for them. */
  private static final int STEPS_TOGETHER = 256;

  private final Kernels kernels;
  private final Attention kind;
  private final int keySize;
  private final PackedMatrix query;
  private final PackedMatrix key;
  private final PackedMatrix parts;
  private final float[] keyBias;
  private final float[] energy;
  private final int width;

  private Aligner(ModelFile file, Kernels kernels, WeightPrecision precision, PackedMatrix parts) {
    EncoderDecoder sizes = file.config().encoderDecoder();
    this.kernels = kernels;
    this.parts = parts;
    this.kind = sizes.attention();
    this.keySize = sizes.keySize();
    boolean additive = kind == Attention.ADDITIVE;
    int compared = additive ? sizes.attentionSize() : file.config().hiddenSize();
    this.width = PackedMatrix.padded(compared);
    this.query =
        additive
            ? PackedMatrix.pack(
                file.tensor(TensorShapes.ATTENTION_QUERY),
                compared,
                file.config().hiddenSize(),
                precision)
            : null;
    this.key =
        kind == Attention.DOT
            ? null
            : PackedMatrix.pack(
                file.tensor(TensorShapes.ATTENTION_KEY), compared, keySize, precision);
    this.keyBias =
        additive ? key.padBias(file.tensor(TensorShapes.ATTENTION_KEY_BIAS), 0f) : new float[width];
    this.energy =
        additive ? Arrays.copyOf(file.tensor(TensorShapes.ATTENTION_ENERGY), width) : null;
  }

  /**
   * The attention of a model, or null when it has none.
   *
   * @param parts the decoder's weights of the context; null where it does not read one
   */
  static Aligner of(
      ModelFile file, Kernels kernels, WeightPrecision precision, PackedMatrix parts) {
    return file.config().encoderDecoder().attention().hasContext()
        ? new Aligner(file, kernels, precision, parts)
        : null;
  }

  /**
   * One sequence to look back at.
   *
   * @param steps S
   * @param keys what queries are compared with, {@code [S, A]} or {@code [S, H]}
   * @param values the encoder's outputs, {@code [S, D*He]}
   * @param parts what each of them is to the sums of the decoder's layer 0, {@code [S, G*H]}; null
   *     where it does not read the context
   */
  record Source(int steps, Rows keys, Rows values, Rows parts) {}

  /** Prepares encodings; allocates what it answers, and as much as scratch. */
  List<Source> sources(List<Encoding> encodings) {
    List<Source> sources = new ArrayList<>(encodings.size());
    int from = 0;
    while (from < encodings.size()) {
      int to = from + 1;
      int steps = encodings.get(from).steps();
      while (to < encodings.size() && steps + encodings.get(to).steps() <= STEPS_TOGETHER) {
        steps += encodings.get(to++).steps();
      }
      prepare(encodings.subList(from, to), steps, sources);
      from = to;
    }
    return sources;
  }

  private void prepare(List<Encoding> encodings, int steps, List<Source> to) {
    Rows values = new Rows(steps, keySize);
    int row = 0;
    for (Encoding encoding : encodings) {
      for (int s = 0; s < encoding.steps(); s++) {
        System.arraycopy(
            encoding.outputValues(), s * keySize, values.values(), values.offset(row++), keySize);
      }
    }
    Rows keys = values;
    if (key != null) {
      keys = new Rows(steps, width);
      for (int s = 0; s < steps; s++) {
        System.arraycopy(keyBias, 0, keys.values(), keys.offset(s), width);
      }
      kernels.multiplyAdd(key, values, keys, 0, steps);
    }
    Rows ofDecoder = null;
    if (parts != null) {
      ofDecoder = new Rows(steps, parts.paddedOutputs());
      kernels.multiplyAdd(parts, values, ofDecoder, 0, steps);
    }
    int first = 0;
    for (Encoding encoding : encodings) {
      int count = encoding.steps();
      Rows own = part(values, first, count);
      Rows ownKeys = key == null ? own : part(keys, first, count);
      Rows ownParts = parts == null ? null : part(ofDecoder, first, count);
      to.add(new Source(count, ownKeys, own, ownParts));
      first += count;
    }
  }

  /** A copy, so that one source does not hold others; the rows themselves where that is all. */
  private static Rows part(Rows rows, int first, int count) {
    if (count == rows.capacity()) {
      return rows;
    }
    Rows part = new Rows(count, rows.stride());
    System.arraycopy(rows.values(), rows.offset(first), part.values(), 0, count * rows.stride());
    return part;
  }

  /** Whether {@link #project} must make queries of h; otherwise h is the query. */
  boolean projects() {
    return query != null;
  }

  /** Whether the decoder's layer 0 reads the context, so that it is asked for before the step. */
  boolean feedsDecoder() {
    return parts != null;
  }

  /** Floats of a query, and of the scratch that {@link #attend} needs. */
  int width() {
    return width;
  }

  /** Fills the first rows of queries from the decoder's top h. */
  void project(Rows h, Rows queries, int rows) {
    Arrays.fill(queries.values(), 0, rows * queries.stride(), 0f);
    kernels.multiplyAdd(query, h, queries, 0, rows);
    queries.turn();
  }

  /**
   * Weighs a source for one row.
   *
   * @param queries that hold the row's query
   * @param weights receives S weights from {@code to} on, and then zeros to a multiple of 32
   * @param hidden scratch of {@link #width()} floats
   * @param contexts receives the row's context, {@code [D*He]}
   */
  void attend(
      Rows queries,
      int row,
      Source source,
      float[] weights,
      int to,
      float[] hidden,
      Rows contexts) {
    float[] q = queries.values();
    int at = queries.offset(row);
    Rows keys = source.keys();
    for (int s = 0; s < source.steps(); s++) {
      if (kind == Attention.ADDITIVE) {
        kernels.addTanh(q, at, keys.values(), keys.offset(s), hidden, 0, width);
        weights[to + s] = kernels.dot(energy, 0, hidden, 0, width);
      } else {
        weights[to + s] = kernels.dot(q, at, keys.values(), keys.offset(s), width);
      }
    }
    softmax(weights, to, source.steps());
    kernels.weightedSum(
        weights,
        to,
        source.values(),
        source.steps(),
        contexts.values(),
        contexts.offset(row),
        contexts.stride());
  }

  private void softmax(float[] scores, int at, int length) {
    int padded = PackedMatrix.padded(length);
    Arrays.fill(scores, at + length, at + padded, Float.NEGATIVE_INFINITY);
    float max = kernels.max(scores, at, padded);
    kernels.exp(scores, at, max, scores, at, padded);
    float sum = kernels.sum(scores, at, padded);
    for (int s = at; s < at + length; s++) {
      scores[s] /= sum;
    }
  }
}
