package dev.carryover.job.operator;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.OperatorSettings.Emission;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.Logits;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.Session;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.WeightPrecision;
import dev.carryover.schemas.Classification;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.LabelProbability;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.Regression;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.schemas.TokenProbability;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the job is specified to do, without Flink and without batches: a map of keys, and a session
 * of one row for each revision. It shares nothing with the operator but the models.
 *
 * <p>Events of a key come in the order of their times.
 */
public final class TestingPlainLoop {
  private final Map<String, List<Inference>> inferences = new LinkedHashMap<>();
  private final Map<String, List<Inference>> alerts = new LinkedHashMap<>();
  private final Map<String, List<RejectReason>> rejections = new LinkedHashMap<>();
  private final Map<SequenceEnd, Integer> ends = new HashMap<>();
  private final Map<String, Sequence> sequences = new HashMap<>();
  private final Map<String, Long> lastNumbers = new HashMap<>();
  private final Map<String, Long> lastTimes = new HashMap<>();
  private final TreeMap<Long, Served> revisions = new TreeMap<>();
  private final OperatorSettings settings;
  private final WeightPrecision weights;

  /* Of the revision that the present event, or the sequence that ends, is served by. */
  private RecurrentModel model;
  private ModelConfig config;
  private Session session;
  private long revision;

  private record Served(
      long number, long fromMs, StatePolicy policy, int replay, RecurrentModel model) {}

  private static final class Sequence {
    private final long startMs;
    private final List<Object> inputs = new ArrayList<>();
    private float[] state;
    private long revision;
    private long lastMs;
    private long steps;

    private Sequence(long startMs, float[] state, long revision) {
      this.startMs = startMs;
      this.state = state;
      this.revision = revision;
    }
  }

  /** A loop that has seen nothing, with the weights of the file. */
  public TestingPlainLoop(ModelFile file, long revision, OperatorSettings settings) {
    this(file, revision, settings, WeightPrecision.FP32);
  }

  /** A loop that has seen nothing; all its models keep their weights in one precision. */
  TestingPlainLoop(
      ModelFile file, long revision, OperatorSettings settings, WeightPrecision weights) {
    this.settings = settings;
    this.weights = weights;
    add(file, revision, Long.MIN_VALUE, StatePolicy.CARRY, 0);
    serveBy(revisions.get(revision));
  }

  /** Another model serves from an event time on. */
  public void switchTo(
      ModelFile file, long number, long fromMs, StatePolicy policy, int replayLength) {
    add(file, number, fromMs, policy, replayLength);
  }

  private void add(ModelFile file, long number, long fromMs, StatePolicy policy, int replay) {
    RecurrentModel loaded =
        RecurrentModel.load(
            file, RuntimeOptions.DEFAULTS.withKernels(KernelChoice.SCALAR).withWeights(weights));
    revisions.put(number, new Served(number, fromMs, policy, replay, loaded));
  }

  private void serveBy(Served served) {
    if (model != served.model()) {
      model = served.model();
      config = model.config();
      session = model.newSession(1);
    }
    revision = served.number();
  }

  /** The revision that serves an event of a key. */
  private Served served(String key, long timestampMs) {
    Served newest = null;
    for (Served candidate : revisions.values()) {
      newest = candidate.fromMs() <= timestampMs ? candidate : newest;
    }
    Sequence sequence = sequences.get(key);
    if (sequence == null || sequence.revision == newest.number()) {
      return newest;
    }
    return sequence.revision > newest.number()
            || decisive(sequence.revision, newest.number()).policy() == StatePolicy.DRAIN
        ? revisions.get(sequence.revision)
        : newest;
  }

