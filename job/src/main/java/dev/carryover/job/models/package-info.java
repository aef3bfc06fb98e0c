/** Which models a job serves: announcements, where files come from, what is refused and why. */
package dev.carryover.job.models;
