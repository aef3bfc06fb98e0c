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
   */
  static void gru(PackedMatrix w, Rows sums, Rows h) {
    if (sums.backwards()) {
      updateAndCandidate(w, sums, h);
      reset(w, sums, h);
    } else {
      reset(w, sums, h);
      updateAndCandidate(w, sums, h);
    }
    VectorGates.resetAndBlend(sums, h, PANEL, 0, 1);
  }

  private static void reset(PackedMatrix w, Rows sums, Rows h) {
    VectorSingleRow.rows1(w.values(), 0, w.inputs(), h.values(), 0, sums.values(), PANEL);
    VectorGates.sigmoid(sums, PANEL, PANEL, 0, 1);
  }

  private static void updateAndCandidate(PackedMatrix w, Rows sums, Rows h) {
    int inputs = w.inputs();
    VectorSingleRow.twoPanels(
        w.values(), PANEL * inputs, inputs, h.values(), sums.values(), 2 * PANEL);
    VectorGates.sigmoid(sums, 2 * PANEL, PANEL, 0, 1);
  }

  /** {@code sums} holds [i | f | o | g], and so do the panels. */
  static void lstm(PackedMatrix w, Rows sums, Rows h, Rows c) {
    if (sums.backwards()) {
      outputAndCandidate(w, sums, h);
      inputAndForget(w, sums, h);
    } else {
      inputAndForget(w, sums, h);
      outputAndCandidate(w, sums, h);
    }
    VectorGates.carry(sums, c, PANEL, 0, 1);
    VectorGates.emit(sums, c, h, PANEL, 0, 1);
  }

  private static void inputAndForget(PackedMatrix w, Rows sums, Rows h) {
    VectorSingleRow.twoPanels(w.values(), 0, w.inputs(), h.values(), sums.values(), 0);
    VectorGates.sigmoid(sums, 0, 2 * PANEL, 0, 1);
  }

  private static void outputAndCandidate(PackedMatrix w, Rows sums, Rows h) {
    int inputs = w.inputs();
    VectorSingleRow.twoPanels(
        w.values(), 2 * PANEL * inputs, inputs, h.values(), sums.values(), 2 * PANEL);
    VectorGates.sigmoid(sums, 2 * PANEL, PANEL, 0, 1);
  }
}
