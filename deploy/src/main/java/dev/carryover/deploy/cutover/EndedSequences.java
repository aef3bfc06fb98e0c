package dev.carryover.deploy.cutover;

import dev.carryover.deploy.demo.BlockEvent;
import dev.carryover.deploy.demo.HdfsLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The sequences of a log that are known to have ended at a time. */
final class EndedSequences {

  /**
   * A sequence.
   *
   * @param block whose it is
   * @param tokens what it said
   */
  record Ended(String block, List<String> tokens) {}

  private EndedSequences() {}

  /**
   * Looks at the events before a time, as one who lived then: of what comes later nothing is known,
   * so a sequence has ended when its block has been silent for longer than the gap.
   */
  static List<Ended> before(HdfsLog log, Duration gap, long timeMs) {
    List<Ended> ended = new ArrayList<>();
    Map<String, List<BlockEvent>> running = new HashMap<>();
    for (BlockEvent event : log.events()) {
      if (event.timeMs() >= timeMs) {
        break;
      }
      List<BlockEvent> sequence = running.computeIfAbsent(event.block(), b -> new ArrayList<>());
      if (silent(sequence, gap, event.timeMs())) {
        ended.add(ended(sequence));
        sequence.clear();
      }
      sequence.add(event);
    }
    for (String block : log.blocks().keySet()) {
      List<BlockEvent> sequence = running.getOrDefault(block, List.of());
      if (silent(sequence, gap, timeMs)) {
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
