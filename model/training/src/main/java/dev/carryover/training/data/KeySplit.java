package dev.carryover.training.data;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Set;

/** Which keys are held back: a hash of key and seed decides, whatever order they came in. */
public final class KeySplit {
  private KeySplit() {}

  /**
   * The keys held back: the share that is asked for, and at least one unless it is 0.
   *
   * @param keys all keys, each once
   */
  public static Set<String> heldBack(Collection<String> keys, double fraction, long seed) {
    long held = fraction > 0 ? Math.max(1, Math.round(keys.size() * fraction)) : 0;
    Set<String> heldBack = new LinkedHashSet<>();
    keys.stream()
        .sorted(
            Comparator.comparingLong((String key) -> hash(key, seed))
                .thenComparing(Comparator.naturalOrder()))
        .limit(held)
        .forEach(heldBack::add);
    return heldBack;
  }

  private static long hash(String key, long seed) {
    long z = seed * 0x9E3779B97F4A7C15L;
    for (int i = 0; i < key.length(); i++) {
      z = (z ^ key.charAt(i)) * 0xBF58476D1CE4E5B9L;
      z ^= z >>> 29;
    }
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
