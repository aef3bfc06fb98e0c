package dev.carryover.job.transduction;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.OperatorMetrics;
import dev.carryover.job.serving.OperatorOutputs;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.Revisions;
import dev.carryover.job.serving.ServedModel;
import dev.carryover.job.state.HiddenState;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.schemas.SequenceEnd;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sequences of a subtask that have ended and are not answered yet. They are decoded together, a
 * slice at a time; each on the revision that it ended on, and answers of a key go out in the order
 * of its sequences.
 *
 * <p>Belongs to the task thread. Sets the current key as it needs.
 */
public final class Decodes {
  /*
   * Decodes begin in the order in which their sequences ended, as many at a time as a step has rows
   * for. One that is done before an earlier one of its key waits for that. Since the first of all is
   * always among those that are stepped, every step brings the end nearer.
   *
   * Keyed state holds what a checkpoint needs, and nothing else: most decodes end before one comes and
   * never touch it. Only when more wait than may be in memory, the rest is put there at once, and read
   * again when its turn comes. That is also all that a restore does: it finds the keys that have
   * something in that state, and leaves the rest to the turn.
   *
   * Of the clock nothing depends on but how many steps are taken at a time.
   */
  static final MapStateDescriptor<Long, PendingDecode> PENDING =
      new MapStateDescriptor<>(
          "pending-decodes", LongSerializer.INSTANCE, new PendingDecodeSerializer());

  private static final String NO_REVISION =
      "it was encoded by revision %d, which can no longer be had";

  private static final Logger LOG = LoggerFactory.getLogger(Decodes.class);

  /** An event ends at most its key's running sequence, by a gap, and one of its own. */
  private static final int MOST_ENDS_OF_AN_EVENT = 2;

  /** Encoders of two directions read so many tokens at a time, and what is left of a sequence. */
  private static final int TOKENS_READ_AT_ONCE = 1024;

  private final KeyedStateBackend<String> backend;
  private final MapState<Long, PendingDecode> stored;
  private final SourceStates sources;
  private final Revisions revisions;
  private final OperatorSettings.Transduction settings;
  private final OperatorOutputs outputs;
  private final OperatorMetrics metrics;

  private final Map<String, ArrayDeque<Decode>> ofKey = new HashMap<>();
  private final TreeMap<Long, Long> ofRevision = new TreeMap<>();
  private final ArrayDeque<Decode> waiting = new ArrayDeque<>();
  private final Map<ServedModel, DecodeGroup> groups = new IdentityHashMap<>();
  private final List<Decode> settled = new ArrayList<>();
  private long nextOrdinal;
  private int size;
  private int inMemory;
  private int rows;
  private long answered;

  /** Takes up what a checkpoint left undone. */
  public Decodes(
      KeyedStateStore store,
      KeyedStateBackend<String> backend,
      SourceStates sources,
      Revisions revisions,
      OperatorSettings.Transduction settings,
      OperatorOutputs outputs,
      OperatorMetrics metrics)
      throws Exception {
    this.backend = backend;
    this.stored = store.getMapState(PENDING);
    this.sources = sources;
    this.revisions = revisions;
    this.settings = settings;
    this.outputs = outputs;
    this.metrics = metrics;
    restore();
    metrics.pendingDecodes(() -> size);
  }

  private void restore() throws Exception {
    List<String> keys;
    try (Stream<String> found = backend.getKeys(PENDING.getName(), VoidNamespace.INSTANCE)) {
      keys = found.distinct().toList();
    }
    List<Decode> restored = new ArrayList<>();
    for (String key : keys) {
      backend.setCurrentKey(key);
      for (Map.Entry<Long, PendingDecode> entry : stored.entries()) {
        Decode decode = new Decode(key, entry.getKey(), entry.getValue().revision());
        decode.stored = true;
        restored.add(decode);
      }
    }
    restored.sort(
        Comparator.comparingLong((Decode decode) -> decode.ordinal)
            .thenComparing(decode -> decode.key));
    for (Decode decode : restored) {
      enter(decode);
      waiting.add(decode);
      nextOrdinal = decode.ordinal + 1;
    }
  }

