/**
 * Encoder and decoder: {@link dev.carryover.runtime.seq2seq.Seq2SeqModel} is where to begin. An
 * {@link dev.carryover.runtime.seq2seq.EncoderSession} follows sequences as they come, a {@link
 * dev.carryover.runtime.seq2seq.DecoderSession} advances many {@link
 * dev.carryover.runtime.seq2seq.Decoding}s by one token at a time.
 */
package dev.carryover.runtime.seq2seq;
