package dev.carryover.job.source;

import dev.carryover.job.config.JobOptions.TimestampUnit;
import dev.carryover.job.events.RejectReason;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericFixed;

/**
 * What the values of users' records become in an event.
 *
 * <table>
 * <caption>Conversions; what is not listed is rejected as WRONG_TYPE</caption>
 * <tr><th></th><th>text, enum</th><th>whole number</th><th>fraction</th><th>boolean</th></tr>
 * <tr><td>key, token</td><td>as it is</td><td>its digits</td><td></td><td>true, false</td></tr>
 * <tr><td>time, by unit</td><td>a number in text</td><td>yes</td><td>rounded down to ms</td><td></td></tr>
 * <tr><td>time, iso-8601</td><td>with an offset</td><td></td><td></td><td></td></tr>
 * <tr><td>sequence</td><td>a number in text</td><td>yes</td><td></td><td></td></tr>
 * <tr><td>end</td><td>true, false</td><td>1, 0</td><td></td><td>yes</td></tr>
 * <tr><td>feature</td><td>a number in text</td><td>yes</td><td>yes</td><td>1, 0</td></tr>
 * </table>
 */
final class Conversions {
  private static final int SHOWN_CHARACTERS = 60;

  /** A number of more digits or a greater exponent is no time, whatever it counts. */
  private static final int MAX_TIME_DIGITS = 60;

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?\\d{1,400}(\\.\\d{1,400})?([eE][+-]?\\d{1,3})?");
  private static final BigInteger MAX_LONG = BigInteger.valueOf(Long.MAX_VALUE);
  private static final BigInteger MIN_LONG = BigInteger.valueOf(Long.MIN_VALUE);

  private Conversions() {}

  /** Stands for a value that has parts where a plain one is needed. */
  enum Composite {
    LIST,
    OBJECT
  }

  static String text(Object value, String field) throws RejectedRecordException {
    if (isText(value) || value instanceof Boolean || isWhole(value)) {
      return value.toString();
    }
    throw wrongType(value, "text or a whole number", field);
  }

  static long wholeNumber(Object value, String field) throws RejectedRecordException {
    if (value instanceof Long || value instanceof Integer) {
      return ((Number) value).longValue();
    }
    BigInteger whole = null;
    if (value instanceof BigInteger big) {
      whole = big;
    } else if (isText(value) && value.toString().matches("[+-]?\\d{1,20}")) {
      whole = new BigInteger(value.toString());
    }
    if (whole == null || whole.compareTo(MAX_LONG) > 0 || whole.compareTo(MIN_LONG) < 0) {
      throw wrongType(value, "a whole number of 64 bits", field);
    }
    return whole.longValue();
  }

  static boolean flag(Object value, String field) throws RejectedRecordException {
    if (value instanceof Boolean flag) {
      return flag;
    }
    if (isText(value) || isWhole(value)) {
      switch (value.toString()) {
        case "true", "1" -> {
          return true;
        }
        case "false", "0" -> {
          return false;
        }
        default -> {}
      }
    }
    throw wrongType(value, "true or false", field);
  }

  /**
   * Converts to a float, which may not be finite: that is checked for every format in one place.
   */
  static float feature(Object value, String field) throws RejectedRecordException {
    if (value instanceof Number number) {
      return number.floatValue();
    }
    if (value instanceof Boolean flag) {
      return flag ? 1f : 0f;
    }
    if (isText(value)) {
      String text = value.toString();
      if (NUMBER.matcher(text).matches()
          || text.equals("NaN")
          || text.equals("Infinity")
          || text.equals("-Infinity")) {
        return Float.parseFloat(text);
      }
    }
    throw wrongType(value, "a number", field);
  }

