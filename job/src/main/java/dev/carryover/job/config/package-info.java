/**
 * The configuration of a job: {@link dev.carryover.job.config.JobOptions} says what can be set,
 * {@link dev.carryover.job.config.JobConfiguration} what is. A configuration is checked whole
 * before anything starts, and never shows a secret.
 */
package dev.carryover.job.config;
