package dev.carryover.runtime.kernels.vector;

import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;

/**
 * Recurrent product and gates together, for one row of a cell whose gates are {@value
 * PackedMatrix#PANEL} wide (33 to 64 hidden units), on 512-bit vectors. The bits are those of the
 * product and the gates one after the other.
 *
 * <p>Allocates nothing, keeps nothing.
 */
final class VectorStep {
  /*
   * The weights of such a cell are about as large as the first-level cache or a little larger. They are
   * read in two parts, in turns from the one end and from the other, so that the part that was read last
   * is still there; and the gates of one part are computed while the weights of the next are read. More
   * panels a gate gained nothing: their weights come from the second-level cache whatever the order.
   */
  private static final int PANEL = PackedMatrix.PANEL;

  private VectorStep() {}

  /** Whether a step is one of these. In bf16 the weights fit the cache, all panels at once. */
  static boolean takes(PackedMatrix w, Rows gates, Rows h, int width, int rows) {
    return rows == 1
        && Lanes.COUNT == 16
        && width == PANEL
        && gates.first()
        && h.first()
        && w.precision() == WeightPrecision.FP32;
  }

  /**
   * {@code sums} holds [nInput | r | z | bias of nRecurrent], {@code w} the panels of r, z and n.
   *
   * @param backwards whether the part [z | n] comes first
   */
  static void gru(PackedMatrix w, float[] sums, float[] h, boolean backwards) {
    if (backwards) {
      updateAndCandidate(w, sums, h);
      reset(w, sums, h);
    } else {
      reset(w, sums, h);
      updateAndCandidate(w, sums, h);
    }
    VectorKernels.addReset(sums, 0, PANEL);
    VectorActivations.tanh(sums, 0, sums, 0, PANEL);
    VectorKernels.blend(sums, 0, h, 0, PANEL);
  }

  private static void reset(PackedMatrix w, float[] sums, float[] h) {
    VectorProduct.rows1(w.values(), 0, w.inputs(), h, 0, sums, PANEL);
    VectorActivations.sigmoid(sums, PANEL, PANEL);
  }

  private static void updateAndCandidate(PackedMatrix w, float[] sums, float[] h) {
    int inputs = w.inputs();
    VectorProduct.twoPanels(w.values(), PANEL * inputs, inputs, h, sums, 2 * PANEL);
    VectorActivations.sigmoid(sums, 2 * PANEL, PANEL);
  }

  /**
   * {@code sums} holds [i | f | o | g], and so do the panels.
   *
   * @param backwards whether the part [o | g] comes first
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
