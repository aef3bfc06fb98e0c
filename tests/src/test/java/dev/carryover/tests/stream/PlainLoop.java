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
import dev.carryover.schemas.StatePolicy;
import dev.carryover.schemas.TokenProbability;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The reference of every run: a {@code next-token} model applied to events one after the other,
 * with a map from key to state and no cluster, no batches, no timers and no recovery. Shares with
 * the job only the step of one row.
 *
 * <pre>{@code
 * PlainLoop loop = PlainLoop.of(model).expecting(3).gap(60_000);
 * loop.switchTo(better, 2, noonMs, StatePolicy.RESET, 0);
 * events.forEach(loop::add);
 * loop.silence(watermark);
 * Map<String, List<Inference>> expected = loop.inferences();
 * }</pre>
 *
 * <p>An event is served by the highest revision whose time is not after the event's. A running
 * sequence goes over to it at its next event: the newest policy that it passes decides how, and
 * {@code carry} leaves that to the one before. It never goes back to a lower revision, and a
 * drained one stays where it is.
 *
 * <p>An event that carries nothing but an end, for a key without a running sequence, is counted in
 * {@link #unusable()}, and one whose sequence number is not above the last of its key in {@link
 * #duplicates()}.
 */
public final class PlainLoop {
  private final TreeMap<Long, Revision> revisions = new TreeMap<>();
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

  /** A model that serves events from a time on. */
  private static final class Revision {
    private final long number;
    private final long fromMs;
    private final StatePolicy policy;
    private final int replayed;
    private final RecurrentModel model;
    private final Vocabulary vocabulary;
    private final Session session;

    private Revision(ModelFile file, long number, long fromMs, StatePolicy policy, int replayed) {
      if (file.config().task() != Task.NEXT_TOKEN) {
        throw new IllegalArgumentException("the plain loop is of next-token models, not " + file);
      }
      this.number = number;
      this.fromMs = fromMs;
      this.policy = policy;
      this.replayed = replayed;
      this.model = RecurrentModel.load(file);
      this.vocabulary = file.config().vocabulary();
      this.session = model.newSession(1);
    }

    private void step(float[] state, int token) {
      session.clear();
      session.addToken(state, token);
      session.run();
      session.readState(0, state);
    }

    /** The id of a token that this or another revision knows. */
    private int known(int token) {
      return token >= 0 && token < vocabulary.size() ? token : vocabulary.unknownId();
    }
  }

  /** A key's sequence that has not ended. */
  private static final class Running {
    private final long startMs;
    private final List<Integer> tokens = new ArrayList<>();
    private Revision revision;
    private float[] state;
    private long lastMs;
    private long steps;

    private Running(long startMs, Revision revision) {
      this.startMs = startMs;
      this.lastMs = startMs;
      this.revision = revision;
      this.state = revision.model.newState();
    }
  }

  private PlainLoop(ModelFile file, long revision) {
    revisions.put(revision, new Revision(file, revision, Long.MIN_VALUE, StatePolicy.CARRY, 0));
  }

  /** A loop over a model, at revision 1. */
  public static PlainLoop of(ModelFile file) {
    return new PlainLoop(file, 1);
  }

  /** A loop over a model at a revision. */
  public static PlainLoop of(ModelFile file, long revision) {
    return new PlainLoop(file, revision);
  }

  /**
   * Another model serves from an event time on.
   *
   * @param replayed with {@link StatePolicy#REPLAY}, how many of the last tokens
   */
  public void switchTo(
      ModelFile file, long revision, long fromMs, StatePolicy policy, int replayed) {
    revisions.put(revision, new Revision(file, revision, fromMs, policy, replayed));
  }

  /** A revision can no longer be had: its sequences begin anew on what serves in its place. */
  public void lose(long revision) {
    revisions.remove(revision);
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
      takeOver(sequence, serving(sequence, now));
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

  private Revision serving(Running sequence, long timestampMs) {
    Revision newest = null;
    for (Revision revision : revisions.values()) {
      newest = revision.fromMs <= timestampMs ? revision : newest;
    }
    if (sequence == null || lost(sequence)) {
      return newest;
    }
    boolean stays =
        newest.number < sequence.revision.number
            || deciding(sequence.revision, newest).policy == StatePolicy.DRAIN;
    return stays ? sequence.revision : newest;
  }

  private boolean lost(Running sequence) {
    return !revisions.containsKey(sequence.revision.number);
  }

  /** The newest revision above one and up to another that does more than carry, if there is one. */
  private Revision deciding(Revision from, Revision to) {
    for (Revision passed :
        revisions.subMap(from.number, false, to.number, true).descendingMap().values()) {
      if (passed.policy != StatePolicy.CARRY) {
        return passed;
      }
    }
    return to;
  }

  private void takeOver(Running sequence, Revision to) {
    if (sequence.revision == to) {
      return;
    }
    Revision deciding = lost(sequence) ? null : deciding(sequence.revision, to);
    if (deciding == null || deciding.policy != StatePolicy.CARRY) {
      sequence.state = to.model.newState();
    }
    if (deciding != null && deciding.policy == StatePolicy.REPLAY) {
      int first = Math.max(0, sequence.tokens.size() - deciding.replayed);
      for (int token : sequence.tokens.subList(first, sequence.tokens.size())) {
        to.step(sequence.state, to.known(token));
      }
    }
    sequence.revision = to;
  }

  private void step(Event event, Running before) {
    String key = event.getKey();
    long now = event.getTimestampMs();
    number(event);
    Revision revision = serving(before, now);
    Running sequence = before == null ? new Running(now, revision) : before;
    running.put(key, sequence);
    takeOver(sequence, revision);
    int token = revision.known(revision.vocabulary.id(event.getToken()));

    revision.step(sequence.state, token);
    sequence.tokens.add(token);
    sequence.steps++;
    sequence.lastMs = Math.max(sequence.lastMs, now);

    SequenceEnd end = null;
    boolean endScored = false;
    if (token == revision.vocabulary.endId()) {
      end = SequenceEnd.END_TOKEN;
    } else if (event.getEnd()) {
      end = SequenceEnd.END_FLAG;
      endScored = revision.vocabulary.endId() >= 0;
    } else if (sequence.steps >= maximumLength) {
      end = SequenceEnd.MAXIMUM_LENGTH;
    }
    put(key, now, sequence, sequence.steps, result(revision, token, true), endScored ? null : end);
    if (endScored) {
      scoreEnd(key, sequence, end, now);
    } else if (end != null) {
      running.remove(key);
    }
  }

  private void scoreEnd(String key, Running sequence, SequenceEnd cause, long timestampMs) {
    Revision revision = sequence.revision;
    int end = revision.vocabulary.endId();
    if (end >= 0 && !lost(sequence)) {
      revision.step(sequence.state, end);
      put(key, timestampMs, sequence, sequence.steps + 1, result(revision, end, false), cause);
    }
    running.remove(key);
  }

  private NextToken result(Revision revision, int token, boolean more) {
    return new NextToken(
        revision.vocabulary.token(token),
        revision.session.surprisal(0),
        revision.session.rank(0),
        top(revision, expected, false),
        more ? top(revision, next, true) : List.of());
  }

  private static List<TokenProbability> top(Revision revision, int count, boolean after) {
    List<TokenProbability> tokens = new ArrayList<>();
    if (count > 0) {
      int[] ids = new int[count];
      float[] probabilities = new float[count];
      int found =
          after
              ? revision.session.next(0, count, ids, probabilities)
              : revision.session.expected(0, count, ids, probabilities);
      for (int place = 0; place < found; place++) {
        tokens.add(
            new TokenProbability(revision.vocabulary.token(ids[place]), probabilities[place]));
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
                sequence.revision.model.config().modelId(),
                sequence.revision.number,
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
