package dev.carryover.job.transduction;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.serving.ServedModel;
import dev.carryover.runtime.seq2seq.DecoderSession;
import dev.carryover.runtime.seq2seq.Decoding;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Encoding;
import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Decodes of one revision, whose beams are stepped as one batch.
 *
 * <p>Belongs to the task thread. It keeps its model in use for as long as it has decodes.
 */
final class DecodeGroup {
  /**
   * Rows of a step: enough for the products to be worth it, few enough that a step is short beside
   * a slice.
   */
  static final int ROWS = 64;

  /**
   * Steps of sources that attention looks at in one step of the decoder, over all rows: with long
   * sources it is they that take the time.
   */
  private static final int SOURCE_STEPS = 64 * ROWS;

  private final ServedModel served;
  private final Seq2SeqModel model;
  private final List<Decode> running = new ArrayList<>();
  private final List<Decoding> decodings = new ArrayList<>();
  private final List<Decode> unread = new ArrayList<>();
  private DecoderSession session;

  DecodeGroup(ServedModel served) {
    this.served = served;
    this.model = served.transducer();
  }

  boolean isEmpty() {
    return running.isEmpty() && unread.isEmpty();
  }

  /** Whether the model can decode what was kept of a sequence. */
  static boolean fits(ServedModel served, PendingDecode pending) {
    if (pending.tokens() != null) {
      return served.kept().tokens() && pending.tokens().length > 0;
    }
    if (served.kept().tokens()) {
      return false;
    }
    int outputSize = served.kept().outputSize();
    int outputs = pending.outputs().length;
    return pending.state().length == served.floats()
        && (outputSize == 0 ? outputs == 0 : outputs > 0 && outputs % outputSize == 0);
  }

  /**
   * Takes a decode in whose pending sequence {@link #fits}; it begins, or fails, with {@link
   * #begin}.
   */
  void add(Decode decode) {
    unread.add(decode);
  }

  /** Begins what was added; encoders of two directions read all of it together. */
  void begin(List<Decode> settled) {
    List<Decode> read = new ArrayList<>();
    List<int[]> sources = new ArrayList<>();
    for (Decode decode : unread) {
      PendingDecode pending = decode.pending;
      if (pending.tokens() == null) {
        start(decode, model.encoding(pending.state(), pending.outputs()));
        continue;
      }
      int[] source =
          Arrays.stream(pending.tokens()).map(served::tokenId).filter(id -> id >= 0).toArray();
      if (source.length == 0) {
        decode.fail(
            RejectReason.MISSING_INPUT,
            "no token of the sequence is among the %d of model '%s'"
                .formatted(model.config().vocabulary().size(), model.config().modelId()));
        settled.add(decode);
      } else {
        read.add(decode);
        sources.add(source);
      }
    }
    unread.clear();
    if (read.isEmpty()) {
      return;
    }
    List<Encoding> encodings = model.encodeAll(sources);
    for (int i = 0; i < read.size(); i++) {
      if (finite(encodings.get(i))) {
        start(read.get(i), encodings.get(i));
      } else {
        fail(read.get(i), "encoding it");
        settled.add(read.get(i));
      }
    }
  }

  private static boolean finite(Encoding encoding) {
    return finite(encoding.state()) && finite(encoding.outputs());
  }

  private static boolean finite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private void start(Decode decode, Encoding encoding) {
    PendingDecode pending = decode.pending;
    decode.sourceSteps = attends() ? encoding.steps() : 0;
    decode.decoding =
        pending.progress() == null
            ? model.begin(encoding, options(pending))
            : model.resume(encoding, options(pending), pending.progress());
    session = served.decoder(Math.max(ROWS, pending.options().beamWidth()));
    running.add(decode);
    decodings.add(decode.decoding);
  }

  /** Those that the sequence ended with; no weights where its model gave way to one without any. */
  private DecodingOptions options(PendingDecode pending) {
    DecodingOptions options = pending.options();
    return options.withAttention(options.attention() && attends());
  }

  private boolean attends() {
    return model.config().encoderDecoder().attention().hasContext();
  }

  /**
   * Steps what fits, the oldest first; those that finish leave the group.
   *
   * @return rows that were stepped
   */
  int step(List<Decode> settled) {
    int rows = 0;
    long looked = 0;
    int count = 0;
    while (count < decodings.size() && (count == 0 || looked < SOURCE_STEPS && rows < ROWS)) {
      rows += decodings.get(count).rows();
      looked += (long) decodings.get(count).rows() * running.get(count).sourceSteps;
      count++;
    }
    if (count > 0) {
      session.step(decodings.subList(0, count));
    }
    int left = 0;
    for (int i = 0; i < running.size(); i++) {
      Decode decode = running.get(i);
      if (decode.decoding.finished()) {
        conclude(decode);
        settled.add(decode);
      } else {
        running.set(left, decode);
        decodings.set(left++, decode.decoding);
      }
    }
    running.subList(left, running.size()).clear();
    decodings.subList(left, decodings.size()).clear();
    return rows;
  }

  private void conclude(Decode decode) {
    List<Hypothesis> answers = decode.decoding.nBest();
    if (answers.isEmpty()) {
      fail(decode, "decoding it");
    } else {
      decode.settle(answers);
    }
  }

  private void fail(Decode decode, String doing) {
    decode.fail(
        RejectReason.NON_FINITE_STATE,
        "model '%s' left the finite numbers in %s; look at the size of its weights"
            .formatted(model.config().modelId(), doing));
  }
}
