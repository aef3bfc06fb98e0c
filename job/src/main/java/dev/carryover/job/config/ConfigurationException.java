package dev.carryover.job.config;

import java.util.List;

/**
 * Thrown when a configuration is refused. The message has one line for every problem: where, which
 * key, which value, and what is allowed. It never holds a secret.
 */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  private final List<String> problems;

  /** Refuses a configuration for one or more problems, one line each. */
  ConfigurationException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
    this.problems = List.copyOf(problems);
  }

  /** Refuses a configuration for one problem. */
  public ConfigurationException(String problem) {
    this(List.of(problem));
  }

  /** Every problem that was found, one line each, in the order of the file. */
  public List<String> problems() {
    return problems;
  }
}
