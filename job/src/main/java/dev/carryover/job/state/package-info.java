/** What the job keeps per key, and how it is stored. */
package dev.carryover.job.state;
