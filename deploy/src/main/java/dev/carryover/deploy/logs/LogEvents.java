package dev.carryover.deploy.logs;

import dev.carryover.deploy.demo.EventFeed;
import dev.carryover.schemas.Event;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A log as events: all of its own in their order with their times, and when the stream ends an
 * {@code end} event for every block that is still open. Immutable.
 */
public final class LogEvents implements EventFeed.Source {

  /**
   * Half a second after the last event, so that no inactivity gap of whole seconds ends at the same
   * time.
   */
  private static final long END_DELAY_MS = 500;

  private final HdfsLog log;
  private final List<String> openAtEnd;
  private final Map<String, int[]> positions = new HashMap<>();

  /**
   * The events of a log.
   *
   * @param gap the inactivity after which a sequence ends by itself; empty if none does
   */
  public LogEvents(HdfsLog log, Optional<Duration> gap) {
    this.log = log;
    long endMs = log.endMs() + END_DELAY_MS;
    this.openAtEnd =
        log.blocks().entrySet().stream()
            .filter(
                block -> {
                  List<BlockEvent> events = block.getValue();
                  long silentMs = endMs - events.get(events.size() - 1).timeMs();
                  return gap.isEmpty() || silentMs <= gap.get().toMillis();
                })
            .map(Map.Entry::getKey)
            .toList();
    Map<String, Integer> filled = new HashMap<>();
    log.blocks().forEach((block, events) -> positions.put(block, new int[events.size()]));
    for (int i = 0; i < log.events().size(); i++) {
      String block = log.events().get(i).block();
      positions.get(block)[filled.merge(block, 1, Integer::sum) - 1] = i;
    }
  }

  /** How many there are, with the ends. */
  @Override
  public int size() {
    return log.events().size() + openAtEnd.size();
  }

  @Override
  public Event event(int n) {
    if (n < log.events().size()) {
      BlockEvent event = log.events().get(n);
      return Event.newBuilder()
          .setKey(event.block())
          .setTimestampMs(event.timeMs())
          .setToken(event.token())
          .build();
    }
    return Event.newBuilder()
        .setKey(openAtEnd.get(n - log.events().size()))
        .setTimestampMs(log.endMs() + END_DELAY_MS)
        .setEnd(true)
        .build();
  }

  /** When a feed sent the events of each block. */
  InferenceTally.SendTimes sendTimes(EventFeed feed) {
    return new InferenceTally.SendTimes() {
      @Override
      public int events(String block) {
        return positions.get(block).length;
      }

      @Override
      public long sentNanos(String block, int n) {
        return feed.sentNanos(positions.get(block)[n]);
      }
    };
  }
}
