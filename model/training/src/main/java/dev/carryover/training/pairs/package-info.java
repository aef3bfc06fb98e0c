/**
 * Pairs of a source and what it may become: read from files, split, numbered, put together in
 * batches. {@link dev.carryover.training.pairs.PairReader} is where to begin.
 */
package dev.carryover.training.pairs;
