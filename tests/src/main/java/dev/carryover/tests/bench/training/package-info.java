/**
 * Training beside libtorch, each in a process of its own because both bring native libraries of the
 * same kind: {@link dev.carryover.tests.bench.training.TrainingRuntime} is who trains, {@link
 * dev.carryover.tests.bench.training.TrainingProcess} the process, {@link
 * dev.carryover.tests.bench.training.TrainingAgreement} the check before the clock.
 */
package dev.carryover.tests.bench.training;
