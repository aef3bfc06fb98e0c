package dev.carryover.training.tensor;

/**
 * One vector per row of a batch, {@code [B, H]}: a gate, a state or a gradient at one step. Made
 * and read by the {@link Planes} it belongs to.
 */
public abstract class Plane {
  Plane() {}
}