  /**
   * Takes a sequence in that has ended.
   *
   * @param state of its key, with the encoder's last state
   * @param draft what the present micro-batch adds to what is kept of it
   * @param event that ended it; null where none did
   * @param timestampMs time that the inference is to carry
   * @param step position that the inference is to carry
   */
  public void begin(
      String key,
      ServedModel served,
      HiddenState state,
      SourceDraft draft,
      SequenceEnd end,
      StreamEvent event,
      long timestampMs,
      long step)
      throws Exception {
    backend.setCurrentKey(key);
    boolean tokens = served.kept().tokens();
    PendingDecode pending =
        new PendingDecode(
            served.number(),
            state.startMs(),
            timestampMs,
            step,
            end,
            event,
            settings.options(served.config().encoderDecoder()),
            tokens ? sources.tokens(draft) : null,
            tokens ? null : state.values().clone(),
            tokens ? null : sources.outputs(draft),
            null);
    Decode decode = new Decode(key, nextOrdinal++, pending.revision());
    decode.pending = pending;
    decode.served = served;
    enter(decode);
    inMemory++;
    if (draft.empty() || !DecodeGroup.fits(served, pending)) {
      lose(decode);
      answerInOrder(key);
    } else if (inMemory <= settings.maximumPending()) {
      waiting.add(decode);
    } else {
      park(decode);
      waiting.add(decode);
    }
  }

  /** Takes a sequence in that a gap has ended, and whose model can no longer be had. */
  public void lost(String key, HiddenState state, SequenceEnd end) throws Exception {
    Decode decode = new Decode(key, nextOrdinal++, state.revision());
    decode.pending =
        new PendingDecode(
            state.revision(),
            state.startMs(),
            state.lastMs(),
            state.steps() + 1,
            end,
            null,
            DecodingOptions.greedy(1),
            new int[0],
            null,
            null,
            null);
    enter(decode);
    inMemory++;
    decode.fail(RejectReason.MISSING_INPUT, NO_REVISION.formatted(decode.revision));
    answerInOrder(key);
  }

  private void park(Decode decode) throws Exception {
    stored.put(decode.ordinal, decode.pending);
    decode.stored = true;
    decode.pending = null;
    decode.served = null;
    inMemory--;
  }

  private void enter(Decode decode) {
    size++;
    ofKey.computeIfAbsent(decode.key, key -> new ArrayDeque<>(2)).add(decode);
    count(decode, 1);
  }

  /** What was kept of the sequence is not what the model needs. */
  private void lose(Decode decode) {
    metrics.stateOfAnotherLayout();
    decode.fail(
        RejectReason.MISSING_INPUT,
        "what was kept of it is not what the model of revision %d needs"
            .formatted(decode.revision));
  }

  /** Whether anything is left to be decoded. */
  public boolean pending() {
    return size > 0;
  }

  /** Sequences that ended on a revision. */
  public long onRevision(long revision) {
    return ofRevision.getOrDefault(revision, 0L);
  }

