package dev.carryover.job.operator;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.OperatorSettings.Transduction;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.EncoderSession;
import dev.carryover.runtime.seq2seq.Encoding;
import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.StatePolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a job with a seq2seq model is specified to do, without Flink and without batches: sequences
 * are collected, and encoded and decoded one by one when they end. It shares nothing with the
 * operator but the models.
 *
 * <p>Events of a key come in the order of their times.
 */
final class TestingTransductionLoop {
  private final Map<String, List<Inference>> inferences = new LinkedHashMap<>();
  private final Map<String, List<RejectReason>> rejections = new LinkedHashMap<>();
  private final Map<SequenceEnd, Integer> ends = new HashMap<>();
  private final Map<String, Sequence> sequences = new HashMap<>();
  private final Map<String, Long> lastNumbers = new HashMap<>();
  private final Map<String, Long> lastTimes = new HashMap<>();
  private final TreeMap<Long, Served> revisions = new TreeMap<>();
  private final OperatorSettings settings;
  private final Transduction transduction;

  private record Served(
      long number, long fromMs, StatePolicy policy, int replay, Seq2SeqModel model) {
    private int id(String token, boolean mapUnknown) {
      Vocabulary vocabulary = model.config().vocabulary();
      int id = vocabulary.id(token);
      return id < 0 && mapUnknown ? vocabulary.unknownId() : id;
    }
  }

  /** A source, and what an encoder of one direction has made of it where models took turns. */
  private static final class Sequence {
    private final long startMs;
    private final List<Integer> inputs = new ArrayList<>();
    private final List<Integer> source = new ArrayList<>();
    private final List<float[]> outputs = new ArrayList<>();
    private float[] state;
    private boolean carried;
    private long revision;
    private long lastMs;
    private long steps;

    private Sequence(long startMs, Served served) {
      this.startMs = startMs;
      this.revision = served.number();
      restart(served);
    }

    private void restart(Served served) {
      carried = false;
      source.clear();
      outputs.clear();
      state = served.model().streamable() ? served.model().newEncoderState() : null;
    }

    private void read(int id, Served served) {
      source.add(id);
      if (state != null) {
        EncoderSession session = served.model().newEncoder(1);
        session.addToken(state, id);
        session.run();
        session.readState(0, state);
        float[] output = new float[served.model().config().encoderDecoder().encoderHiddenSize()];
        session.readOutput(0, output);
        outputs.add(output);
      }
    }
  }

  TestingTransductionLoop(ModelFile file, long revision, OperatorSettings settings) {
    this.settings = settings;
    this.transduction = settings.transduction();
    switchTo(file, revision, Long.MIN_VALUE, StatePolicy.CARRY, 0);
  }

  /** Another model serves from an event time on. */
  void switchTo(ModelFile file, long number, long fromMs, StatePolicy policy, int replay) {
    Seq2SeqModel loaded =
        Seq2SeqModel.load(file, RuntimeOptions.DEFAULTS.withKernels(KernelChoice.SCALAR));
    revisions.put(number, new Served(number, fromMs, policy, replay, loaded));
  }

  /** Takes the next event. */
  void event(StreamEvent event) {
    String key = event.key();
    time(key, event.timestampMs());
    Served served = served(event);
    RejectReason refusal = refusal(event, served);
    if (refusal != null) {
      reject(event, refusal);
      return;
    }
    if (settings.deduplicate()
        && event.hasSequence()
        && event.sequence() <= lastNumbers.getOrDefault(key, Long.MIN_VALUE)) {
      return;
    }
    Sequence sequence = sequences.get(key);
    if (event.token() == null && sequence == null) {
      reject(event, RejectReason.MISSING_INPUT);
      return;
    }
    if (settings.deduplicate() && event.hasSequence()) {
      lastNumbers.put(key, event.sequence());
    }
    if (event.token() == null) {
      end(key, sequence, event.timestampMs(), sequence.steps + 1, SequenceEnd.END_FLAG);
      return;
    }
    if (sequence == null) {
      sequence = new Sequence(event.timestampMs(), served);
      sequences.put(key, sequence);
    }
    takeOver(sequence, served);
    sequence.lastMs = event.timestampMs();
    lastTimes.put(key, event.timestampMs());
    if (full(sequence)) {
      reject(event, RejectReason.SOURCE_TOO_LONG);
      if (event.end()) {
        end(key, sequence, event.timestampMs(), sequence.steps + 1, SequenceEnd.END_FLAG);
      }
      return;
    }
    int id = served.id(event.token(), settings.mapUnknown());
    sequence.inputs.add(id);
    sequence.read(id, served);
    sequence.steps++;
    long most =
        transduction.deadLetterBeyond() ? Long.MAX_VALUE : transduction.maximumSourceLength();
    if (event.end()) {
      end(key, sequence, event.timestampMs(), sequence.steps, SequenceEnd.END_FLAG);
    } else if (sequence.steps >= Math.min(most, settings.maximumLength())) {
      end(key, sequence, event.timestampMs(), sequence.steps, SequenceEnd.MAXIMUM_LENGTH);
    }
  }

  /** The revision that serves an event: one that brings nothing is the sequence's own matter. */
  private Served served(StreamEvent event) {
    Served newest = null;
    for (Served candidate : revisions.values()) {
      newest = candidate.fromMs() <= event.timestampMs() ? candidate : newest;
    }
    Sequence sequence = sequences.get(event.key());
    if (sequence == null || sequence.revision == newest.number()) {
      return newest;
    }
    boolean stays =
        event.token() == null
            || full(sequence)
            || sequence.revision > newest.number()
            || decisive(sequence.revision, newest.number()).policy() == StatePolicy.DRAIN;
    return stays ? revisions.get(sequence.revision) : newest;
  }

