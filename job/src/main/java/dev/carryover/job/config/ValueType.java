package dev.carryover.job.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.util.TimeUtils;

/**
 * How the text of a value becomes a value of an option, and which texts are allowed.
 *
 * @param allowed what is allowed, to follow "allowed is" in an error and to stand in the table of
 *     options
 * @param parser throws {@link IllegalArgumentException} for what is not allowed; its message is not
 *     shown, because it may quote the value
 * @param formatter the inverse of the parser, for defaults in the table of options
 * @param isList whether a value may be written as a YAML list
 */
record ValueType<T>(
    String allowed, Function<String, T> parser, Function<T, String> formatter, boolean isList) {
  private static final Pattern BEARS_UNIT = Pattern.compile("\\d+\\s*[\\p{L}]+|PT?[0-9A-Z.]+");
  private static final Pattern TOPIC = Pattern.compile("(?!\\.{1,2}$)[a-zA-Z0-9._-]{1,249}");

  private ValueType(String allowed, Function<String, T> parser, Function<T, String> formatter) {
    this(allowed, parser, formatter, false);
  }

  T parse(String text) {
    return parser.apply(text);
  }

  String format(T value) {
    return formatter.apply(value);
  }

  /** The same type for a list: several values, or one line of text separated by commas. */
  static ValueType<List<String>> listOf(ValueType<String> element) {
    return new ValueType<>(
        "a list, each entry " + element.allowed,
        text -> Arrays.stream(text.split(",", -1)).map(String::strip).map(element::parse).toList(),
        list -> String.join(", ", list),
        true);
  }

  static ValueType<String> text(String allowed) {
    return new ValueType<>(
        allowed,
        text -> {
          require(!text.isBlank());
          return text.strip();
        },
        Function.identity());
  }

  static ValueType<String> topic() {
    return new ValueType<>(
        "a topic name: 1 to 249 of the characters a-z A-Z 0-9 . _ -",
        text -> {
          require(TOPIC.matcher(text).matches());
          return text;
        },
        Function.identity());
  }

  static ValueType<Integer> wholeNumber(int minimum, int maximum) {
    return new ValueType<>(
        "a whole number from " + minimum + " to " + maximum,
        text -> {
          int value = Integer.parseInt(text);
          require(minimum <= value && value <= maximum);
          return value;
        },
        String::valueOf);
  }

  static ValueType<Long> positiveNumber() {
    return new ValueType<>(
        "a whole number of at least 1",
        text -> {
          long value = Long.parseLong(text);
          require(value >= 1);
          return value;
        },
        String::valueOf);
  }

  static ValueType<Double> decimal(double minimum) {
    return new ValueType<>(
        "a finite number of at least " + minimum,
        text -> {
          double value = Double.parseDouble(text);
          require(Double.isFinite(value) && value >= minimum);
          return value;
        },
        String::valueOf);
  }

  static ValueType<Boolean> flag() {
    return new ValueType<>(
        "true or false",
        text -> {
          require(text.equals("true") || text.equals("false"));
          return Boolean.valueOf(text);
        },
        String::valueOf);
  }

  /** A duration with its unit: a bare number is refused, since nobody can see what it counts. */
  static ValueType<Duration> duration(Duration minimum, Duration maximum) {
    return new ValueType<>(
        "a duration with its unit (ms, s, min, h, d) from %s to %s"
            .formatted(durationText(minimum), durationText(maximum)),
        text -> {
          require(BEARS_UNIT.matcher(text).matches());
          Duration value = TimeUtils.parseDuration(text);
          require(value.compareTo(minimum) >= 0);
          require(value.compareTo(maximum) <= 0);
          return value;
        },
        ValueType::durationText);
  }

  static ValueType<MemorySize> size(MemorySize minimum, MemorySize maximum) {
    return new ValueType<>(
        "a size with its unit (b, kb, mb, gb) from " + minimum + " to " + maximum,
        text -> {
          require(BEARS_UNIT.matcher(text).matches());
          MemorySize value = MemorySize.parse(text);
          require(value.compareTo(minimum) >= 0 && value.compareTo(maximum) <= 0);
          return value;
        },
        MemorySize::toString);
  }

  /** One of the given constants, written in lower case with hyphens. */
  static <E extends Enum<E>> ValueType<E> oneOf(List<E> allowed) {
    return new ValueType<>(
        "one of " + allowed.stream().map(ValueType::configName).collect(Collectors.joining(", ")),
        text ->
            allowed.stream()
                .filter(constant -> configName(constant).equals(text))
                .findFirst()
                .orElseThrow(IllegalArgumentException::new),
        ValueType::configName);
  }

  static String configName(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static String durationText(Duration duration) {
    return duration.isZero() ? "0 s" : TimeUtils.formatWithHighestUnit(duration);
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw new IllegalArgumentException();
    }
  }
}
