package dev.carryover.tests.bench.decoding;

import java.util.List;

/** Decodes words. Belongs to the thread that made it. */
interface DecodingContender extends AutoCloseable {
  /**
   * Reads words and writes their n-best, K of each.
   *
   * @param words token ids of the source vocabulary, {@code [B][S]}, all of one length S
   */
  List<List<Answer>> decode(List<int[]> words);

  @Override
  void close();
}
