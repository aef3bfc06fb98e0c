/**
 * The whole job between topics of a broker, beside a job without a model: {@link
 * dev.carryover.tests.bench.pipeline.WholeJobSection}. Events made from numbers, the plain loop
 * over them and the local cluster serve other sections too.
 */
package dev.carryover.tests.bench.pipeline;
