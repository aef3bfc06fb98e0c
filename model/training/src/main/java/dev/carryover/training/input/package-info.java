/** From files and events to data sets: reading, grouping, splitting, numbering, normalizing. */
package dev.carryover.training.input;
