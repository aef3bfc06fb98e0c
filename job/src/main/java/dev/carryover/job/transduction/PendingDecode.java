package dev.carryover.job.transduction;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.DecodingState;
import dev.carryover.schemas.SequenceEnd;

/**
 * A sequence that has ended and is to be decoded, with all that its answer depends on, so that it
 * can be stored: its source, and how far its decode is. Arrays are not written to once they are in
 * it.
 *
 * @param revision of the model that encoded it, and decodes it
 * @param startMs when the sequence began
 * @param timestampMs time that the inference carries
 * @param step position that the inference carries
 * @param end why the sequence ended
 * @param event that ended it; null where none did
 * @param options how its answer is searched for
 * @param tokens its source for an encoder of two directions, {@code [S]}; otherwise null
 * @param state the encoder's last state, {@code [floats]}; null where there are tokens
 * @param outputs what attention looks at, {@code [S * He]}, may be empty; null where there are
 *     tokens
 * @param progress how far its decode is; null where it has not begun
 */
record PendingDecode(
    long revision,
    long startMs,
    long timestampMs,
    long step,
    SequenceEnd end,
    StreamEvent event,
    DecodingOptions options,
    int[] tokens,
    float[] state,
    float[] outputs,
    DecodingState progress) {

  /** The same with another progress. */
  PendingDecode at(DecodingState reached) {
    return new PendingDecode(
        revision, startMs, timestampMs, step, end, event, options, tokens, state, outputs, reached);
  }

  /** The same, not begun, and on another revision. */
  PendingDecode on(long otherRevision) {
    return new PendingDecode(
        otherRevision,
        startMs,
        timestampMs,
        step,
        end,
        event,
        options,
        tokens,
        state,
        outputs,
        null);
  }
}
