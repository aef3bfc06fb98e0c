/**
 * Benchmarks: {@link dev.carryover.tests.bench.StepBenchmark} for a step beside ONNX Runtime,
 * {@link dev.carryover.tests.bench.operator.OperatorBenchmark} for what the operator adds to a
 * pipeline, {@link dev.carryover.tests.bench.TrainingBenchmark} for training beside libtorch. Each
 * checks its answers before it times them. Commands and results are in the module's README.
 */
package dev.carryover.tests.bench;
