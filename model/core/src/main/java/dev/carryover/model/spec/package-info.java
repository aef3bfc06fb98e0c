/**
 * What a model is: its task, its cell, its sizes, its inputs and outputs, its tensors, its state.
 */
package dev.carryover.model.spec;