  /** Sequences that ended on a revision or on a lower one. */
  public long upToRevision(long revision) {
    return ofRevision.headMap(revision, true).values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Decodes for as long as is set at a time, at least one step; a step that has begun is finished.
   */
  public void slice() throws Exception {
    long end = System.nanoTime() + settings.sliceNanos();
    do {
      step();
    } while (size > 0 && System.nanoTime() - end < 0);
  }

  /**
   * Where more sequences wait than are allowed: decodes until as many are answered as the next
   * event may end.
   */
  public void makeRoom() throws Exception {
    long enough = answered + MOST_ENDS_OF_AN_EVENT;
    while (size > settings.maximumPending() && answered < enough) {
      step();
    }
  }

  /** Decodes all that there is. */
  public void finish() throws Exception {
    while (size > 0) {
      step();
    }
  }

  private void step() throws Exception {
    admit();
    for (Iterator<DecodeGroup> each = groups.values().iterator(); each.hasNext(); ) {
      DecodeGroup group = each.next();
      long begin = System.nanoTime();
      group.begin(settled);
      metrics.decoderStep(group.step(settled), System.nanoTime() - begin);
      if (group.isEmpty()) {
        each.remove();
      }
    }
    for (Decode decode : settled) {
      rows -= decode.pending.options().beamWidth();
      answerInOrder(decode.key);
    }
    settled.clear();
  }

  /** Lets those begin that there are rows for. */
  private void admit() throws Exception {
    int tokens = 0;
    while (!waiting.isEmpty()
        && tokens < TOKENS_READ_AT_ONCE
        && (rows == 0
            || rows < DecodeGroup.ROWS
                && (waiting.peek().pending != null || inMemory < settings.maximumPending()))) {
      Decode decode = waiting.poll();
      if (decode.pending == null) {
        backend.setCurrentKey(decode.key);
        decode.pending = stored.get(decode.ordinal);
        inMemory++;
      }
      PendingDecode pending = decode.pending;
      rows += pending.options().beamWidth();
      tokens += pending.tokens() == null ? 0 : pending.tokens().length;
      decode.served = decode.served == null ? own(decode) : decode.served;
      if (decode.served == null) {
        settled.add(decode);
      } else {
        groups.computeIfAbsent(decode.served, DecodeGroup::new).add(decode);
      }
    }
  }

  /** Who decodes a sequence that was stored; null, and the decode has failed, if nobody can. */
  private ServedModel own(Decode decode) throws Exception {
    ServedModel own = revisions.forState(decode.revision);
    if (own == null) {
      own = revisions.forEvent(decode.pending.timestampMs());
      if (!revisions.keeps(decode.revision, own.number())) {
        metrics.stateOfMissingRevision();
        decode.fail(RejectReason.MISSING_INPUT, NO_REVISION.formatted(decode.revision));
        return null;
      }
      count(decode, -1);
      decode.revision = own.number();
      decode.pending = decode.pending.on(own.number());
      count(decode, 1);
    }
    if (!DecodeGroup.fits(own, decode.pending)) {
      lose(decode);
      return null;
    }
    return own;
  }

  private void count(Decode decode, long change) {
    ofRevision.merge(
        decode.revision, change, (count, more) -> count + more == 0 ? null : count + more);
  }

  private void answerInOrder(String key) throws Exception {
    ArrayDeque<Decode> decodes = ofKey.get(key);
    while (decodes != null && !decodes.isEmpty() && decodes.peek().settled) {
      Decode decode = decodes.poll();
      if (decodes.isEmpty()) {
        ofKey.remove(key);
      }
      answer(decode);
      if (decode.stored) {
        backend.setCurrentKey(key);
        stored.remove(decode.ordinal);
      }
      count(decode, -1);
      size--;
      inMemory--;
      answered++;
    }
  }

  private void answer(Decode decode) {
    PendingDecode pending = decode.pending;
    if (decode.answers != null) {
      metrics.transduced();
      outputs.inference(Transductions.of(decode.key, pending, decode.served, decode.answers));
      return;
    }
    metrics.notTransduced();
    String detail =
        "a sequence of %d events has no answer: %s"
            .formatted(pending.step() - (pending.event() == null ? 1 : 0), decode.failureDetail);
    if (pending.event() != null) {
      outputs.deadLetter(
          pending
              .event()
              .withRejection(decode.failure, detail + ", at " + pending.event().origin()));
    } else {
      LOG.warn("Key '{}': {}; its inference has no hypotheses", decode.key, detail);
      outputs.inference(
          Transductions.without(
              decode.key,
              pending,
              revisions.modelId(),
              decode.served == null ? decode.revision : decode.served.number()));
    }
  }

  /** Puts what is in memory into keyed state, for a checkpoint. */
  public void snapshot() throws Exception {
    for (ArrayDeque<Decode> decodes : ofKey.values()) {
      for (Decode decode : decodes) {
        if (decode.pending != null && (decode.decoding != null || !decode.stored)) {
          backend.setCurrentKey(decode.key);
          stored.put(
              decode.ordinal,
              decode.decoding == null
                  ? decode.pending
                  : decode.pending.at(decode.decoding.snapshot()));
          decode.stored = true;
        }
      }
    }
  }
}
