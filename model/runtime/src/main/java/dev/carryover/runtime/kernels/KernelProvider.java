package dev.carryover.runtime.kernels;

import java.util.List;
import java.util.Optional;

/**
 * Chooses the kernels of this process.
 *
 * <p>Vectors need the JVM flag {@code --add-modules jdk.incubator.vector}. Their width is the
 * widest that the CPU prefers; the system property {@value #LANE_BITS} (128, 256 or 512) forces
 * another.
 */
public final class KernelProvider {
  /** System property that forces the width of a vector in bits. */
  public static final String LANE_BITS = "carryover.simd.bits";

  private static final List<String> LANE_WIDTHS = List.of("128", "256", "512");
  private static final String MODULE = "jdk.incubator.vector";
  private static final String VECTOR_KERNELS = "dev.carryover.runtime.kernels.vector.VectorKernels";

  /*
   * The vector kernels are named as a string and loaded only after the module was seen: a class that
   * mentions jdk.incubator.vector cannot be linked without it, and every class that names such a class
   * in its code would fail with it.
   */

  private KernelProvider() {}

  /** The kernels for a choice and why they were taken, in one line for the log. */
  public record Selection(Kernels kernels, String reason) {}

  /**
   * Resolves a choice.
   *
   * @throws IllegalArgumentException if {@value #LANE_BITS} is set to something that is no width
   * @throws IllegalStateException if {@link KernelChoice#SIMD} is asked for and cannot be had; the
   *     message names the missing flag
   */
  public static Selection select(KernelChoice choice) {
    if (choice == KernelChoice.SCALAR) {
      return new Selection(new ScalarKernels(), "scalar kernels, as asked for");
    }
    checkForcedWidth();
    Optional<String> obstacle = obstacle();
    if (obstacle.isEmpty()) {
      try {
        Kernels kernels =
            (Kernels) Class.forName(VECTOR_KERNELS).getDeclaredConstructor().newInstance();
        return new Selection(kernels, kernels.name() + " kernels on " + MODULE);
      } catch (ReflectiveOperationException | LinkageError e) {
        obstacle = Optional.of("the vector kernels did not load (" + e + ")");
      }
    }
    if (choice == KernelChoice.SIMD) {
      throw new IllegalStateException(
          "kernels 'simd' were asked for, but " + obstacle.get() + "; or ask for 'auto'");
    }
    return new Selection(new ScalarKernels(), "scalar kernels: " + obstacle.get());
  }

  private static void checkForcedWidth() {
    String forced = System.getProperty(LANE_BITS);
    if (forced != null && !LANE_WIDTHS.contains(forced)) {
      throw new IllegalArgumentException(
          "the system property "
              + LANE_BITS
              + " is '"
              + forced
              + "', which is no width of vectors: use 128, 256 or 512, or leave it out");
    }
  }

  private static Optional<String> obstacle() {
    return ModuleLayer.boot().findModule(MODULE).isPresent()
        ? Optional.empty()
        : Optional.of(
            "the module "
                + MODULE
                + " is not there: start the JVM with --add-modules "
                + MODULE
                + " (several times faster)");
  }
}
