/**
 * What people look at: the report of a run as one HTML file with its drawings, and the hidden state
 * of a model token by token. Nothing here needs a display; without fonts, reports come without
 * drawings.
 */
package dev.carryover.training.report;
