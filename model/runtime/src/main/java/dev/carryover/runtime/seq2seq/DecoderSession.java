package dev.carryover.runtime.seq2seq;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Advances decodings of one model, the beams of all of them as one micro-batch.
 *
 * <p>Up to B = {@link #capacity()} rows go through a step. Belongs to one thread. What a decoding
 * comes to has the same bits whatever it was stepped together with, and in whatever sessions.
 */
public final class DecoderSession {
  private static final int BEGUN_TOGETHER = 32;

  private final Decoder decoder;
  private final int capacity;
  private final DecoderStep scratch;
  private final Decoding.Candidates candidates = new Decoding.Candidates();
  private final Decoding[] stepped;
  private final int[] firstRows;

  DecoderSession(Decoder decoder, int capacity) {
    this.decoder = decoder;
    this.capacity = capacity;
    this.scratch = new DecoderStep(decoder, capacity);
    this.stepped = new Decoding[capacity];
    this.firstRows = new int[capacity];
  }

  /** B: the most rows of one step. */
  public int capacity() {
    return capacity;
  }

  /**
   * Advances decodings by one target token each, in the order of the list, as long as their rows
   * fit; those that do not fit wait for another call, those that are finished are passed over.
   *
   * @return how many were advanced: none only when all are finished
   * @throws IllegalArgumentException if a decoding is of another model, stands twice in the list,
   *     or is wider than the session
   */
  public int step(List<Decoding> decodings) {
    int count = 0;
    int rows = 0;
    try {
      for (int i = 0; i < decodings.size() && rows < capacity; i++) {
        Decoding decoding = decodings.get(i);
        check(decoding);
        if (decoding.rows() == 0 || decoding.rows() > capacity - rows) {
          continue;
        }
        decoding.load(scratch);
        stepped[count] = decoding;
        firstRows[count++] = rows;
        rows += decoding.rows();
      }
      if (rows > 0) {
        scratch.run();
      }
      for (int i = 0; i < count; i++) {
        stepped[i].advance(scratch, firstRows[i], candidates);
      }
      return count;
    } finally {
      for (int i = 0; i < count; i++) {
        stepped[i].release();
        stepped[i] = null;
      }
    }
  }

  private void check(Decoding decoding) {
    if (decoding.decoder() != decoder) {
      throw new IllegalArgumentException(
          "a decoding of model '%s' is of another load than this session of model '%s'; step it in a"
                  .formatted(decoding.decoder().config().modelId(), decoder.config().modelId())
              + " session of its own model");
    }
    if (decoding.options().beamWidth() > capacity) {
      throw new IllegalArgumentException(
          "a beam of %d does not fit a session of %d rows; make the session larger"
              .formatted(decoding.options().beamWidth(), capacity));
    }
  }

  /**
   * Decodes to the end, as many together as fit.
   *
   * @return the answers to each encoding, in the order of the encodings
   * @throws IllegalArgumentException as {@link Seq2SeqModel#begin} and {@link #step} say
   */
  public List<List<Hypothesis>> decode(List<Encoding> encodings, DecodingOptions options) {
    List<List<Hypothesis>> answers = new ArrayList<>();
    for (int i = 0; i < encodings.size(); i++) {
      answers.add(null);
    }
    List<Decoding> active = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    ArrayDeque<Decoding> begun = new ArrayDeque<>();
    int taken = 0;
    while (taken < encodings.size() || !active.isEmpty()) {
      while (taken < encodings.size() && active.size() * options.beamWidth() < capacity) {
        if (begun.isEmpty()) {
          int end = Math.min(taken + BEGUN_TOGETHER, encodings.size());
          begun.addAll(Seq2SeqModel.begin(decoder, encodings.subList(taken, end), options));
        }
        active.add(begun.remove());
        places.add(taken++);
      }
      step(active);
      for (int i = active.size() - 1; i >= 0; i--) {
        if (active.get(i).finished()) {
          answers.set(places.remove(i), active.remove(i).nBest());
        }
      }
    }
    return answers;
  }

  @Override
  public String toString() {
    return "DecoderSession of " + decoder.config().modelId() + ", " + capacity + " rows";
  }
}
