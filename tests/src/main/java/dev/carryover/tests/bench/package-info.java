/**
 * Training beside libtorch: {@link dev.carryover.tests.bench.TrainingBenchmark}. Other benchmarks
 * have packages of their own.
 */
package dev.carryover.tests.bench;