  private boolean full(Sequence sequence) {
    return transduction.deadLetterBeyond() && sequence.steps >= transduction.maximumSourceLength();
  }

  private Served decisive(long from, long to) {
    for (Served one : revisions.subMap(from, false, to, true).descendingMap().values()) {
      if (one.policy() != StatePolicy.CARRY) {
        return one;
      }
    }
    return revisions.get(to);
  }

  private void takeOver(Sequence sequence, Served served) {
    if (sequence.revision == served.number()) {
      return;
    }
    Served decisive = decisive(sequence.revision, served.number());
    sequence.revision = served.number();
    sequence.carried = true;
    if (decisive.policy() != StatePolicy.CARRY) {
      sequence.restart(served);
    }
    if (decisive.policy() == StatePolicy.REPLAY) {
      int first = Math.max(0, sequence.inputs.size() - decisive.replay());
      for (int id : sequence.inputs.subList(first, sequence.inputs.size())) {
        sequence.read(id, served);
      }
    }
  }

  private RejectReason refusal(StreamEvent event, Served served) {
    if (event.features().length > 0) {
      return RejectReason.UNEXPECTED_INPUT;
    }
    if (event.token() == null) {
      return event.end() ? null : RejectReason.MISSING_INPUT;
    }
    return served.id(event.token(), settings.mapUnknown()) < 0 ? RejectReason.UNKNOWN_TOKEN : null;
  }

  /** Event time is at its end. */
  void end() {
    for (String key : new TreeSet<>(sequences.keySet())) {
      time(key, Long.MAX_VALUE);
    }
  }

  private void time(String key, long nowMs) {
    Sequence sequence = sequences.get(key);
    if (sequence != null
        && settings.gapMs() != OperatorSettings.NONE
        && nowMs - sequence.lastMs > settings.gapMs()) {
      end(key, sequence, sequence.lastMs, sequence.steps + 1, SequenceEnd.INACTIVITY_GAP);
    }
    Long last = lastTimes.get(key);
    if (last != null
        && settings.expireAfterMs() != OperatorSettings.NONE
        && nowMs - last > settings.expireAfterMs()) {
      sequences.remove(key);
      lastNumbers.remove(key);
      lastTimes.remove(key);
    }
  }

  private void end(String key, Sequence sequence, long timeMs, long step, SequenceEnd cause) {
    sequences.remove(key);
    ends.merge(cause, 1, Integer::sum);
    Seq2SeqModel model = revisions.get(sequence.revision).model();
    boolean attends = model.config().encoderDecoder().attention().hasContext();
    Encoding encoding =
        sequence.carried && model.streamable()
            ? model.encoding(sequence.state, attends ? joined(sequence.outputs) : new float[0])
            : model.encodeWhole(sequence.source.stream().mapToInt(id -> id).toArray());
    DecodingOptions options =
        new DecodingOptions(
            transduction.beamWidth(),
            transduction.nBest(),
            transduction.maximumLength() == 0
                ? model.config().encoderDecoder().maximumOutputLength()
                : transduction.maximumLength(),
            transduction.lengthPenalty(),
            transduction.attention() && attends);
    List<dev.carryover.schemas.Hypothesis> hypotheses = new ArrayList<>();
    for (Hypothesis answer :
        model.newDecoder(transduction.beamWidth()).decode(List.of(encoding), options).get(0)) {
      hypotheses.add(named(model.config().encoderDecoder().targetVocabulary(), answer));
    }
    inferences
        .computeIfAbsent(key, k -> new ArrayList<>())
        .add(
            new Inference(
                key,
                timeMs,
                sequence.startMs,
                step,
                model.config().modelId(),
                sequence.revision,
                new dev.carryover.schemas.Transduction(hypotheses),
                cause));
  }

  private static float[] joined(List<float[]> outputs) {
    float[] joined = new float[outputs.size() * outputs.get(0).length];
    for (int step = 0; step < outputs.size(); step++) {
      System.arraycopy(
          outputs.get(step), 0, joined, step * outputs.get(0).length, outputs.get(0).length);
    }
    return joined;
  }

  private static dev.carryover.schemas.Hypothesis named(Vocabulary target, Hypothesis answer) {
    List<String> tokens = new ArrayList<>();
    for (int id : answer.tokens()) {
      tokens.add(target.token(id));
    }
    List<List<Float>> attention = null;
    if (answer.attention() != null) {
      attention = new ArrayList<>();
      for (float[] weights : answer.attention()) {
        List<Float> row = new ArrayList<>();
        for (float weight : weights) {
          row.add(weight);
        }
        attention.add(row);
      }
    }
    return new dev.carryover.schemas.Hypothesis(tokens, answer.normalizedScore(), attention);
  }

  private void reject(StreamEvent event, RejectReason reason) {
    rejections.computeIfAbsent(event.key(), k -> new ArrayList<>()).add(reason);
  }

  /** Inferences by key, each key's in order. */
  Map<String, List<Inference>> inferences() {
    return inferences;
  }

  Map<String, List<RejectReason>> rejections() {
    return rejections;
  }

  Map<SequenceEnd, Integer> ends() {
    return ends;
  }
}