  static long timestampMs(Object value, TimestampUnit unit, String field)
      throws RejectedRecordException {
    if (unit == TimestampUnit.ISO_8601) {
      return isoTimestampMs(value, field);
    }
    if (value instanceof Long || value instanceof Integer) {
      long number = ((Number) value).longValue();
      switch (unit) {
        case MS:
          return number;
        case US:
          return Math.floorDiv(number, 1_000L);
        case NS:
          return Math.floorDiv(number, 1_000_000L);
        default: // seconds may overflow
      }
    }
    BigDecimal number = number(value, unit, field);
    if (Math.abs((long) number.precision() - number.scale()) > MAX_TIME_DIGITS
        || number.precision() > MAX_TIME_DIGITS) {
      throw outOfRange(value, unit, field);
    }
    int shift =
        switch (unit) {
          case S -> 3;
          case MS -> 0;
          case US -> -3;
          default -> -6;
        };
    BigInteger millis =
        number.scaleByPowerOfTen(shift).setScale(0, RoundingMode.FLOOR).toBigInteger();
    if (millis.bitLength() > 63) {
      throw outOfRange(value, unit, field);
    }
    return millis.longValue();
  }

  private static BigDecimal number(Object value, TimestampUnit unit, String field)
      throws RejectedRecordException {
    if (value instanceof BigInteger big) {
      return new BigDecimal(big);
    }
    if (value instanceof Long || value instanceof Integer) {
      return BigDecimal.valueOf(((Number) value).longValue());
    }
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      if (Double.isFinite(number)) {
        return BigDecimal.valueOf(number);
      }
      throw outOfRange(value, unit, field);
    }
    if (isText(value) && NUMBER.matcher(value.toString()).matches()) {
      return new BigDecimal(value.toString());
    }
    throw wrongType(value, "a number of " + name(unit) + " since 1970", field);
  }

  private static long isoTimestampMs(Object value, String field) throws RejectedRecordException {
    if (isText(value)) {
      try {
        Instant instant = OffsetDateTime.parse(value.toString()).toInstant();
        return instant.toEpochMilli();
      } catch (DateTimeException e) {
        // told below
      } catch (ArithmeticException e) {
        throw outOfRange(value, TimestampUnit.ISO_8601, field);
      }
    }
    throw wrongType(value, "ISO-8601 text with an offset, such as 2026-01-31T12:00:00Z", field);
  }

  private static String name(TimestampUnit unit) {
    return unit.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static boolean isText(Object value) {
    return value instanceof CharSequence || value instanceof GenericEnumSymbol;
  }

  private static boolean isWhole(Object value) {
    return value instanceof Long || value instanceof Integer || value instanceof BigInteger;
  }

  static RejectedRecordException wrongType(Object value, String needed, String field) {
    return new RejectedRecordException(
        RejectReason.WRONG_TYPE,
        "the value is " + describe(value) + ", " + needed + " is needed",
        "field " + field,
        "send such a value, or map another field");
  }

  private static RejectedRecordException outOfRange(
      Object value, TimestampUnit unit, String field) {
    return new RejectedRecordException(
        RejectReason.TIMESTAMP_OUT_OF_RANGE,
        "the time is " + describe(value) + ", which overflows milliseconds in 64 bits",
        "field " + field,
        "correct the producer, or events.mapping.timestamp-unit (" + name(unit) + ")");
  }

  /** The kind and the value, short enough for a message. */
  static String describe(Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof Composite composite) {
      return composite == Composite.LIST ? "a list" : "an object";
    }
    if (isText(value)) {
      return "the text " + quote(value.toString());
    }
    if (value instanceof Number || value instanceof Boolean) {
      return shorten(value.toString());
    }
    if (value instanceof Iterable) {
      return "a list";
    }
    if (value instanceof ByteBuffer || value instanceof GenericFixed) {
      return "bytes";
    }
    return "an object";
  }

  static String quote(String text) {
    return '"' + shorten(text).replaceAll("\\p{Cntrl}", "?") + '"';
  }

  private static String shorten(String text) {
    return text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + "...";
  }
}
