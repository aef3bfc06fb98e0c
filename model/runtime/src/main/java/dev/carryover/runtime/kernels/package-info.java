/**
 * The arithmetic of a step, once in plain Java ({@link
 * dev.carryover.runtime.kernels.ScalarKernels}, the specification) and once in vectors. Every
 * implementation gives the same bits.
 */
package dev.carryover.runtime.kernels;
