package dev.carryover.job.transduction;

import java.util.Arrays;

/**
 * What a micro-batch adds to the source of one key's running sequence: outputs of the encoder, or
 * tokens. It goes on from what keyed state holds, unless the sequence began, or began anew, in this
 * batch.
 *
 * <p>Belongs to the task thread; reused from batch to batch.
 */
public final class SourceDraft {
  private static final int FIRST_LENGTH = 64;

  private boolean stored;
  private boolean fresh;
  private int rows;
  private float[] outputs = {};
  private int outputCount;
  private int[] tokens = {};
  private int tokenCount;

  /**
   * Begins a micro-batch.
   *
   * @param running whether a sequence runs, of which keyed state may hold something
   */
  public void open(boolean running) {
    stored = running;
    fresh = false;
    rows = 0;
    outputCount = 0;
    tokenCount = 0;
  }

  /** The sequence is over, or begins anew: whatever was kept of it is void. */
  public void restart() {
    fresh = true;
    rows = 0;
    outputCount = 0;
    tokenCount = 0;
  }

  /** Counts an input that the sequence has read, whether anything is kept of it or not. */
  void count() {
    rows++;
  }

  /** Whether the sequence began anew in this batch and has read nothing since. */
  boolean empty() {
    return fresh && rows == 0;
  }

  /** Adds what the encoder gave at an event, {@code [He]}; it is copied. */
  void addOutput(float[] output) {
    int length = outputCount + output.length;
    if (length > outputs.length) {
      outputs = Arrays.copyOf(outputs, Math.max(length, Math.max(FIRST_LENGTH, 2 * outputCount)));
    }
    System.arraycopy(output, 0, outputs, outputCount, output.length);
    outputCount = length;
  }

  /** Adds the token of an event. */
  void addToken(int token) {
    if (tokenCount == tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(FIRST_LENGTH, 2 * tokenCount));
    }
    tokens[tokenCount++] = token;
  }

  /** Whether keyed state may hold something, of this sequence or of one before. */
  boolean stored() {
    return stored;
  }

  /** Whether what keyed state holds is of this sequence. */
  boolean goesOn() {
    return stored && !fresh;
  }

  /** The outputs that were added; a copy. */
  float[] outputs() {
    return Arrays.copyOf(outputs, outputCount);
  }

  /** The tokens that were added; a copy. */
  int[] tokens() {
    return Arrays.copyOf(tokens, tokenCount);
  }
}
