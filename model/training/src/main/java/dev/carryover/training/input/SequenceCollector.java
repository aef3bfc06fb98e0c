package dev.carryover.training.input;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.vocabulary.SpecialTokens;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Takes events of any source one by one, groups them by key, and makes data of them. Whoever reads
 * events elsewhere, from Avro files or a topic, hands them over here, so that they are grouped,
 * split and numbered as those of files are.
 *
 * <pre>{@code
 * SequenceCollector collector = new SequenceCollector(options);
 * collector.add(InputEvent.ofToken(key, timeMs, token), () -> topic + "-" + partition + "@" + offset);
 * TrainingData data = collector.toTrainingData("topic events", digest);
 * }</pre>
 *
 * <p>A key's sequence ends with an event that says so, with the end token, after the gap, and after
 * the maximum length, as it does in a job. Not thread-safe.
 */
public final class SequenceCollector {
  private final InputOptions options;
  private final Map<String, KeyEvents> keys = new LinkedHashMap<>();
  private final Symbols tokens = new Symbols();
  private final Symbols labels = new Symbols();
  private final long gapMs;
  private List<String> featureNames;
  private int featureCount = KeyEvents.NONE;
  private int valueCount;
  private boolean tokenInput;
  private long events;

  /** A collector that holds nothing. */
  public SequenceCollector(InputOptions options) {
    this.options = options;
    this.gapMs = options.gap() == null ? Long.MAX_VALUE : options.gap().toMillis();
  }

  /** Names the features; without it they are called 0, 1, ... */
  public void featureNames(List<String> names) {
    featureNames = List.copyOf(names);
  }

  /** How many events were taken. */
  public long events() {
    return events;
  }

  /**
   * Takes an event.
   *
   * @param where where it stands, for messages
   * @throws DataException when a feature or value is not finite, there are more or fewer of them
   *     than before, the kind of input is another, or there are more events than allowed
   */
  public void add(InputEvent event, Supplier<String> where) throws DataException {
    if (++events > options.maximumEvents()) {
      throw new DataException(
          "there are more than " + options.maximumEvents() + " events, the most that are taken",
          where.get(),
          "take fewer, or raise the maximum of events");
    }
    SpecialTokens special = options.specialTokens();
    InputEvent taken = event;
    if (event.token() != null) {
      checkKind(true, where);
      if (event.token().equals(special.end())) {
        taken = InputEvent.ofEnd(event.key(), event.timeMs());
      } else if (event.token().equals(special.begin())) {
        throw new DataException(
            "the token '" + event.token() + "' is the begin token, which no event carries",
            where.get(),
            "leave the event out, or give the begin token another name");
      }
    } else if (event.features() != null) {
      checkKind(false, where);
      featureCount = checkNumbers("features", event.features(), featureCount, where);
    }
    if (event.values() != null) {
      valueCount = checkNumbers("values", event.values(), valueCount, where);
    }
    keys.computeIfAbsent(taken.key(), KeyEvents::new)
        .add(
            taken,
            taken.token() == null ? KeyEvents.NONE : tokens.id(taken.token()),
            taken.label() == null ? KeyEvents.NONE : labels.id(taken.label()));
  }

  private void checkKind(boolean token, Supplier<String> where) throws DataException {
    if (featureCount == KeyEvents.NONE) {
      tokenInput = token;
      featureCount = 0;
    } else if (tokenInput != token) {
      throw new DataException(
          "the event brings %s and those before %s"
              .formatted(token ? "a token" : "features", tokenInput ? "tokens" : "features"),
          where.get(),
          "give all events one kind of input");
    }
  }

  private static int checkNumbers(String what, float[] numbers, int before, Supplier<String> where)
      throws DataException {
    if (numbers.length == 0 || (before > 0 && before != numbers.length)) {
      throw new DataException(
          "there are %d %s, and %s"
              .formatted(
                  numbers.length,
                  what,
                  before > 0 ? "there were " + before + " before" : "none is no input"),
          where.get(),
          "give every event the same number of " + what);
    }
    for (int i = 0; i < numbers.length; i++) {
      if (!Float.isFinite(numbers[i])) {
        throw new DataException(
            "number %d of the %s is %s, and only finite numbers can be learned"
                .formatted(i + 1, what, numbers[i]),
            where.get(),
            "leave the event out, or write a number in its place");
      }
    }
    return numbers.length;
  }

  /**
   * Splits, numbers and normalizes what was collected.
   *
   * @param source names the input in messages
   * @param digest SHA-256 of the input's bytes
   * @throws DataException when there is nothing to learn of it
   */
  public TrainingData toTrainingData(String source, String digest) throws DataException {
    return new DataAssembler(options, source, tokens, labels, featureNames())
        .assemble(sequences(), digest, valueCount);
  }

  /**
   * The sequences numbered as a trained model does, for evaluation.
   *
   * @param source names the input in messages
   * @throws DataException when they do not fit the model
   */
  public List<TrainingSequence> toSequences(String source, ModelConfig config)
      throws DataException {
    return new DataAssembler(options, source, tokens, labels, featureNames())
        .numbered(sequences(), config, valueCount);
  }

  private List<String> featureNames() {
    if (tokenInput || featureCount < 1) {
      return List.of();
    }
    if (featureNames != null) {
      return featureNames;
    }
    List<String> numbers = new ArrayList<>();
    for (int i = 0; i < featureCount; i++) {
      numbers.add(Integer.toString(i));
    }
    return numbers;
  }

  /** Cuts the events of every key into sequences. */
  private List<RawSequence> sequences() {
    List<RawSequence> sequences = new ArrayList<>();
    for (KeyEvents key : keys.values()) {
      int[] order = key.order();
      int[] open = new int[Math.min(order.length, 16)];
      int length = 0;
      long last = 0;
      for (int event : order) {
        if (length > 0 && key.time(event) - last > gapMs) {
          sequences.add(RawSequence.of(key, open, length));
          length = 0;
        }
        last = key.time(event);
        if (key.input(event)) {
          open = length == open.length ? Arrays.copyOf(open, length + (length >> 1) + 1) : open;
          open[length++] = event;
        }
        if (length > 0 && (key.end(event) || length == options.maximumLength())) {
          sequences.add(RawSequence.of(key, open, length));
          length = 0;
        }
      }
      if (length > 0) {
        sequences.add(RawSequence.of(key, open, length));
      }
    }
    return sequences;
  }
}
