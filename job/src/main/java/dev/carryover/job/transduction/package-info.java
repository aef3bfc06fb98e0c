/**
 * Sequences that a seq2seq model transduces: what is kept of their source while they run, and the
 * decodes of those that have ended, which are advanced together, a slice at a time.
 */
package dev.carryover.job.transduction;
