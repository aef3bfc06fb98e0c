package dev.carryover.runtime.cells;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.StateLayout;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A stack that reads finished sequences whole, from the zero state, in D directions: 1 or 2. With
 * two, each layer reads what both directions of the layer below gave, forward before backward.
 *
 * <p>Shapes: sequences of T steps, of any lengths, give {@code [T, D*H]} each. Every call allocates
 * what it needs, for B sequences about {@code 2 * B * T * D * H} floats. Immutable; shared by all
 * threads. Arguments are neither kept nor changed.
 */
public final class SequenceStack {
  /*
   * Rows of a micro-batch are the sequences by falling length. At step s a direction works on those
   * longer than s, which are the first n rows: the forward one at position s, the backward one at
   * position length - 1 - s. So both directions are one loop, no row steps over its end, and what a
   * row holds after the last step is its sequence's last state.
   */
  private final RecurrentLayer[][] directions;
  private final FoldedEmbedding[] embeddings;
  private final StateLayout layout;
  private final int hiddenSize;
  private final int width;

  private SequenceStack(
      RecurrentLayer[][] directions, FoldedEmbedding[] embeddings, int stateVectors) {
    this.directions = directions;
    this.embeddings = embeddings;
    this.hiddenSize = directions[0][0].hiddenSize;
    this.width = directions.length * hiddenSize;
    this.layout = new StateLayout(directions[0].length, hiddenSize, stateVectors);
  }

  /**
   * The stack of a model file.
   *
   * @param prefix what the names of the stack's tensors begin with
   * @param embedding the embedding {@code [V, E]} that layer 0 reads; null for vectors
   * @param precision what weights are kept in
   * @param foldedEmbeddingBytes largest tables of folded embeddings, of all directions together
   */
  public static SequenceStack of(
      ModelFile file,
      Kernels kernels,
      String prefix,
      boolean bidirectional,
      float[] embedding,
      WeightPrecision precision,
      long foldedEmbeddingBytes) {
    RecurrentLayer[] forward = LayerFactory.forward(file, kernels, prefix, precision);
    RecurrentLayer[][] directions =
        bidirectional
            ? new RecurrentLayer[][] {
              forward, LayerFactory.backward(file, kernels, prefix, precision)
            }
            : new RecurrentLayer[][] {forward};
    FoldedEmbedding[] embeddings = new FoldedEmbedding[directions.length];
    for (int direction = 0; embedding != null && direction < directions.length; direction++) {
      RecurrentLayer lowest = directions[direction][0];
      embeddings[direction] =
          FoldedEmbedding.of(
              lowest,
              embedding,
              embedding.length / lowest.inputSize(),
              foldedEmbeddingBytes / directions.length);
    }
    return new SequenceStack(directions, embeddings, file.config().cell().stateVectors());
  }

  /**
   * What was read of B sequences.
   *
   * @param outputs {@code [B][T * D*H]}, of the top layer
   * @param states {@code [B][D * floats]}, the last state of each direction, in the layout of one
   */
  public record Reading(float[][] outputs, float[][] states) {}

  /** D*H: what the top layer gives at a step. */
  public int width() {
    return width;
  }

  /** How the state of one direction is laid out. */
  public StateLayout stateLayout() {
    return layout;
  }

  /** The layers that read from the beginning, as they are. */
  public RecurrentLayer[] forwardLayers() {
    return directions[0];
  }

  /** What layer 0 reads tokens with from the beginning; null for vectors. */
  public FoldedEmbedding forwardEmbedding() {
    return embeddings[0];
  }

  /** Reads sequences {@code [B][T]} of token ids, which are in the vocabulary. */
  public Reading ofTokens(int[][] sequences) {
    int[] lengths = new int[sequences.length];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = sequences[i].length;
    }
    return read(sequences, null, lengths);
  }

  /** Reads sequences {@code [B][T*I]} of vectors, of the lengths T. */
  public Reading ofVectors(float[][] sequences, int[] lengths) {
    return read(null, sequences, lengths);
  }

  private Reading read(int[][] tokens, float[][] vectors, int[] lengths) {
    int[] order =
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparingInt(i -> -lengths[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    float[][] states = new float[order.length][directions.length * layout.floats()];
    float[][] below = vectors;
    for (int layer = 0; layer < directions[0].length; layer++) {
      float[][] outputs = new float[order.length][];
      for (int i = 0; i < outputs.length; i++) {
        outputs[i] = new float[Math.multiplyExact(lengths[i], width)];
      }
      for (int direction = 0; direction < directions.length && order.length > 0; direction++) {
        Pass pass = new Pass(layer, direction, order, lengths);
        if (layer == 0 && tokens != null) {
          pass.overTokens(tokens, outputs);
        } else {
          pass.overVectors(below, outputs);
        }
        pass.storeStates(states);
      }
      below = outputs;
    }
    return new Reading(below, states);
  }

  /** One direction of one layer over all sequences. */
  private final class Pass {
    private final int index;
    private final RecurrentLayer layer;
    private final FoldedEmbedding embedding;
    private final LayerScratch scratch;
    private final int direction;
    private final int[] order;
    private final int[] lengths;

    Pass(int index, int direction, int[] order, int[] lengths) {
      this.index = index;
      this.layer = directions[direction][index];
      this.embedding = embeddings[direction];
      this.scratch = layer.newScratch(order.length);
      this.direction = direction;
      this.order = order;
      this.lengths = lengths;
    }

    void overTokens(int[][] sequences, float[][] outputs) {
      Rows embedded = embedding.newInput(order.length);
      int[] tokens = new int[order.length];
      for (int step = 0, rows = rows(0); rows > 0; rows = rows(++step)) {
        for (int row = 0; row < rows; row++) {
          tokens[row] = sequences[order[row]][position(row, step)];
        }
        embedding.step(tokens, 0, embedded, scratch, rows);
        store(step, rows, outputs);
      }
    }

    void overVectors(float[][] below, float[][] outputs) {
      int inputWidth = layer.inputSize();
      Rows input = new Rows(order.length, inputWidth);
      for (int step = 0, rows = rows(0); rows > 0; rows = rows(++step)) {
        for (int row = 0; row < rows; row++) {
          System.arraycopy(
              below[order[row]],
              position(row, step) * inputWidth,
              input.values(),
              input.offset(row),
              inputWidth);
        }
        layer.step(input, scratch, rows);
        store(step, rows, outputs);
      }
    }

    private void store(int step, int rows, float[][] outputs) {
      Rows h = scratch.h();
      for (int row = 0; row < rows; row++) {
        System.arraycopy(
            h.values(),
            h.offset(row),
            outputs[order[row]],
            position(row, step) * width + direction * hiddenSize,
            hiddenSize);
      }
    }

    void storeStates(float[][] states) {
      for (int row = 0; row < order.length; row++) {
        scratch.store(row, states[order[row]], direction * layout.floats() + layout.hOffset(index));
      }
    }

    private int position(int row, int step) {
      return direction == 1 ? lengths[order[row]] - 1 - step : step;
    }

    /** How many sequences are longer than {@code step}. */
    private int rows(int step) {
      int rows = 0;
      while (rows < order.length && lengths[order[rows]] > step) {
        rows++;
      }
      return rows;
    }
  }
}
