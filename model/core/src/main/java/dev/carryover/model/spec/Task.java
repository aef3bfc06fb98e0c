package dev.carryover.model.spec;

import java.util.Optional;

/** What a model says about a sequence. */
public enum Task {
  /** How probable each token of the vocabulary is as the next of the sequence. */
  NEXT_TOKEN("next-token"),

  /** Which of a set of labels the sequence up to here has. */
  CLASSIFY("classify"),

  /** Which label each element of a sequence has. */
  LABEL("label"),

  /** Real numbers predicted from the sequence up to here. */
  REGRESS("regress"),

  /** The token sequence that a finished token sequence is transduced into. */
  SEQ2SEQ("seq2seq");

  private final String configName;

  Task(String configName) {
    this.configName = configName;
  }

  /** The name under which this task is written in a config. */
  public String configName() {
    return configName;
  }

  /** Whether what it says is one of a set of labels. */
  public boolean hasLabels() {
    return this == CLASSIFY || this == LABEL;
  }

  /** The task of a config name, empty when there is none of that name. */
  public static Optional<Task> fromConfigName(String name) {
    for (Task task : values()) {
      if (task.configName.equals(name)) {
        return Optional.of(task);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return configName;
  }
}
