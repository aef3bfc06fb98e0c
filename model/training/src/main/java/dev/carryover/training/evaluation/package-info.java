/**
 * How good a model is: metrics of each task, detection of labelled keys beside trivial baselines,
 * and the calibration of alert thresholds. Models step through the runtime, as they do in a job.
 */
package dev.carryover.training.evaluation;
