package dev.carryover.runtime.kernels;

import java.util.Locale;

/** Which kernels a model runs on. */
public enum KernelChoice {
  /** Vectors where the Vector API module is present, plain Java elsewhere. */
  AUTO,
  /** Plain Java. */
  SCALAR,
  /** Vectors; an error where they cannot be had. */
  SIMD;

  /**
   * Reads {@code auto}, {@code scalar} or {@code simd}.
   *
   * @throws IllegalArgumentException naming the value and what is allowed
   */
  public static KernelChoice parse(String value) {
    for (KernelChoice choice : values()) {
      if (choice.toString().equals(value)) {
        return choice;
      }
    }
    throw new IllegalArgumentException(
        "kernels '" + value + "' are not known: use auto, scalar or simd");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
