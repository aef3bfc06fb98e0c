/**
 * {@link dev.carryover.tests.bench.OperatorBenchmark} for what the operator adds to a pipeline. It
 * checks its answers before it times them. Commands and results are in the module's README.
 */
package dev.carryover.tests.bench;
