/**
 * What a model is trained and evaluated on: reading, splitting, numbering and batching sequences.
 */
package dev.carryover.training.data;
