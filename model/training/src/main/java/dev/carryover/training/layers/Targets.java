package dev.carryover.training.layers;

/**
 * What is to be learned at each of {@code T*B} steps.
 *
 * @param classes token ids or label indices {@code [T*B]}; {@code null} for a regression
 * @param values {@code [T*B*O]}; {@code null} unless it is a regression
 * @param weights {@code [T*B]}; 0 where nothing is to be learned
 */
public record Targets(int[] classes, float[] values, float[] weights) {}
