package dev.carryover.model.vocabulary;

/** What becomes of a token that the vocabulary does not hold. */
public enum UnknownTokenPolicy {
  /** It is read as the vocabulary's unknown token; without one it is refused. */
  MAP("map"),

  /** It is refused even where the vocabulary has an unknown token. */
  DEAD_LETTER("dead-letter");

  private final String configName;

  UnknownTokenPolicy(String configName) {
    this.configName = configName;
  }

  /** The name under which this policy is written in configuration files. */
  public String configName() {
    return configName;
  }

  @Override
  public String toString() {
    return configName;
  }
}
