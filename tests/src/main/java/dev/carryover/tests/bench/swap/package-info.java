/** A job under steady load whose model is swapped: {@code SwapBenchmark}. */
package dev.carryover.tests.bench.swap;
