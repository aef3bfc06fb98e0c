/**
 * How weights move: {@link dev.carryover.training.optimizer.Optimizer} over a flat vector, {@link
 * dev.carryover.training.optimizer.Schedule} for its learning rate, clipping by global norm. Plain
 * Java: a million weights take a millisecond, and what must be saved is an array.
 */
package dev.carryover.training.optimizer;
