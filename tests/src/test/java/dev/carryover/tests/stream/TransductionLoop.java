package dev.carryover.tests.stream;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Hypothesis;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.Transduction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a job with a seq2seq model is specified to write: every sequence is collected, and encoded
 * and decoded on its own when it is whole. Shares nothing with the job but the models.
 *
 * <p>Events of a key come in the order of their times. Belongs to one thread.
 */
public final class TransductionLoop {
  private final Map<String, Running> running = new HashMap<>();
  private final Map<String, Long> lastNumbers = new HashMap<>();
  private final Map<String, List<Inference>> inferences = new LinkedHashMap<>();
  private final TreeMap<Long, Served> byTime = new TreeMap<>();
  private final int beamWidth;
  private final int answers;
  private final long gapMs;
  private final long maximumLength;
  private int produced;

  private record Served(long revision, Seq2SeqModel model) {}

  private static final class Running {
    private final long startMs;
    private final Served served;
    private final List<Integer> source = new ArrayList<>();
    private long lastMs;

    private Running(long startMs, Served served) {
      this.startMs = startMs;
      this.served = served;
    }
  }

  /** A loop over a model, at revision 1, with de-duplication. */
  public TransductionLoop(
      ModelFile file, int beamWidth, int answers, long gapMs, long maximumLength) {
    this.beamWidth = beamWidth;
    this.answers = answers;
    this.gapMs = gapMs;
    this.maximumLength = maximumLength;
    byTime.put(Long.MIN_VALUE, new Served(1, Seq2SeqModel.load(file)));
  }

  /** Sequences that begin from a time on are transduced by another model. */
  public void switchTo(ModelFile file, long revision, long fromMs) {
    byTime.put(fromMs, new Served(revision, Seq2SeqModel.load(file)));
  }

  /** Takes an event in. */
  public void add(Event event) {
    String key = event.getKey();
    long now = event.getTimestampMs();
    silence(key, now);
    if (event.getSequence() != null
        && event.getSequence() <= lastNumbers.getOrDefault(key, Long.MIN_VALUE)) {
      return;
    }
    Running sequence = running.get(key);
    if (event.getToken() == null && sequence == null) {
      return;
    }
    if (event.getSequence() != null) {
      lastNumbers.put(key, event.getSequence());
    }
    if (event.getToken() == null) {
      end(key, SequenceEnd.END_FLAG, now, sequence.source.size() + 1);
      return;
    }
    if (sequence == null) {
      sequence = new Running(now, byTime.floorEntry(now).getValue());
      running.put(key, sequence);
    }
    Vocabulary vocabulary = sequence.served.model().config().vocabulary();
    int id = vocabulary.id(event.getToken());
    sequence.source.add(id < 0 ? vocabulary.unknownId() : id);
    sequence.lastMs = now;
    if (event.getEnd()) {
      end(key, SequenceEnd.END_FLAG, now, sequence.source.size());
    } else if (sequence.source.size() >= maximumLength) {
      end(key, SequenceEnd.MAXIMUM_LENGTH, now, sequence.source.size());
    }
  }

  /** Event time has come so far without further events. */
  public void silence(long nowMs) {
    for (String key : List.copyOf(running.keySet())) {
      silence(key, nowMs);
    }
  }

  private void silence(String key, long nowMs) {
    Running sequence = running.get(key);
    if (sequence != null && nowMs - sequence.lastMs > gapMs) {
      end(key, SequenceEnd.INACTIVITY_GAP, sequence.lastMs, sequence.source.size() + 1);
    }
  }

  private void end(String key, SequenceEnd cause, long timestampMs, long step) {
    Running sequence = running.remove(key);
    Seq2SeqModel model = sequence.served.model();
    int[] source = sequence.source.stream().mapToInt(id -> id).toArray();
    DecodingOptions options = model.options(beamWidth).withNBest(answers);
    List<Hypothesis> hypotheses = new ArrayList<>();
    model
        .newDecoder(beamWidth)
        .decode(List.of(model.encodeWhole(source)), options)
        .get(0)
        .forEach(
            answer -> {
              List<String> tokens = new ArrayList<>();
              for (int id : answer.tokens()) {
                tokens.add(model.config().encoderDecoder().targetVocabulary().token(id));
              }
              hypotheses.add(new Hypothesis(tokens, answer.normalizedScore(), null));
            });
    produced++;
    inferences
        .computeIfAbsent(key, k -> new ArrayList<>())
        .add(
            new Inference(
                key,
                timestampMs,
                sequence.startMs,
                step,
                model.config().modelId(),
                sequence.served.revision(),
                new Transduction(hypotheses),
                cause));
  }

  /** Inferences by key, each key's in order. */
  public Map<String, List<Inference>> inferences() {
    return inferences;
  }

  /** How many inferences there are. */
  public int produced() {
    return produced;
  }
}
