package dev.carryover.tests.models;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.PlainLoop;
import dev.carryover.tests.stream.TestingEvents;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A minute of events in which models take over one after the other, with policies, sizes and
 * vocabularies of every kind, and what a plain loop makes of it.
 *
 * <p>Chunk 0 comes before anything is announced. Chunk {@code i + 1} begins some events before the
 * time of swap {@code i} and ends some events before that of the next.
 */
final class SwapScenario {
  static final int SWAPS = 20;

  private static final int EVENTS_EACH = 100;
  private static final int AHEAD = 50;
  private static final int JITTER = 20;
  private static final int MINUTE_MS = 60_000;
  private static final int KEYS = 40;
  private static final int WORDS = 30;
  private static final int FURTHER_WORDS = 4;
  private static final int REPLAY_LENGTH = 8;
  private static final int GAP_MS = 6_000;
  private static final int MAXIMUM_LENGTH = 40;
  private static final int DISORDER_MS = 400;
  private static final int PARTITIONS = 4;

  private final long seed;
  private final boolean eventTime;
  private final Path model;
  private final List<ModelAnnouncement> announcements = new ArrayList<>();
  private final List<List<Event>> chunks = new ArrayList<>();
  private final PlainLoop loop;
  private final long endMs;

  /**
   * A scenario, whose files are written.
   *
   * @param eventTime whether events are applied by their time, and come out of order
   */
  SwapScenario(long seed, boolean eventTime, Path folder) throws IOException {
    this.seed = seed;
    this.eventTime = eventTime;
    ModelFile first = TestingModels.nextToken(Cell.GRU, WORDS, 20, 2, seed);
    this.model = TestingModels.write(first, folder);
    this.loop =
        PlainLoop.of(first)
            .expecting(3)
            .foretelling(2)
            .gap(GAP_MS)
            .maximumLength(MAXIMUM_LENGTH)
            .deduplicating();
    int count = (SWAPS + 1) * EVENTS_EACH;
    List<Event> events =
        TestingEvents.random(seed, count, KEYS, WORDS + FURTHER_WORDS, MINUTE_MS / count);
    announce(events, first, new Announced(folder));
    List<Event> sent = eventTime ? TestingEvents.disordered(events, DISORDER_MS, seed + 1) : events;
    for (int chunk = 0; chunk <= SWAPS; chunk++) {
      chunks.add(
          sent.subList(
              chunk == 0 ? 0 : chunk * EVENTS_EACH - AHEAD,
              chunk == SWAPS ? sent.size() : (chunk + 1) * EVENTS_EACH - AHEAD));
    }
    events.forEach(loop::add);
    this.endMs = events.get(events.size() - 1).getTimestampMs() + 10L * GAP_MS;
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

  /** Equally many swaps of each policy, each from the time of some event on. */
  private void announce(List<Event> events, ModelFile first, Announced announced)
      throws IOException {
    Random random = new Random(seed);
    List<StatePolicy> policies = new ArrayList<>();
    for (int swap = 0; swap < SWAPS; swap++) {
      policies.add(StatePolicy.values()[swap % 4]);
    }
    Collections.shuffle(policies, random);
    int hiddenSize = first.config().hiddenSize();
    for (int swap = 0; swap < SWAPS; swap++) {
      StatePolicy policy = policies.get(swap);
      long revision = swap + 2;
      boolean carries = policy == StatePolicy.CARRY;
      // Some other size, if the state need not fit; and back to the first model now and then.
      hiddenSize = !carries && random.nextBoolean() ? 32 - hiddenSize : hiddenSize;
      boolean back = hiddenSize == first.config().hiddenSize() && random.nextInt(4) == 0;
      int words = WORDS + (random.nextBoolean() ? FURTHER_WORDS : 0);
      ModelFile file =
          back ? first : TestingModels.nextToken(Cell.GRU, words, hiddenSize, 2, seed + revision);
      int position = (swap + 1) * EVENTS_EACH + random.nextInt(2 * JITTER) - JITTER;
      long fromMs = events.get(position).getTimestampMs() + random.nextInt(2);
      ModelAnnouncement announcement = announced.write(revision, file, policy);
      announcement.setEffectiveFromMs(fromMs);
      int replayed = 0;
      if (policy == StatePolicy.REPLAY) {
        replayed = 1 + random.nextInt(REPLAY_LENGTH);
        announcement.setReplayLength(replayed);
      }
      announcements.add(announcement);
      loop.switchTo(file, revision, fromMs, policy, replayed);
    }
  }

  /** The options of the job that say how events are scored and models taken over. */
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
            "64",
            "models.replay-length",
            Integer.toString(REPLAY_LENGTH)));
  }

  /** The file of the model that the job is submitted with, at revision 1. */
  Path model() {
    return model;
  }

  /** What is announced for a swap. */
  ModelAnnouncement announcement(int swap) {
    return announcements.get(swap);
  }

  /** The events of a chunk in the order in which they are sent. */
  List<Event> chunk(int index) {
    return chunks.get(index);
  }

  /** How many events of a chunk have a token, those that are sent twice counted once. */
  long tokens(int chunk) {
    return chunks.get(chunk).stream().filter(event -> event.getToken() != null).distinct().count();
  }

  /** All events in the order in which they are sent. */
  List<Event> events() {
    return chunks.stream().flatMap(List::stream).toList();
  }

  /** The inference of the last event before the time of a swap. */
  Inference lastBefore(int swap) {
    return inferences()
        .filter(i -> i.getTimestampMs() < announcements.get(swap).getEffectiveFromMs())
        .max(Comparator.comparingLong(Inference::getTimestampMs))
        .orElseThrow();
  }

  /** The inference of an event of the time of a swap or after it; number 0 is the first. */
  Inference servedBy(int swap, int number) {
    return inferences()
        .filter(i -> i.getTimestampMs() >= announcements.get(swap).getEffectiveFromMs())
        .sorted(Comparator.comparingLong(Inference::getTimestampMs))
        .skip(number)
        .findFirst()
        .orElseThrow();
  }

  private Stream<Inference> inferences() {
    return loop.inferences().values().stream().flatMap(List::stream).filter(SwapScenario::ofEvent);
  }

  /** Whether an inference is of an event, and not of an end without one. */
  static boolean ofEvent(Inference inference) {
    return inference.getSequenceEnd() == null
        || switch (inference.getSequenceEnd()) {
          case END_FLAG, INACTIVITY_GAP -> false;
          default -> true;
        };
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
