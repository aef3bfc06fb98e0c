/**
 * The encoder-decoder network, forward and back: encoder in one or two directions, bridge,
 * attention in three forms or none, decoder, head. {@link
 * dev.carryover.training.seq2seq.Seq2SeqNetwork} puts them together; what is trained of it is in
 * the package of transduction.
 */
package dev.carryover.training.seq2seq;
