package dev.carryover.runtime.kernels.vector;

import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.Kernels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width of this process. The species are {@code static final} because the compiler
 * unboxes vectors only of a constant species; elsewhere every operation would allocate.
 */
final class Lanes {
  static final VectorSpecies<Float> FLOATS = species();
  static final VectorSpecies<Integer> INTS = species().withLanes(int.class);
  static final int COUNT = FLOATS.length();

  private Lanes() {}

  private static VectorSpecies<Float> species() {
    String forced = System.getProperty(KernelProvider.LANE_BITS);
    if (forced != null) {
      return VectorShape.forBitSize(Integer.parseInt(forced)).withLanes(float.class);
    }
    // Wider vectors than the virtual lanes would change the order of sums, and reductions are
    // written for no less than a quarter of them.
    VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
    if (preferred.length() > Kernels.VIRTUAL_LANES) {
      return FloatVector.SPECIES_512;
    }
    return preferred.length() < Kernels.VIRTUAL_LANES / 4 ? FloatVector.SPECIES_128 : preferred;
  }

  static FloatVector load(float[] values, int at) {
    return FloatVector.fromArray(FLOATS, values, at);
  }

  static FloatVector all(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  static IntVector bits(FloatVector values) {
    return values.reinterpretAsInts();
  }
}
