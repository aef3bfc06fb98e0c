package dev.carryover.tests.bench.state;

import java.util.Locale;

/** Where keyed state lives. */
enum Backend {
  HEAP("heap"),
  ROCKSDB("RocksDB, incremental");

  private final String words;

  Backend(String words) {
    this.words = words;
  }

  /** The value of {@code state.backend}. */
  String option() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a report calls it. */
  String words() {
    return words;
  }
}
