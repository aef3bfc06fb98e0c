package dev.carryover.tests.bench.ceilings;

import java.util.Map;
import java.util.TreeMap;

/**
 * What one core reached.
 *
 * @param lanes floats in one vector
 * @param floatingPointPerSecond operations per second of fused multiply-adds, two each
 * @param readPerSecond bytes per second by the bytes that are read again and again
 */
public record Ceilings(
    int lanes, double floatingPointPerSecond, TreeMap<Long, Double> readPerSecond) {
  /** Copies the curve. */
  public Ceilings {
    readPerSecond = new TreeMap<>(readPerSecond);
    if (readPerSecond.isEmpty()) {
      throw new IllegalArgumentException("no size was read; measure at least one");
    }
  }

  /**
   * Bytes per second at a working set of {@code bytes}: as measured at that size, else between its
   * neighbours, on a logarithmic scale of sizes.
   */
  public double readPerSecond(long bytes) {
    Map.Entry<Long, Double> below = readPerSecond.floorEntry(bytes);
    Map.Entry<Long, Double> above = readPerSecond.ceilingEntry(bytes);
    if (below == null || above == null) {
      return below == null ? above.getValue() : below.getValue();
    }
    if (below.getKey().equals(above.getKey())) {
      return below.getValue();
    }
    double between =
        Math.log((double) bytes / below.getKey())
            / Math.log((double) above.getKey() / below.getKey());
    return below.getValue() + between * (above.getValue() - below.getValue());
  }

  /**
   * The least time that a product can take, in nanoseconds: that of its operations, or of reading
   * its weights once, whichever is longer.
   *
   * @param bytes of weights
   * @param operations two for each multiplication with addition
   */
  public double leastNanos(long bytes, double operations) {
    return 1e9 * Math.max(operations / floatingPointPerSecond, bytes / readPerSecond(bytes));
  }

  /** Whether reading the weights takes longer than the operations. */
  public boolean boundByReading(long bytes, double operations) {
    return bytes / readPerSecond(bytes) > operations / floatingPointPerSecond;
  }
}
