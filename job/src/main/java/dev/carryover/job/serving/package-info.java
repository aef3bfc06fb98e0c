/**
 * Which model serves which event, and what is said of it: revisions and their takeover from one to
 * the next, inferences, statuses, metrics.
 */
package dev.carryover.job.serving;
