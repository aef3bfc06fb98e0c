package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.Rows;

/**
 * The token input of the first layer. Either the input half of the sums of every vocabulary entry
 * is computed once ({@code [V, G*H]}, folded), so that a step looks a row up, or the embedding
 * {@code [V, E]} is kept and multiplied at every step; both give the same bits.
 *
 * <p>Immutable and shared by all threads.
 */
public final class FoldedEmbedding {
  private final RecurrentLayer layer;
  private final float[] table;
  private final int columns;
  private final boolean folded;

  private FoldedEmbedding(RecurrentLayer layer, float[] table, int columns, boolean folded) {
    this.layer = layer;
    this.table = table;
    this.columns = columns;
    this.folded = folded;
  }

  /**
   * Folds {@code embedding [V, E]} when the table stays within {@code budgetBytes}, and keeps it as
   * it is otherwise.
   */
  public static FoldedEmbedding of(
      RecurrentLayer layer, float[] embedding, int vocabularySize, long budgetBytes) {
    int width = layer.projectedWidth();
    int embeddingSize = layer.inputSize();
    long floats = (long) vocabularySize * width;
    if (floats * Float.BYTES > budgetBytes || floats > Integer.MAX_VALUE - 8) {
      return new FoldedEmbedding(layer, embedding.clone(), embeddingSize, false);
    }
    float[] table = new float[(int) floats];
    Rows in = new Rows(1, embeddingSize);
    LayerScratch scratch = layer.newScratch(1);
    for (int token = 0; token < vocabularySize; token++) {
      System.arraycopy(embedding, token * embeddingSize, in.values(), 0, embeddingSize);
      layer.project(in, scratch, 1);
      System.arraycopy(scratch.sums.values(), 0, table, token * width, width);
    }
    return new FoldedEmbedding(layer, table, width, true);
  }

  /** Whether a step looks its input half up. */
  public boolean folded() {
    return folded;
  }

  /** Rows for embeddings when they are not folded; null when nothing is needed. */
  public Rows newInput(int capacity) {
    return folded ? null : new Rows(capacity, columns);
  }

  /** Fills the input half of the sums of the first rows for their tokens. */
  public void project(int[] tokens, Rows input, LayerScratch scratch, int rows) {
    embed(tokens, 0, folded ? scratch.sums : input, rows);
    if (!folded) {
      layer.project(input, scratch, rows);
    }
  }

  private void embed(int[] tokens, int first, Rows to, int rows) {
    for (int row = 0; row < rows; row++) {
      int from = tokens[first + row] * columns;
      System.arraycopy(table, from, to.values(), to.offset(row), columns);
    }
  }

  /** {@link #project}, then a step of the layer. */
  public void step(int[] tokens, int first, Rows input, LayerScratch scratch, int rows) {
    if (folded) {
      scratch.input.point(table, columns, tokens, first);
      layer.stepLookedUp(scratch, rows);
    } else {
      embed(tokens, first, input, rows);
      layer.step(input, scratch, rows);
    }
  }

  /**
   * Advances the first rows by their tokens, each from the shared state that {@code stateOf} says:
   * {@link #project}, then {@link RecurrentLayer#finish}.
   */
  public void finish(
      int[] tokens,
      Rows input,
      LayerScratch shared,
      int[] stateOf,
      LayerScratch scratch,
      int rows) {
    if (!folded) {
      project(tokens, input, scratch, rows);
      layer.finish(shared, stateOf, scratch, rows);
      return;
    }
    for (int row = 0; row < rows; row++) {
      scratch.join(layer.kernels, shared, stateOf[row], row, table, tokens[row] * columns, columns);
    }
    layer.activateJoined(scratch, rows);
  }
}
