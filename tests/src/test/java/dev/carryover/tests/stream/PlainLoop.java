package dev.carryover.tests.stream;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.TokenProbability;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The reference of every run: a {@code next-token} model applied to events one after the other,
 * with a map from key to state and no cluster, no batches, no timers and no recovery. Shares with
 * the job only the step of one row.
 *
 * <pre>{@code
 * PlainLoop loop = PlainLoop.of(model).expecting(3).gap(60_000);
 * events.forEach(loop::add);
 * loop.silence(watermark);
 * Map<String, List<Inference>> expected = loop.inferences();
 * }</pre>
 *
 * <p>An event that carries nothing but an end, for a key without a running sequence, is counted in
 * {@link #unusable()}, and one whose sequence number is not above the last of its key in {@link
 * #duplicates()}.
 */
public final class PlainLoop {
  private final RecurrentModel model;
  private final Vocabulary vocabulary;
  private final Session session;
  private final Map<String, Running> running = new LinkedHashMap<>();
  private final Map<String, Long> lastNumbers = new LinkedHashMap<>();
  private final Map<String, List<Inference>> inferences = new LinkedHashMap<>();
  private long gapMs = Long.MAX_VALUE;
  private long maximumLength = Long.MAX_VALUE;
  private int expected;
  private int next;
  private boolean deduplicate;
  private int produced;
  private int unusable;
  private int duplicates;

  /** A key's sequence that has not ended. */
  private static final class Running {
    private final long startMs;
    private final float[] state;
    private long lastMs;
    private long steps;

    private Running(long startMs, float[] state) {
      this.startMs = startMs;
      this.lastMs = startMs;
      this.state = state;
    }
  }

  private PlainLoop(ModelFile file) {
    if (file.config().task() != Task.NEXT_TOKEN) {
      throw new IllegalArgumentException("the plain loop is of next-token models, not " + file);
    }
    this.model = RecurrentModel.load(file);
    this.vocabulary = file.config().vocabulary();
    this.session = model.newSession(1);
  }

  /** A loop over a model, at revision 1. */
  public static PlainLoop of(ModelFile file) {
    return new PlainLoop(file);
  }

  /** Names so many expected tokens in every inference. */
  public PlainLoop expecting(int tokens) {
    expected = tokens;
    return this;
  }

  /** Names so many tokens that come next. */
  public PlainLoop foretelling(int tokens) {
    next = tokens;
    return this;
  }

  /** Ends a sequence when its key is silent for longer. */
  public PlainLoop gap(long milliseconds) {
    gapMs = milliseconds;
    return this;
  }

  /** Ends a sequence after so many events. */
  public PlainLoop maximumLength(long events) {
    maximumLength = events;
    return this;
  }

  /** Drops events whose sequence number is not above the last of their key. */
  public PlainLoop deduplicating() {
    deduplicate = true;
    return this;
  }

  /** Scores an event. */
  public void add(Event event) {
    String key = event.getKey();
    long now = event.getTimestampMs();
    Running sequence = running.get(key);
    if (sequence != null && now - sequence.lastMs > gapMs) {
      scoreEnd(key, sequence, SequenceEnd.INACTIVITY_GAP, sequence.lastMs);
      sequence = null;
    }
    if (duplicate(event)) {
      duplicates++;
    } else if (event.getToken() != null) {
      step(event, sequence);
    } else if (sequence != null) {
      number(event);
      scoreEnd(key, sequence, SequenceEnd.END_FLAG, now);
    } else {
      unusable++;
    }
  }

  private boolean duplicate(Event event) {
    if (!deduplicate || event.getSequence() == null) {
      return false;
    }
    Long last = lastNumbers.get(event.getKey());
    return last != null && event.getSequence() <= last;
  }

  private void number(Event event) {
    if (event.getSequence() != null) {
      lastNumbers.put(event.getKey(), event.getSequence());
    }
  }

  private void step(Event event, Running before) {
    String key = event.getKey();
    long now = event.getTimestampMs();
    number(event);
    Running sequence = before == null ? new Running(now, model.newState()) : before;
    running.put(key, sequence);
    int token = vocabulary.id(event.getToken());
    token = token < 0 ? vocabulary.unknownId() : token;

    session.clear();
    session.addToken(sequence.state, token);
    session.run();
    session.readState(0, sequence.state);
    sequence.steps++;
    sequence.lastMs = Math.max(sequence.lastMs, now);

    SequenceEnd end = null;
    boolean endScored = false;
    if (token == vocabulary.endId()) {
      end = SequenceEnd.END_TOKEN;
    } else if (event.getEnd()) {
      end = SequenceEnd.END_FLAG;
      endScored = vocabulary.endId() >= 0;
    } else if (sequence.steps >= maximumLength) {
      end = SequenceEnd.MAXIMUM_LENGTH;
    }
    put(key, now, sequence, sequence.steps, result(token, true), endScored ? null : end);
    if (endScored) {
      scoreEnd(key, sequence, end, now);
    } else if (end != null) {
      running.remove(key);
    }
  }

  private void scoreEnd(String key, Running sequence, SequenceEnd cause, long timestampMs) {
    if (vocabulary.endId() >= 0) {
      session.clear();
      session.addToken(sequence.state, vocabulary.endId());
      session.run();
      put(key, timestampMs, sequence, sequence.steps + 1, result(vocabulary.endId(), false), cause);
    }
    running.remove(key);
  }

  private NextToken result(int token, boolean more) {
    return new NextToken(
        vocabulary.token(token),
        session.surprisal(0),
        session.rank(0),
        top(expected, false),
        more ? top(next, true) : List.of());
  }

  private List<TokenProbability> top(int count, boolean after) {
    List<TokenProbability> tokens = new ArrayList<>();
    if (count > 0) {
      int[] ids = new int[count];
      float[] probabilities = new float[count];
      int found =
          after
              ? session.next(0, count, ids, probabilities)
              : session.expected(0, count, ids, probabilities);
      for (int place = 0; place < found; place++) {
        tokens.add(new TokenProbability(vocabulary.token(ids[place]), probabilities[place]));
      }
    }
    return tokens;
  }

  private void put(
      String key,
      long timestampMs,
      Running sequence,
      long step,
      NextToken result,
      SequenceEnd end) {
    inferences
        .computeIfAbsent(key, k -> new ArrayList<>())
        .add(
            new Inference(
                key,
                timestampMs,
                sequence.startMs,
                step,
                model.config().modelId(),
                1L,
                result,
                end));
    produced++;
  }

  /** Ends every sequence whose gap is over when event time has reached {@code watermarkMs}. */
  public void silence(long watermarkMs) {
    for (Map.Entry<String, Running> entry : List.copyOf(running.entrySet())) {
      Running sequence = entry.getValue();
      if (gapMs != Long.MAX_VALUE && watermarkMs - sequence.lastMs > gapMs) {
        scoreEnd(entry.getKey(), sequence, SequenceEnd.INACTIVITY_GAP, sequence.lastMs);
      }
    }
  }

  /** All inferences so far by key, those of a key in their order. */
  public Map<String, List<Inference>> inferences() {
    return inferences;
  }

  /** How many inferences there are so far. */
  public int produced() {
    return produced;
  }

  /** How many events carried nothing that could be used. */
  public int unusable() {
    return unusable;
  }

  /** How many events were dropped as duplicates. */
  public int duplicates() {
    return duplicates;
  }
}
