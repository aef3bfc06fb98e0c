package dev.carryover.runtime.kernels.vector;

import dev.carryover.runtime.kernels.KernelProvider;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
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
    if (forced == null) {
      // Wider vectors than the virtual lanes would change the order of sums.
      VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
      return preferred.length() > 16 ? FloatVector.SPECIES_512 : preferred;
    }
    return switch (forced) {
      case "128" -> FloatVector.SPECIES_128;
      case "256" -> FloatVector.SPECIES_256;
      case "512" -> FloatVector.SPECIES_512;
      default ->
          throw new IllegalArgumentException(
              KernelProvider.LANE_BITS + "=" + forced + " is not a width: use 128, 256 or 512");
    };
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
