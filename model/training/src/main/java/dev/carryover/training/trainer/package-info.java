/**
 * Training runs: {@link dev.carryover.training.trainer.TrainingPlan} says how, {@link
 * dev.carryover.training.trainer.Trainer} does it and leaves checkpoints, a model and a {@link
 * dev.carryover.training.trainer.RunHistory}.
 */
package dev.carryover.training.trainer;
