package dev.carryover.runtime.kernels.vector;

import dev.carryover.runtime.kernels.PackedMatrix;

/**
 * Recurrent product and gates of one row together, {@value PackedMatrix#PANEL} hidden units after
 * another, on 512-bit vectors. The bits are those of the product and the gates one after the other.
 *
 * <p>Allocates nothing, keeps nothing.
 */
final class VectorStep {
  /*
   * A GRU's panels of a block of units lie one gate apart, and each gate's panels follow each other
   * from block to block: three streams of weights, all strictly forward. The gates of one block go on
   * while the weights of the next are read. The state is written when the last block has read it.
   *
   * An LSTM of one block has more weights than the first-level cache holds. It takes its gates in two
   * pairs, in turns from the one end and from the other: the pair that was read last is still there.
   *
   * Weights that do not stay in the second-level cache gain more from being walked backwards in every
   * other step, which VectorProduct does, and an LSTM of two blocks or more gained nothing here.
   */
  private static final int PANEL = PackedMatrix.PANEL;
  private static final int MOST_WEIGHTS = 1 << 17;

  private VectorStep() {}

  /** Whether a GRU's step goes faster in this way. */
  static boolean takesGru(PackedMatrix w, int width, int rows) {
    return rows == 1
        && Lanes.COUNT == 16
        && width % PANEL == 0
        && w.values().length <= MOST_WEIGHTS;
  }

  /** Whether an LSTM's step goes faster in this way. */
  static boolean takesLstm(int width, int rows) {
    return rows == 1 && Lanes.COUNT == 16 && width == PANEL;
  }

  /**
   * {@code sums} holds [nInput | r | z | bias of nRecurrent], {@code w} the panels of r, z and n.
   */
  static void gru(PackedMatrix w, float[] sums, float[] h, int width) {
    int inputs = w.inputs();
    int gate = width * inputs;
    for (int j = 0; j < width; j += PANEL) {
      VectorProduct.threePanels(
          w.values(), j * inputs, gate, inputs, h, sums, width + j, width);
      VectorActivations.sigmoid(sums, width + j, PANEL);
      VectorActivations.sigmoid(sums, 2 * width + j, PANEL);
      VectorKernels.addReset(sums, j, width, PANEL);
      VectorActivations.tanh(sums, j, sums, j, PANEL);
    }
    VectorKernels.blend(sums, 0, h, 0, width);
  }

  /**
   * {@code sums} holds [i | f | o | g], {@value PackedMatrix#PANEL} units each, and so do the panels.
   *
   * @param backwards whether the pair [o | g] comes first
   */
  static void lstm(PackedMatrix w, float[] sums, float[] h, float[] c, boolean backwards) {
    if (backwards) {
      outputAndCandidate(w, sums, h);
      inputAndForget(w, sums, h);
    } else {
      inputAndForget(w, sums, h);
      outputAndCandidate(w, sums, h);
    }
    VectorKernels.carry(sums, 0, c, 0, PANEL);
    VectorActivations.tanh(c, 0, h, 0, PANEL);
    VectorKernels.multiply(h, 0, sums, 2 * PANEL, h, 0, PANEL);
  }

  private static void inputAndForget(PackedMatrix w, float[] sums, float[] h) {
    VectorProduct.twoPanels(w.values(), 0, w.inputs(), h, sums, 0);
    VectorActivations.sigmoid(sums, 0, 2 * PANEL);
  }

  private static void outputAndCandidate(PackedMatrix w, float[] sums, float[] h) {
    int inputs = w.inputs();
    VectorProduct.twoPanels(w.values(), 2 * PANEL * inputs, inputs, h, sums, 2 * PANEL);
    VectorActivations.sigmoid(sums, 2 * PANEL, PANEL);
    VectorActivations.tanh(sums, 3 * PANEL, sums, 3 * PANEL, PANEL);
  }
}
