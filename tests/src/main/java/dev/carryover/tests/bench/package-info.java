/**
 * {@link dev.carryover.tests.bench.TrainingBenchmark} for training beside libtorch; it checks its
 * answers before it times them.
 */
package dev.carryover.tests.bench;
