package dev.carryover.tests.bench.section;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How a section is to run.
 *
 * @param quick a glance, not a result: fewer sizes, once
 * @param rounds how often all is gone through, or 0 for what the section thinks right
 * @param options what was set for this section, by the names of {@link Section#options}
 */
public record BenchSettings(boolean quick, int rounds, Map<String, String> options) {
  /** Checks the rounds and copies the options. */
  public BenchSettings {
    if (rounds < 0) {
      throw new IllegalArgumentException(
          "rounds is %d; give 1 or more, or 0 for the section's own number".formatted(rounds));
    }
    options = Map.copyOf(options);
  }

  /** Quick or not, with nothing set. */
  public static BenchSettings of(boolean quick) {
    return new BenchSettings(quick, 0, Map.of());
  }

  /** How often all is gone through, where the section thinks {@code usual} right. */
  public int roundsOr(int usual) {
    return rounds > 0 ? rounds : usual;
  }

  /** What was set, or what is usual. */
  public String text(SectionOption option) {
    return options.getOrDefault(option.name(), option.usual());
  }

  /**
   * A whole number.
   *
   * @throws IllegalArgumentException if it is none; the message names option and value
   */
  public long number(SectionOption option) {
    return parse(option, text(option), "a whole number", Long::parseLong);
  }

  /**
   * Whole numbers between commas.
   *
   * @throws IllegalArgumentException if one is none; the message names option and value
   */
  public List<Integer> numbers(SectionOption option) {
    return list(option, "whole numbers between commas", Integer::parseInt);
  }

  /**
   * Values between commas.
   *
   * @param allowed what they are, for the message
   * @param parser from one value; an IllegalArgumentException refuses it
   * @throws IllegalArgumentException if one is refused; the message names option and value
   */
  public <T> List<T> list(SectionOption option, String allowed, Function<String, T> parser) {
    List<T> values = new ArrayList<>();
    for (String part : text(option).split(",")) {
      values.add(parse(option, part.strip(), allowed, parser));
    }
    return values;
  }

  private static <T> T parse(
      SectionOption option, String value, String allowed, Function<String, T> parser) {
    try {
      return parser.apply(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "option %s has '%s'; give %s, such as %s"
              .formatted(option.name(), value, allowed, option.usual()),
          e);
    }
  }
}