  /** The newest revision above one and up to another that does more than carry, else the newest. */
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
    if (decisive.policy() != StatePolicy.CARRY) {
      sequence.state = model.newState();
    }
    if (decisive.policy() == StatePolicy.REPLAY) {
      int first = Math.max(0, sequence.inputs.size() - decisive.replay());
      for (Object input : sequence.inputs.subList(first, sequence.inputs.size())) {
        session.clear();
        if (input instanceof Integer id) {
          session.addToken(sequence.state, id);
        } else {
          session.addFeatures(sequence.state, (float[]) input);
        }
        session.run();
        session.readState(0, sequence.state);
      }
    }
    sequence.revision = served.number();
  }

  /** Takes the next event. */
  public void event(StreamEvent event) {
    String key = event.key();
    time(key, event.timestampMs());
    Served served = served(key, event.timestampMs());
    serveBy(served);
    RejectReason refusal = refusal(event);
    if (refusal != null) {
      reject(event, refusal);
      return;
    }
    if (settings.deduplicate() && event.hasSequence()) {
      Long last = lastNumbers.get(key);
      if (last != null && event.sequence() <= last) {
        return;
      }
    }
    if (event.token() == null && event.features().length == 0) {
      endOnly(event);
      return;
    }
    Sequence sequence =
        sequences.computeIfAbsent(
            key, k -> new Sequence(event.timestampMs(), model.newState(), revision));
    takeOver(sequence, served);
    number(event);
    sequence.lastMs = event.timestampMs();
    lastTimes.put(key, event.timestampMs());
    step(event, sequence);
  }

  /** Event time is at its end. */
  public void end() {
    for (String key : new TreeSet<>(sequences.keySet())) {
      time(key, Long.MAX_VALUE);
    }
  }

  private void time(String key, long nowMs) {
    Sequence sequence = sequences.get(key);
    if (sequence != null
        && settings.gapMs() != OperatorSettings.NONE
        && nowMs - sequence.lastMs > settings.gapMs()) {
      serveBy(revisions.get(sequence.revision));
      verdict(key, sequence, sequence.lastMs, SequenceEnd.INACTIVITY_GAP);
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

  private RejectReason refusal(StreamEvent event) {
    boolean hasToken = event.token() != null;
    boolean hasFeatures = event.features().length > 0;
    if (config.tokenInput() ? hasFeatures : hasToken) {
      return RejectReason.UNEXPECTED_INPUT;
    }
    if (!hasToken && !hasFeatures) {
      return event.end() ? null : RejectReason.MISSING_INPUT;
    }
    if (hasFeatures) {
      return event.features().length == config.inputSize() ? null : RejectReason.FEATURE_COUNT;
    }
    return id(event.token()) < 0 ? RejectReason.UNKNOWN_TOKEN : null;
  }

  private int id(String token) {
    Vocabulary vocabulary = config.vocabulary();
    int id = vocabulary.id(token);
    return id < 0 && settings.mapUnknown() ? vocabulary.unknownId() : id;
  }

  private void number(StreamEvent event) {
    if (settings.deduplicate() && event.hasSequence()) {
      lastNumbers.put(event.key(), event.sequence());
    }
  }

  private void endOnly(StreamEvent event) {
    Sequence sequence = sequences.get(event.key());
    if (sequence == null) {
      reject(event, RejectReason.MISSING_INPUT);
      return;
    }
    takeOver(sequence, served(event.key(), event.timestampMs()));
    number(event);
    verdict(event.key(), sequence, event.timestampMs(), SequenceEnd.END_FLAG);
  }

  private void step(StreamEvent event, Sequence sequence) {
    session.clear();
    int id = -1;
    if (config.tokenInput()) {
      id = id(event.token());
      session.addToken(sequence.state, id);
    } else {
      session.addFeatures(sequence.state, event.features());
    }
    session.run();
    session.readState(0, sequence.state);
    sequence.inputs.add(id >= 0 ? (Object) id : event.features());
    sequence.steps++;
    SequenceEnd cause = null;
    if (config.tokenInput() && id == config.vocabulary().endId()) {
      cause = SequenceEnd.END_TOKEN;
    } else if (event.end()) {
      cause = SequenceEnd.END_FLAG;
    } else if (sequence.steps >= settings.maximumLength()) {
      cause = SequenceEnd.MAXIMUM_LENGTH;
    }
    boolean scoresEndToken =
        cause == SequenceEnd.END_FLAG
            && config.task() == Task.NEXT_TOKEN
            && config.vocabulary().endId() >= 0;
    put(
        event.key(),
        sequence,
        event.timestampMs(),
        sequence.steps,
        config.task() == Task.NEXT_TOKEN ? nextToken(id, settings.next()) : output(),
        scoresEndToken ? null : cause);
    if (scoresEndToken) {
      verdict(event.key(), sequence, event.timestampMs(), cause);
    } else if (cause != null) {
      close(event.key(), cause);
    }
  }

  private void verdict(String key, Sequence sequence, long timestampMs, SequenceEnd cause) {
    boolean nextToken = config.task() == Task.NEXT_TOKEN;
    if (!nextToken || config.vocabulary().endId() >= 0) {
      session.clear();
      session.addEnd(sequence.state);
      session.run();
      put(
          key,
          sequence,
          timestampMs,
          sequence.steps + 1,
          nextToken ? nextToken(config.vocabulary().endId(), 0) : output(),
          cause);
    }
    close(key, cause);
  }

  private void close(String key, SequenceEnd cause) {
    sequences.remove(key);
    ends.merge(cause, 1, Integer::sum);
  }

  private void put(
      String key, Sequence sequence, long timeMs, long step, Object result, SequenceEnd cause) {
    Inference inference =
        new Inference(
            key, timeMs, sequence.startMs, step, config.modelId(), revision, result, cause);
    boolean every =
        settings.emission() == Emission.EVERY_EVENT
            || settings.emission() == Emission.BY_TASK && config.task() != Task.CLASSIFY;
    if (every || cause != null) {
      inferences.computeIfAbsent(key, k -> new ArrayList<>()).add(inference);
    }
    if (result instanceof NextToken score && alerts(score)) {
      alerts.computeIfAbsent(key, k -> new ArrayList<>()).add(inference);
    }
  }

  private boolean alerts(NextToken score) {
    if (settings.setsAlerts()) {
      return score.getRank() >= settings.alertRank()
          || score.getSurprisalNats() >= settings.alertSurprisal();
    }
    int id = config.vocabulary().id(score.getToken());
    return config.alerts() != null
        && config
            .alerts()
            .alerts(config.vocabulary(), id, score.getRank(), score.getSurprisalNats());
  }

  private NextToken nextToken(int observed, int nextCount) {
    int[] ids = new int[8];
    float[] probabilities = new float[8];
    int count = session.expected(0, settings.expected(), ids, probabilities);
    List<TokenProbability> expected = named(count, ids, probabilities);
    List<TokenProbability> next = List.of();
    if (nextCount > 0) {
      count = session.next(0, nextCount, ids, probabilities);
      next = named(count, ids, probabilities);
    }
    return new NextToken(
        config.vocabulary().token(observed), session.surprisal(0), session.rank(0), expected, next);
  }

  private List<TokenProbability> named(int count, int[] ids, float[] probabilities) {
    List<TokenProbability> named = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      named.add(new TokenProbability(config.vocabulary().token(ids[i]), probabilities[i]));
    }
    return named;
  }

  private Object output() {
    float[] values = new float[config.outputSize()];
    session.readOutput(0, values);
    if (config.task() == Task.REGRESS) {
      List<Float> regressed = new ArrayList<>();
      for (float value : values) {
        regressed.add(value);
      }
      return new Regression(regressed);
    }
    Logits.toProbabilities(values);
    float[] all = values.length == 1 ? new float[] {1 - values[0], values[0]} : values;
    List<LabelProbability> labels = new ArrayList<>();
    for (int i = 0; i < all.length; i++) {
      labels.add(new LabelProbability(config.labels().get(i), all[i]));
    }
    labels.sort((a, b) -> Float.compare(b.getProbability(), a.getProbability()));
    return new Classification(labels);
  }

  private void reject(StreamEvent event, RejectReason reason) {
    rejections.computeIfAbsent(event.key(), k -> new ArrayList<>()).add(reason);
  }

  /** Inferences by key, each key's in order. */
  public Map<String, List<Inference>> inferences() {
    return inferences;
  }

  Map<String, List<Inference>> alerts() {
    return alerts;
  }

  Map<String, List<RejectReason>> rejections() {
    return rejections;
  }

  Map<SequenceEnd, Integer> ends() {
    return ends;
  }
}
