package dev.carryover.training.input;

import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.SpecialTokens;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * How to make data of files or events.
 *
 * <pre>{@code
 * InputOptions options =
 *     InputOptions.builder().format(InputFormat.LINES).task(Task.NEXT_TOKEN).build();
 * TrainingData data = DataReader.read(List.of(Path.of("train.txt")), options);
 * }</pre>
 */
public final class InputOptions {
  /** The special tokens unless said otherwise. */
  public static final SpecialTokens SPECIAL_TOKENS = new SpecialTokens("<bos>", "<eos>", "<unk>");

  private final InputFormat format;
  private final Task task;
  private final boolean keyColumn;
  private final boolean targetColumn;
  private final boolean targetOfEveryStep;
  private final CsvColumns csv;
  private final TimeUnit timeUnit;
  private final Duration gap;
  private final int maximumLength;
  private final int minimumCount;
  private final SpecialTokens specialTokens;
  private final double validationFraction;
  private final long seed;
  private final int maximumLineLength;
  private final long maximumEvents;

  private InputOptions(Builder builder) {
    format = builder.format;
    task = builder.task;
    keyColumn = builder.keyColumn;
    targetColumn = builder.targetColumn;
    targetOfEveryStep =
        builder.targetOfEveryStep == null
            ? task == Task.LABEL || (task == Task.REGRESS && format != InputFormat.LINES)
            : builder.targetOfEveryStep;
    csv = builder.csv;
    timeUnit = builder.timeUnit;
    gap = builder.gap;
    maximumLength = atLeastOne("maximum length", builder.maximumLength);
    minimumCount = atLeastOne("minimum count", builder.minimumCount);
    specialTokens = builder.specialTokens;
    validationFraction = builder.validationFraction;
    seed = builder.seed;
    maximumLineLength = atLeastOne("maximum line length", builder.maximumLineLength);
    maximumEvents = builder.maximumEvents;
    if (!(validationFraction >= 0 && validationFraction < 1)) {
      throw new IllegalArgumentException(
          "the validation fraction is " + validationFraction + "; it is at least 0 and below 1");
    }
    if (gap != null && (gap.isNegative() || gap.isZero())) {
      throw new IllegalArgumentException("the gap is " + gap + "; it is longer than nothing");
    }
    if (maximumEvents < 1) {
      throw new IllegalArgumentException("maximum events is " + maximumEvents + "; at least 1");
    }
    boolean labelled = task == Task.CLASSIFY || task == Task.LABEL || task == Task.REGRESS;
    if (task == Task.REGRESS && format == InputFormat.LINES && targetOfEveryStep) {
      throw new IllegalArgumentException(
          "the task is regress with values of every step, and a line has values of its sequence"
              + " alone; write events or csv");
    }
    if (format == InputFormat.CHARACTERS && task != Task.NEXT_TOKEN) {
      throw new IllegalArgumentException(
          "the task is " + task + " and the input is characters; only next-token reads them");
    }
    boolean targets = format == InputFormat.CSV ? !csv.targets().isEmpty() : targetColumn;
    if (labelled && !targets) {
      throw new IllegalArgumentException(
          "the task is %s and the %s have no target column; say which column holds the targets"
              .formatted(task, format));
    }
  }

