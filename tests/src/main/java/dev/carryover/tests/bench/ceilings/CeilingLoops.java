package dev.carryover.tests.bench.ceilings;

/**
 * Loops that do one thing only, at the widest vectors of this process. Their results tell that they
 * did it.
 */
interface CeilingLoops {
  /** Floats in one vector. */
  int lanes();

  /**
   * {@code sum = sum * factor + addend} in each of {@value #CHAINS} vectors of sums that begin at
   * zero, {@code times} times, without touching memory.
   *
   * @return the total of all sums
   */
  double multiplyAdd(long times, float factor, float addend);

  /** Vectors of sums that {@link #multiplyAdd} has. */
  int CHAINS = 16;

  /** Floats of an array are a multiple of this. */
  int GRANULE = 256;

  /**
   * Reads an array several times, in one stream or in four side by side.
   *
   * @param inTurns whether every other time from its last piece to its first
   * @return the sum of all floats that were read; exact if they are small whole numbers
   */
  double read(float[] values, boolean fourStreams, boolean inTurns, int times);

  /**
   * The loops on the Vector API.
   *
   * @throws IllegalStateException if the module is absent; the message names the flag
   */
  static CeilingLoops load() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      throw new IllegalStateException(
          "the ceilings need the module jdk.incubator.vector: start the JVM with --add-modules jdk.incubator.vector");
    }
    try {
      // Named as a string: the class cannot be linked without the module.
      return (CeilingLoops)
          Class.forName("dev.carryover.tests.bench.ceilings.VectorLoops")
              .getDeclaredConstructor()
              .newInstance();
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new IllegalStateException("the loops of the ceilings did not load (" + e + ")", e);
    }
  }
}
