package dev.carryover.tests.faults;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.schemas.Event;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.PlainLoop;
import dev.carryover.tests.stream.TestingEvents;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything that a run needs besides a cluster: a model, events in several chunks, the options
 * under which they are scored, and what a plain loop makes of them.
 *
 * <p>It has every cause of an end, duplicates, unknown tokens and silent keys.
 */
final class Scenario {
  private static final int WORDS = 30;
  private static final int GAP_MS = 20_000;
  private static final int MAXIMUM_LENGTH = 40;
  private static final int DISORDER_MS = 400;
  private static final int PARTITIONS = 4;

  private final long seed;
  private final boolean eventTime;
  private final ModelFile model;
  private final List<List<Event>> chunks = new ArrayList<>();
  private final List<Integer> enough = new ArrayList<>();
  private final PlainLoop loop;
  private final long endMs;

  /**
   * A scenario.
   *
   * @param eventTime whether events are applied by their time, and come out of order
   */
  Scenario(long seed, boolean eventTime, int chunkCount, int chunkSize, int keys) {
    this.seed = seed;
    this.eventTime = eventTime;
    this.model = TestingModels.nextToken(Cell.GRU, WORDS, 20, 2, seed);
    this.loop =
        PlainLoop.of(model)
            .expecting(3)
            .foretelling(2)
            .gap(GAP_MS)
            .maximumLength(MAXIMUM_LENGTH)
            .deduplicating();
    List<Event> events = TestingEvents.random(seed, chunkCount * chunkSize, keys, WORDS, 10);
    List<Event> sent = eventTime ? TestingEvents.disordered(events, DISORDER_MS, seed + 1) : events;
    List<Event> applied =
        eventTime
            ? sent.stream()
                .sorted(
                    Comparator.comparingLong(Event::getTimestampMs)
                        .thenComparing(Event::getSequence))
                .toList()
            : sent;
    for (int chunk = 0; chunk < chunkCount; chunk++) {
      int from = chunk * chunkSize;
      int to = chunk == chunkCount - 1 ? sent.size() : from + chunkSize;
      chunks.add(sent.subList(from, to));
      int before = loop.produced();
      applied.subList(from, to).forEach(loop::add);
      // The last of a chunk may wait for the watermark, or for the gap of their key.
      enough.add(before + (loop.produced() - before) / 2);
    }
    this.endMs = applied.get(applied.size() - 1).getTimestampMs() + 10L * GAP_MS;
    for (int partition = 0; partition < PARTITIONS && !eventTime; partition++) {
      loop.add(
          Event.newBuilder()
              .setKey(EventTopic.clockKey(partition))
              .setTimestampMs(endMs)
              .setToken(TestingModels.UNKNOWN)
              .build());
    }
    loop.silence(endMs - DISORDER_MS - 1);
  }

  /** The options of the job that say how events are scored. */
  TestingJob configure(TestingJob job) {
    return job.with(
        Map.of(
            "ordering.mode",
            eventTime ? "event-time" : "arrival",
            "events.max-out-of-orderness",
            DISORDER_MS + " ms",
            "deduplication",
            "true",
            "sequence.gap",
            GAP_MS + " ms",
            "sequence.maximum-length",
            Integer.toString(MAXIMUM_LENGTH),
            "inferences.next",
            "2",
            "batch.size",
            "64"));
  }

  ModelFile model() {
    return model;
  }

  /** The events of a chunk in the order in which they are sent. */
  List<Event> chunk(int index) {
    return chunks.get(index);
  }

  /**
   * An event of every partition once more. It is dropped as a duplicate, and says how late it is to
   * a job that was restored with all of a partition behind it.
   */
  List<Event> reminders(int index) {
    Map<Integer, Event> last = new HashMap<>();
    chunks.get(index).stream()
        .filter(event -> event.getToken() != null)
        .forEach(event -> last.put(EventTopic.partition(event, PARTITIONS), event));
    return List.copyOf(last.values());
  }

  /** A number of inferences that is reached for certain when a chunk was worked off. */
  int enoughAfter(int index) {
    return enough.get(index);
  }

  /** A time that is later than all events by so much that every running sequence ends. */
  long endMs() {
    return endMs;
  }

  /** What the plain loop says. */
  PlainLoop loop() {
    return loop;
  }

  @Override
  public String toString() {
    return "seed=%d, %s".formatted(seed, eventTime ? "event time" : "arrival");
  }
}
