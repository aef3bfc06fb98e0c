package dev.carryover.tests.bench.ceilings;

/**
 * Loops that do one thing only, at the widest vectors of this process. Their sums tell that they
 * did it; {@code sums} holds {@value #CHAINS} vectors.
 */
interface CeilingLoops {
  /** Vectors of sums, which do not depend on each other. */
  int CHAINS = 16;

  /** What is read is a multiple of so many floats. */
  int GRANULE = 256;

  /** Floats in one vector. */
  int lanes();

  /**
   * {@code sum = sum * factor + addend} in every sum, beginning at zero, {@code times} times,
   * without touching memory.
   */
  void multiplyAdd(long times, float factor, float addend, float[] sums);

  /** Adds the floats from {@code from} on to the sums, {@code times} times, in one stream. */
  void read(float[] values, int from, int floats, int times, float[] sums);

  /**
   * Adds the floats from {@code from} on to the sums, {@code times} times, in four streams side by
   * side.
   *
   * @param inTurns whether every other time from the end to the beginning
   */
  void readFourStreams(
      float[] values, int from, int floats, int times, boolean inTurns, float[] sums);

  /**
   * Adds the floats from {@code from} on to the sums, {@code times} times, block after block, each
   * in four streams side by side and from its beginning to its end; every other time from the last
   * block to the first.
   *
   * @param block floats of a block but the last, a multiple of {@value #GRANULE}
   */
  void readBlocksInTurns(float[] values, int from, int floats, int times, int block, float[] sums);

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
