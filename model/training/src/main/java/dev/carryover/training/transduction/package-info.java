/**
 * How models of the task seq2seq are made of pairs: training, evaluation, export. {@link
 * dev.carryover.training.transduction.Seq2SeqTrainer} is where to begin.
 */
package dev.carryover.training.transduction;
