package dev.carryover.deploy.logs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Logs of a few events, without normal sessions. */
public final class TestingLog {

  private final List<BlockEvent> events = new ArrayList<>();
  private final Map<String, Boolean> labels = new LinkedHashMap<>();

  private TestingLog() {}

  public static TestingLog builder() {
    return new TestingLog();
  }

  /** The next event, of a block that is normal unless it is said to be anomalous. */
  public TestingLog event(long timeMs, String block, String token) {
    events.add(new BlockEvent(timeMs, block, token));
    labels.putIfAbsent(block, false);
    return this;
  }

  public TestingLog anomalous(String block) {
    labels.put(block, true);
    return this;
  }

  public HdfsLog build() {
    return new HdfsLog(events, labels, List.of());
  }
}
