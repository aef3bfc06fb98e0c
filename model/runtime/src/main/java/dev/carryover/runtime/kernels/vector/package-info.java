/** Kernels on the Java Vector API; the only package that imports {@code jdk.incubator.vector}. */
package dev.carryover.runtime.kernels.vector;
