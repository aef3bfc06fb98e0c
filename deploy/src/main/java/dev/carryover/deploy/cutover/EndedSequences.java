package dev.carryover.deploy.cutover;

import dev.carryover.deploy.logs.BlockEvent;
import dev.carryover.deploy.logs.HdfsLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The sequences of a log that are taken for ended at a time. */
final class EndedSequences {

  /** Where no gap ends a sequence: whoever is silent for so long has said what it had to say. */
  static final Duration QUIET = Duration.ofHours(1);

  /**
   * A sequence.
   *
   * @param block whose it is
   * @param tokens what it said
   */
  record Ended(String block, List<String> tokens) {}

  private EndedSequences() {}

  /**
   * Looks at the events before a time, as one who lived then: nothing of what comes later is known.
   *
   * @param gap the inactivity after which a sequence ends and a new one begins; where there is
   *     none, a block is one sequence, and taken for ended when it has been {@link #QUIET}
   */
  static List<Ended> before(HdfsLog log, Optional<Duration> gap, long timeMs) {
    List<Ended> ended = new ArrayList<>();
    Map<String, List<BlockEvent>> running = new HashMap<>();
    for (BlockEvent event : log.events()) {
      if (event.timeMs() >= timeMs) {
        break;
      }
      List<BlockEvent> sequence = running.computeIfAbsent(event.block(), b -> new ArrayList<>());
      if (gap.isPresent() && silent(sequence, gap.get(), event.timeMs())) {
        ended.add(ended(sequence));
        sequence.clear();
      }
      sequence.add(event);
    }
    for (String block : log.blocks().keySet()) {
      List<BlockEvent> sequence = running.getOrDefault(block, List.of());
      if (silent(sequence, gap.orElse(QUIET), timeMs)) {
        ended.add(ended(sequence));
      }
    }
    return ended;
  }

  private static boolean silent(List<BlockEvent> sequence, Duration gap, long timeMs) {
    return !sequence.isEmpty()
        && timeMs - sequence.get(sequence.size() - 1).timeMs() > gap.toMillis();
  }

  private static Ended ended(List<BlockEvent> sequence) {
    return new Ended(sequence.get(0).block(), sequence.stream().map(BlockEvent::token).toList());
  }
}
