/**
 * The recurrent operator and its collaborators: micro-batching across keys, sequences and their
 * ends, ordering, verdicts.
 */
package dev.carryover.job.operator;
