package dev.carryover.runtime.verify;

/**
 * How far one vector of a replay is from the recorded one, at the worst step.
 *
 * @param vector which one, for example {@code layer 0 h} or {@code logits}
 * @param relative the largest difference of an element, divided by the largest absolute value of
 *     the recorded vector; infinite if an element is not finite
 * @param absolute the difference that belongs to it
 * @param step where: the index of the step in the recording
 * @param steps how many steps were compared
 */
public record VectorError(String vector, double relative, double absolute, int step, int steps) {}
