package dev.carryover.runtime.cells;

import dev.carryover.model.spec.StateLayout;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.Rows;

/**
 * What the layers of a stack work on during a micro-batch of up to B rows: the states, and the
 * scratch of each layer. Belongs to one session; nothing is allocated per step.
 */
public final class StackScratch {
  /*
   * A large micro-batch is stepped in parts. The sums of a row take four times as much room as its
   * state, or more: those of 64 rows of 128 hidden units stay in the caches next to the core from the
   * products to the gates, and leave room there for weights and states. Fewer rows would read the weights
   * too often. The last part takes up to half as many more, so that none is a few rows only.
   */
  private static final int PART = 64;

  private static final int LAST_PART = PART + PART / 2;

  private final RecurrentLayer[] layers;
  private final FoldedEmbedding embedding;
  private final StateLayout layout;
  private final LayerScratch[] whole;
  private final Part[] parts;

  /** Some neighbouring rows: views of all that the rows have. */
  private record Part(LayerScratch[] layers, Rows input) {}

  /**
   * Scratch for micro-batches of up to {@code capacity} rows.
   *
   * @param embedding of the tokens that the first layer reads; null where it reads vectors
   * @param input what the first layer reads, {@code [B, I]}; null where tokens are folded
   */
  public StackScratch(
      RecurrentLayer[] layers,
      FoldedEmbedding embedding,
      StateLayout layout,
      Rows input,
      int capacity) {
    this.layers = layers;
    this.embedding = embedding;
    this.layout = layout;
    this.whole = new LayerScratch[layers.length];
    for (int layer = 0; layer < layers.length; layer++) {
      whole[layer] = layers[layer].newScratch(capacity);
    }
    this.parts = new Part[1 + (Math.max(0, capacity - LAST_PART) + PART - 1) / PART];
    for (int part = 0; part < parts.length; part++) {
      int first = part * PART;
      int rows = Math.min(LAST_PART, capacity - first);
      LayerScratch[] ofPart = new LayerScratch[layers.length];
      for (int layer = 0; layer < layers.length; layer++) {
        ofPart[layer] = whole[layer].part(first, rows);
      }
      parts[part] = new Part(ofPart, input == null ? null : input.part(first, rows));
    }
  }

  /** Copies a state in. */
  public void load(int row, float[] state) {
    for (int layer = 0; layer < whole.length; layer++) {
      whole[layer].load(row, state, layout.hOffset(layer));
    }
  }

  /** Copies a state out. */
  public void store(int row, float[] state) {
    for (int layer = 0; layer < whole.length; layer++) {
      whole[layer].store(row, state, layout.hOffset(layer));
    }
  }

  /** Output of the top layer, {@code [B, H]}. */
  public Rows top() {
    return whole[whole.length - 1].h();
  }

  /** Whether the state of a row holds no NaN and no infinity. */
  public boolean finite(Kernels kernels, int row) {
    for (LayerScratch layer : whole) {
      if (!layer.finite(kernels, row)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Advances the states of the first rows.
   *
   * @param tokens what they see; not read where the first layer reads vectors
   */
  public void advance(int[] tokens, int rows) {
    int first = 0;
    for (int part = 0; first < rows; part++) {
      int left = rows - first;
      int taken = left > LAST_PART ? PART : left;
      advance(parts[part], tokens, first, taken);
      first += taken;
    }
  }

  private void advance(Part part, int[] tokens, int first, int rows) {
    LayerScratch[] scratch = part.layers;
    if (embedding == null) {
      layers[0].step(part.input, scratch[0], rows);
    } else {
      embedding.step(tokens, first, part.input, scratch[0], rows);
    }
    for (int layer = 1; layer < layers.length; layer++) {
      layers[layer].step(scratch[layer - 1].h(), scratch[layer], rows);
    }
  }
}
