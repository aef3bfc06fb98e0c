package dev.carryover.runtime.seq2seq;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Encodes and decodes made-up sequences until the compiler has seen the kernels. Before that a
 * vector operation is an object, and the first sequences of a job would each take as long as
 * thousands do later.
 */
final class WarmUp {
  /* Each shape that the product has code for: blocks of four rows, of two, and the single row. */
  private static final int[] BATCHES = {32, 7, 1};
  private static final int STEPS = 6;
  private static final int BEAM = 4;

  /**
   * By then every loop has been compiled for long; it keeps small models from using up the time.
   */
  private static final int MOST_ROUNDS = 2_000;

  private WarmUp() {}

  static void run(Seq2SeqModel model, Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    int[] source = new int[STEPS];
    Arrays.setAll(source, step -> step % model.config().vocabulary().size());
    Encoding encoding = model.encodeWhole(source);
    DecoderSession decoder = model.newDecoder(BATCHES[0]);
    DecodingOptions options = DecodingOptions.beam(BEAM, STEPS);
    for (int round = 0; round < MOST_ROUNDS && System.nanoTime() < end; round++) {
      int batch = BATCHES[round % BATCHES.length];
      if (model.streamable()) {
        follow(model.newEncoder(batch), source, model.newEncoderState());
      } else {
        model.encodeAll(Collections.nCopies(batch, source));
      }
      List<Decoding> decodings = new ArrayList<>();
      for (int i = 0; i < Math.max(1, batch / BEAM); i++) {
        decodings.add(model.begin(encoding, options));
      }
      while (decoder.step(decodings) > 0 && System.nanoTime() < end) {
        // Every step counts.
      }
    }
  }

  private static void follow(EncoderSession session, int[] source, float[] state) {
    for (int token : source) {
      session.clear();
      for (int row = 0; row < session.capacity(); row++) {
        session.addToken(state, token);
      }
      session.run();
    }
  }
}
