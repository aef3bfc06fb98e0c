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
   * The panels of a block of units lie one gate apart, and each gate's panels follow each other from
   * block to block: as many streams of weights as gates, all strictly forward. While the gates of one
   * block wait for their polynomials, the weights of the next are being read. The state is written when
   * the last block has read it.
   *
   * Weights that do not stay in the second-level cache are better walked backwards in every other
   * step, which streams cannot be: they are left to VectorProduct.
   */
  private static final int PANEL = PackedMatrix.PANEL;
  private static final int MOST_WEIGHTS = 1 << 17;

  private VectorStep() {}

  /** Whether a step is one of those that go faster in this way. */
  static boolean takes(PackedMatrix w, int width, int rows) {
    return rows == 1
        && Lanes.COUNT == 16
        && width % PANEL == 0
        && w.values().length <= MOST_WEIGHTS;
  }

  /**
   * {@code sums} holds [nInput | r | z | bias of nRecurrent], {@code w} the panels of r, z and n.
   */
  static void gru(PackedMatrix w, float[] sums, float[] h, int width) {
    int inputs = w.inputs();
    for (int j = 0; j < width; j += PANEL) {
      int from = j * inputs;
      VectorProduct.threePanels(
          w.values(), from, width * inputs, inputs, h, sums, width + j, width);
      VectorActivations.sigmoid(sums, width + j, PANEL);
      VectorActivations.sigmoid(sums, 2 * width + j, PANEL);
      VectorKernels.addReset(sums, j, width, PANEL);
      VectorActivations.tanh(sums, j, sums, j, PANEL);
    }
    VectorKernels.blend(sums, 0, h, 0, width);
  }

  /**
   * {@code sums} holds [i | f | o | g], and so do the panels.
   *
   * @param backwards for one block, which pair of gates comes first: in turns, the pair that was
   *     read last is still in the first-level cache
   */
  static void lstm(
      PackedMatrix w, float[] sums, float[] h, float[] c, int width, boolean backwards) {
    int inputs = w.inputs();
    int gate = width * inputs;
    for (int j = 0; j < width; j += PANEL) {
      int from = j * inputs;
      if (width == PANEL) {
        for (int pair = 0; pair < 2; pair++) {
          int first = (pair == 0) == backwards ? 2 : 0;
          VectorProduct.twoPanels(
              w.values(), first * gate, gate, inputs, h, sums, first * width, width);
          if (first == 0) {
            VectorActivations.sigmoid(sums, 0, 2 * PANEL);
          } else {
            VectorActivations.sigmoid(sums, 2 * width, PANEL);
            VectorActivations.tanh(sums, 3 * width, sums, 3 * width, PANEL);
          }
        }
      } else {
        VectorProduct.fourPanels(w.values(), from, gate, inputs, h, sums, j, width);
        VectorActivations.sigmoid(sums, j, PANEL);
        VectorActivations.sigmoid(sums, width + j, PANEL);
        VectorActivations.sigmoid(sums, 2 * width + j, PANEL);
        VectorActivations.tanh(sums, 3 * width + j, sums, 3 * width + j, PANEL);
      }
      VectorKernels.carry(sums, j, width, c, j, PANEL);
      VectorActivations.tanh(c, j, sums, j, PANEL);
    }
    VectorKernels.multiply(sums, 0, sums, 2 * width, h, 0, width);
  }
}
