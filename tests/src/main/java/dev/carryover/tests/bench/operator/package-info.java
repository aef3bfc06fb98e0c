/**
 * What the recurrent operator adds to a pipeline, beside the pipeline without a model and beside
 * ONNX Runtime called for every event. Begin at {@link
 * dev.carryover.tests.bench.operator.OperatorBenchmark}.
 */
package dev.carryover.tests.bench.operator;
