package dev.carryover.deploy.words;

import dev.carryover.deploy.demo.EventFeed;
import dev.carryover.schemas.Event;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Words as events of letters, as if many writers wrote at once: each word is a request with a key
 * of its own, whose letters come one by one between those of others, and the last one says that it
 * is the end. A seed decides whose letter is next. Immutable.
 */
final class WordStream implements EventFeed.Source {

  private static final long BEGIN_MS = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

  /** Between two letters, whoever writes them: 48 writers then write four letters a second each. */
  private static final long LETTER_MS = 5;

  private static final int MOST_WRITERS = 48;
  private static final int WORDS_OF_A_WRITER = 8;

  /**
   * A word that somebody wants to know how to say.
   *
   * @param key the key of its events
   * @param firstEvent the position of its first letter in the stream
   * @param lastEvent that of its last
   */
  record Request(String key, DictionaryWord word, int firstEvent, int lastEvent) {}

  private final List<Request> requests;
  private final Map<String, Request> byKey = new HashMap<>();
  private final int[] requestOf;
  private final int[] letterOf;
  private final int writers;

  /**
   * A stream of words.
   *
   * @param words at least one
   */
  WordStream(List<DictionaryWord> words, long seed) {
    this.writers = Math.max(1, Math.min(MOST_WRITERS, words.size() / WORDS_OF_A_WRITER));
    int letters = words.stream().mapToInt(word -> word.spelling().length()).sum();
    this.requestOf = new int[letters];
    this.letterOf = new int[letters];
    int[] firstEvents = new int[words.size()];
    int[] lastEvents = new int[words.size()];
    int[] written = new int[words.size()];
    List<Integer> open = new ArrayList<>();
    Random random = new Random(seed);
    int begun = 0;
    for (int event = 0; event < letters; event++) {
      while (open.size() < writers && begun < words.size()) {
        open.add(begun++);
      }
      int writer = random.nextInt(open.size());
      int request = open.get(writer);
      requestOf[event] = request;
      letterOf[event] = written[request]++;
      if (letterOf[event] == 0) {
        firstEvents[request] = event;
      }
      if (written[request] == words.get(request).spelling().length()) {
        lastEvents[request] = event;
        open.remove(writer);
      }
    }
    List<Request> all = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      String key = "request-%05d".formatted(i + 1);
      all.add(new Request(key, words.get(i), firstEvents[i], lastEvents[i]));
    }
    this.requests = List.copyOf(all);
    requests.forEach(request -> byKey.put(request.key(), request));
  }

  /** How many letters there are. */
  @Override
  public int size() {
    return requestOf.length;
  }

  @Override
  public Event event(int n) {
    Request request = requests.get(requestOf[n]);
    return Event.newBuilder()
        .setKey(request.key())
        .setTimestampMs(timeMs(n))
        .setToken(request.word().spelling().substring(letterOf[n], letterOf[n] + 1))
        .setEnd(n == request.lastEvent())
        .build();
  }

  /** The time of the n-th event, in milliseconds since 1970. */
  long timeMs(int n) {
    return BEGIN_MS + n * LETTER_MS;
  }

  /** All requests, in the order in which they begin. */
  List<Request> requests() {
    return requests;
  }

  /** The request of a key; null if there is none. */
  Request request(String key) {
    return byKey.get(key);
  }

  /** How many requests have their last letter before an event. */
  int endedBefore(int event) {
    return (int) requests.stream().filter(request -> request.lastEvent() < event).count();
  }

  /** How many requests are open at a time, at most. */
  int writers() {
    return writers;
  }
}