  private static int atLeastOne(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("the " + what + " is " + value + "; it is at least 1");
    }
    return value;
  }

  /** A builder for lines of tokens and the task next-token, a tenth held back. */
  public static Builder builder() {
    return new Builder();
  }

  /** How sequences lie in the files. */
  public InputFormat format() {
    return format;
  }

  /** What the model is to say of them. */
  public Task task() {
    return task;
  }

  /** Whether a line of {@link InputFormat#LINES} begins with its key. */
  public boolean keyColumn() {
    return keyColumn;
  }

  /** Whether a line ends with its label or values. */
  public boolean targetColumn() {
    return targetColumn;
  }

  /** Whether every step has its own label or values; otherwise those of the last event count. */
  public boolean targetOfEveryStep() {
    return targetOfEveryStep;
  }

  /** Whether the input is one stream, which is split in time and not by key. */
  public boolean continuous() {
    return format == InputFormat.CHARACTERS || (format == InputFormat.CSV && csv.key() == null);
  }

  /** The columns of {@link InputFormat#CSV}. */
  public CsvColumns csv() {
    return csv;
  }

  /** The unit of times that are numbers. */
  public TimeUnit timeUnit() {
    return timeUnit;
  }

  /** The inactivity after which a key begins a new sequence, or {@code null} for none. */
  public Duration gap() {
    return gap;
  }

  /** The events after which a key begins a new sequence. */
  public int maximumLength() {
    return maximumLength;
  }

  /** How often a token occurs in the training data at least, to be in the vocabulary. */
  public int minimumCount() {
    return minimumCount;
  }

  /** The special tokens of a next-token model; others have its unknown token alone. */
  public SpecialTokens specialTokens() {
    return specialTokens;
  }

  /** The share of keys, or of a stream's end, that is held back. */
  public double validationFraction() {
    return validationFraction;
  }

  /** Decides which keys are held back. */
  public long seed() {
    return seed;
  }

  /** The most characters of a line. */
  public int maximumLineLength() {
    return maximumLineLength;
  }

  /** The most events of all files together: bounds the memory. */
  public long maximumEvents() {
    return maximumEvents;
  }

  /** Builds {@link InputOptions}. Not thread-safe. */
  public static final class Builder {
    private InputFormat format = InputFormat.LINES;
    private Task task = Task.NEXT_TOKEN;
    private boolean keyColumn;
    private boolean targetColumn;
    private Boolean targetOfEveryStep;
    private CsvColumns csv = CsvColumns.ALL_FEATURES;
    private TimeUnit timeUnit = TimeUnit.SECONDS;
    private Duration gap;
    private int maximumLength = Integer.MAX_VALUE;
    private int minimumCount = 1;
    private SpecialTokens specialTokens = SPECIAL_TOKENS;
    private double validationFraction = 0.1;
    private long seed = 1;
    private int maximumLineLength = 1 << 24;
    private long maximumEvents = 200_000_000;

    private Builder() {}

    /** How sequences lie in the files. */
    public Builder format(InputFormat format) {
      this.format = Objects.requireNonNull(format);
      return this;
    }

    /** What the model is to say of them. */
    public Builder task(Task task) {
      this.task = Objects.requireNonNull(task);
      return this;
    }

    /** Whether a line of {@link InputFormat#LINES} begins with its key and a tab. */
    public Builder keyColumn(boolean keyColumn) {
      this.keyColumn = keyColumn;
      return this;
    }

    /** Whether a line ends with a tab and its label or values. */
    public Builder targetColumn(boolean targetColumn) {
      this.targetColumn = targetColumn;
      return this;
    }

    /**
     * Whether every step has its own label or values; without a word, those of label do, and those
     * of a regression unless a line is a whole sequence.
     */
    public Builder targetOfEveryStep(boolean targetOfEveryStep) {
      this.targetOfEveryStep = targetOfEveryStep;
      return this;
    }

    /** The columns of {@link InputFormat#CSV}. */
    public Builder csv(CsvColumns csv) {
      this.csv = Objects.requireNonNull(csv);
      return this;
    }

    /** The unit of times that are numbers; seconds unless said otherwise. */
    public Builder timeUnit(TimeUnit timeUnit) {
      this.timeUnit = Objects.requireNonNull(timeUnit);
      return this;
    }

    /** The inactivity after which a key begins a new sequence, or {@code null} for none. */
    public Builder gap(Duration gap) {
      this.gap = gap;
      return this;
    }

    /** The events after which a key begins a new sequence. */
    public Builder maximumLength(int maximumLength) {
      this.maximumLength = maximumLength;
      return this;
    }

    /** How often a token occurs in the training data at least, to be in the vocabulary. */
    public Builder minimumCount(int minimumCount) {
      this.minimumCount = minimumCount;
      return this;
    }

    /** The special tokens of a next-token model; others have its unknown token alone. */
    public Builder specialTokens(SpecialTokens specialTokens) {
      this.specialTokens = Objects.requireNonNull(specialTokens);
      return this;
    }

    /** The share of keys, or of a stream's end, that is held back. */
    public Builder validationFraction(double validationFraction) {
      this.validationFraction = validationFraction;
      return this;
    }

    /** Decides which keys are held back. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /** The most characters of a line. */
    public Builder maximumLineLength(int maximumLineLength) {
      this.maximumLineLength = maximumLineLength;
      return this;
    }

    /** The most events of all files together. */
    public Builder maximumEvents(long maximumEvents) {
      this.maximumEvents = maximumEvents;
      return this;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException when a number is out of range, or the task needs targets and
     *     there is no column for them
     */
    public InputOptions build() {
      return new InputOptions(this);
    }
  }
}
