package dev.carryover.training.data;

import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.List;
import java.util.Objects;

/**
 * All that a model is trained on: sequences, split in two, and what their numbers mean.
 *
 * <p>Immutable and safe to share between threads, as long as nobody changes the arrays of its
 * sequences.
 */
public final class TrainingData {
  private final Task task;
  private final Vocabulary vocabulary;
  private final FeatureSchema features;
  private final List<String> labels;
  private final int valueCount;
  private final boolean continuous;
  private final List<TrainingSequence> training;
  private final List<TrainingSequence> validation;
  private final String digest;

  private TrainingData(Builder builder) {
    task = Objects.requireNonNull(builder.task, "task");
    vocabulary = builder.vocabulary;
    features = builder.features;
    labels = List.copyOf(builder.labels);
    valueCount = builder.valueCount;
    continuous = builder.continuous;
    training = List.copyOf(builder.training);
    validation = List.copyOf(builder.validation);
    digest = Objects.requireNonNull(builder.digest, "digest");
    if ((vocabulary == null) == (features == null)) {
      throw new IllegalArgumentException(
          "the data has %s; give it one of them"
              .formatted(
                  features == null
                      ? "neither a vocabulary nor features"
                      : "both a vocabulary and features"));
    }
    if (training.isEmpty()) {
      throw new IllegalArgumentException(
          "the data has 0 training sequences and "
              + validation.size()
              + " of validation; give it at least 1 to train on");
    }
    for (List<TrainingSequence> part : List.of(training, validation)) {
      for (TrainingSequence sequence : part) {
        check(sequence);
      }
    }
  }

  private void check(TrainingSequence sequence) {
    if (sequence.tokenInput() != (vocabulary != null)) {
      throw new IllegalArgumentException(
          "%s does not fit data of %s; every sequence of a data set has one kind of input"
              .formatted(sequence, vocabulary != null ? "tokens" : "features"));
    }
    boolean labelled = task == Task.CLASSIFY || task == Task.LABEL;
    if (labelled && sequence.labels() == null) {
      throw new IllegalArgumentException(
          "%s has no label, and the task is %s; give every sequence one".formatted(sequence, task));
    }
    if (task == Task.REGRESS && sequence.values() == null) {
      throw new IllegalArgumentException(
          sequence + " has no values, and the task is regress; give every sequence some");
    }
  }

  /** A builder of data without labels, values or validation sequences. */
  public static Builder builder() {
    return new Builder();
  }

  /** What a model is to say of the sequences. */
  public Task task() {
    return task;
  }

  /** What token ids mean, or {@code null} when the input is features. */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /**
   * The names, means and scales of the features, or {@code null} when the input is tokens. The
   * sequences hold the features as they came; a model reads them normalized.
   */
  public FeatureSchema features() {
    return features;
  }

  /** What label indices mean; empty for tasks without labels. */
  public List<String> labels() {
    return labels;
  }

  /** The number of values to be predicted, {@code O} of a regression; 0 for other tasks. */
  public int valueCount() {
    return valueCount;
  }

  /**
   * Whether the sequences are pieces of one long stream, such as the characters of a text: state is
   * carried from window to window, and there is neither begin nor end.
   */
  public boolean continuous() {
    return continuous;
  }

  /** The sequences to learn from; at least one. */
  public List<TrainingSequence> training() {
    return training;
  }

  /** The sequences held back; may be empty. */
  public List<TrainingSequence> validation() {
    return validation;
  }

  /** SHA-256 of the input's bytes in lower-case hexadecimal. */
  public String digest() {
    return digest;
  }

  @Override
  public String toString() {
    return "%s, %,d training and %,d validation sequences of %s"
        .formatted(
            task,
            training.size(),
            validation.size(),
            vocabulary == null ? features : "a vocabulary of " + vocabulary.size());
  }

  /** Builds {@link TrainingData}. Not thread-safe. */
  public static final class Builder {
    private Task task;
    private Vocabulary vocabulary;
    private FeatureSchema features;
    private List<String> labels = List.of();
    private int valueCount;
    private boolean continuous;
    private List<TrainingSequence> training = List.of();
    private List<TrainingSequence> validation = List.of();
    private String digest = "";

    private Builder() {}

    /** What a model is to say of the sequences. */
    public Builder task(Task task) {
      this.task = task;
      return this;
    }

    /** What token ids mean; excludes {@link #features}. */
    public Builder vocabulary(Vocabulary vocabulary) {
      this.vocabulary = vocabulary;
      return this;
    }

    /** What the features are; excludes {@link #vocabulary}. */
    public Builder features(FeatureSchema features) {
      this.features = features;
      return this;
    }

    /** What label indices mean. */
    public Builder labels(List<String> labels) {
      this.labels = labels;
      return this;
    }

    /** The number of values to be predicted. */
    public Builder valueCount(int valueCount) {
      this.valueCount = valueCount;
      return this;
    }

    /** Whether the sequences are pieces of one stream. */
    public Builder continuous(boolean continuous) {
      this.continuous = continuous;
      return this;
    }

    /** The sequences to learn from. */
    public Builder training(List<TrainingSequence> training) {
      this.training = training;
      return this;
    }

    /** The sequences held back. */
    public Builder validation(List<TrainingSequence> validation) {
      this.validation = validation;
      return this;
    }

    /** SHA-256 of the input's bytes in lower-case hexadecimal. */
    public Builder digest(String digest) {
      this.digest = digest;
      return this;
    }

    /**
     * The data.
     *
     * @throws IllegalArgumentException when there is no training sequence, or a sequence has
     *     another kind of input than the data, or lacks what the task learns
     */
    public TrainingData build() {
      return new TrainingData(this);
    }
  }
}
