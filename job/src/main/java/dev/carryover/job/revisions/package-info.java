/** Revisions of the job's model: which may serve, which events, and what becomes of state. */
package dev.carryover.job.revisions;
