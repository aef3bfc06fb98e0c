/**
 * The primitives that training is written in: matrices, their products, and the elementwise maths
 * of a step. The only package that knows ND4J; nothing of it is in a signature here.
 *
 * <p>Begin at {@link dev.carryover.training.tensor.Matrix} and {@link
 * dev.carryover.training.tensor.Planes}.
 */
package dev.carryover.training.tensor;
