/**
 * Training beside libtorch, each in a process of its own because both bring native libraries of the
 * same kind: {@link dev.carryover.tests.bench.training.TrainingSection} is the section, {@code
 * TrainingRuntime} who trains, {@code TrainingProcess} the process, {@code TrainingAgreement} the
 * check before the clock.
 */
package dev.carryover.tests.bench.training;
