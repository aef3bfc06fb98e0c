/** A job under steady load whose model is swapped, for {@code SwapBenchmark}. */
package dev.carryover.tests.bench.swap;
