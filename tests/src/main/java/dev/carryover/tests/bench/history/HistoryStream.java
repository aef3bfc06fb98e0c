package dev.carryover.tests.bench.history;

import dev.carryover.job.events.StreamEvent;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Events of a few keys with a long history, then, in turns, of keys that have just begun and of the
 * old ones.
 *
 * <p>Both kinds have {@code B} keys, and events come in batches of one event of each key of a kind.
 * A turn is: the keys that are fresh at their steps 1 to {@value #TIMED_STEP}, of which the last
 * batch is timed; one batch that ends their sequences; the old keys twice, of which the second
 * batch is timed. So a batch that is timed follows one of the same keys.
 *
 * <p>Belongs to the thread of the source, but for {@link #timed}.
 */
final class HistoryStream {
  /** The step of the fresh keys that is timed. */
  static final int TIMED_STEP = 10;

  private static final int BATCHES_OF_A_TURN = TIMED_STEP + 1 + 2;
  private static final long START_MS = 1_700_000_000_000L;
  private static final String FRESH = "fresh-";
  private static final String OLD = "old-";

  private final int batch;
  private final int history;
  private final int turns;
  private final String[] tokens;
  private final String[] freshKeys;
  private final String[] oldKeys;

  /**
   * A stream.
   *
   * @param batch B: keys of a kind, and events of a batch
   * @param history how many events the old keys have before the turns begin, at least 1
   */
  HistoryStream(int batch, int history, int turns, List<String> tokens) {
    this.batch = batch;
    this.history = history;
    this.turns = turns;
    this.tokens = tokens.toArray(String[]::new);
    this.freshKeys = new String[batch];
    this.oldKeys = new String[batch];
    for (int key = 0; key < batch; key++) {
      freshKeys[key] = FRESH + key;
      oldKeys[key] = OLD + key;
    }
  }

  /** B: events of a batch. */
  int batch() {
    return batch;
  }

  /** How many events there are. */
  long count() {
    return batch * (history + (long) turns * BATCHES_OF_A_TURN);
  }

  /** How many events each old key has in all. */
  int oldSteps() {
    return history + 2 * turns;
  }

  /** An event of the stream. */
  StreamEvent event(long number) {
    long whichBatch = number / batch;
    int key = (int) (number % batch);
    if (whichBatch < history) {
      return event(number, oldKeys[key], token(key, whichBatch), false);
    }
    long turn = (whichBatch - history) / BATCHES_OF_A_TURN;
    int within = (int) ((whichBatch - history) % BATCHES_OF_A_TURN);
    if (within <= TIMED_STEP) {
      return event(number, freshKeys[key], token(key, within), within == TIMED_STEP);
    }
    long step = history + 2 * turn + within - TIMED_STEP - 1;
    return event(number, oldKeys[key], token(key, step), false);
  }

  /** The token of a key of either kind at a step, from 0. */
  String token(int key, long step) {
    return tokens[(int) ((key * 31 + step * 7 + step / 13) % tokens.length)];
  }

  private static StreamEvent event(long number, String key, String token, boolean end) {
    return StreamEvent.builder()
        .key(key)
        .token(token)
        .end(end)
        .timestampMs(START_MS + number)
        .origin("events", 0, number)
        .recordTimestampMs(START_MS + number)
        .record(key.getBytes(StandardCharsets.UTF_8), new byte[0])
        .build();
  }

  /** The kind of a key. */
  static boolean isOld(String key) {
    return key.startsWith(OLD);
  }

  /** Whether the batch of the old keys at a step, from 1, is timed. */
  boolean oldIsTimed(long step) {
    return step > history && (step - history) % 2 == 0;
  }

  /** The old key of a number. */
  String oldKey(int key) {
    return oldKeys[key];
  }

  /** The fresh key of a number. */
  String freshKey(int key) {
    return freshKeys[key];
  }
}
