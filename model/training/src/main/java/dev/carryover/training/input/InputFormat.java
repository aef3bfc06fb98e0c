package dev.carryover.training.input;

import java.util.Optional;

/** How sequences lie in a file. */
public enum InputFormat {
  /**
   * One sequence a line, its tokens separated by blanks. With a key column, the line begins with
   * the key and a tab; with a target column, it ends with a tab and the label or the values.
   */
  LINES("lines"),

  /** The characters of a text, one after the other, as one stream. */
  CHARACTERS("characters"),

  /**
   * One event a line, {@code time TAB key TAB token}, of many keys; with a target column, a tab and
   * the label or the values follow.
   */
  EVENTS("events"),

  /** Comma-separated values with a header: features of an event a row. */
  CSV("csv");

  private final String configName;

  InputFormat(String configName) {
    this.configName = configName;
  }

  /** The name under which this format is written in a plan. */
  public String configName() {
    return configName;
  }

  /** The format of a name, empty when there is none of that name. */
  public static Optional<InputFormat> fromConfigName(String name) {
    for (InputFormat format : values()) {
      if (format.configName.equals(name)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return configName;
  }
}
