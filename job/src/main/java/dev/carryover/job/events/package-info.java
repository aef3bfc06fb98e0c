/** The event in flight, why it may be rejected, and how it travels between tasks. */
package dev.carryover.job.events;
