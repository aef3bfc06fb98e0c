/** One step's equations per class, and the input and head products around them. */
package dev.carryover.runtime.cells;
