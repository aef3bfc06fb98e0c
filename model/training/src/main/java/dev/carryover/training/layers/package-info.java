/**
 * Layers with their backward passes written by hand: embedding, recurrent layers of every cell in
 * one or two directions, dropout, linear head, losses. {@link
 * dev.carryover.training.layers.Network} puts them together.
 */
package dev.carryover.training.layers;
