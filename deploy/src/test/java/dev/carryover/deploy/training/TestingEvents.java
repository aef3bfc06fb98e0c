package dev.carryover.deploy.training;

import dev.carryover.schemas.Event;
import java.util.ArrayList;
import java.util.List;

/** Events of two keys, with something among them that no job would take. */
final class TestingEvents {

  private TestingEvents() {}

  /** Key x reads a b c and ends, key y reads a c; the third event has no key. */
  static List<Event> events() {
    List<Event> events = new ArrayList<>();
    events.add(event("x", 1000, "a"));
    events.add(event("y", 1000, "a"));
    events.add(event("", 2000, "b"));
    events.add(event("x", 2000, "b"));
    events.add(event("x", 3000, "c"));
    events.add(event("y", 3000, "c"));
    Event end = event("x", 4000, null);
    end.setEnd(true);
    events.add(end);
    return events;
  }

  private static Event event(String key, long timeMs, String token) {
    return Event.newBuilder().setKey(key).setTimestampMs(timeMs).setToken(token).build();
  }
}
