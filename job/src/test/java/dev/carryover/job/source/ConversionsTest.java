package dev.carryover.job.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.job.config.JobOptions.TimestampUnit;
import dev.carryover.job.events.RejectReason;
import java.math.BigInteger;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.util.Utf8;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConversionsTest {
  private static final Object SYMBOL =
      new GenericData.EnumSymbol(Schema.createEnum("Page", null, null, List.of("HOME")), "HOME");

  @Test
  void textComesFromTextSymbolsWholeNumbersAndBooleans() throws Exception {
    assertThat(Conversions.text("a", "f")).isEqualTo("a");
    assertThat(Conversions.text(new Utf8("ü"), "f")).isEqualTo("ü");
    assertThat(Conversions.text(SYMBOL, "f")).isEqualTo("HOME");
    assertThat(Conversions.text(-7, "f")).isEqualTo("-7");
    assertThat(Conversions.text(Long.MAX_VALUE, "f")).isEqualTo("9223372036854775807");
    assertThat(Conversions.text(BigInteger.TWO.pow(70), "f")).isEqualTo("1180591620717411303424");
    assertThat(Conversions.text(true, "f")).isEqualTo("true");
  }

  @Test
  void wholeNumberComesFromIntegersAndDigits() throws Exception {
    assertThat(Conversions.wholeNumber(5, "f")).isEqualTo(5);
    assertThat(Conversions.wholeNumber(Long.MIN_VALUE, "f")).isEqualTo(Long.MIN_VALUE);
    assertThat(Conversions.wholeNumber(BigInteger.valueOf(9), "f")).isEqualTo(9);
    assertThat(Conversions.wholeNumber("-42", "f")).isEqualTo(-42);
    assertThat(Conversions.wholeNumber(new Utf8("9223372036854775807"), "f"))
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void flagComesFromBooleansTheirWordsAndOneAndZero() throws Exception {
    for (Object yes : List.of(true, "true", new Utf8("true"), 1, 1L, "1")) {
      assertThat(Conversions.flag(yes, "f")).as("%s", yes).isTrue();
    }
    for (Object no : List.of(false, "false", 0, 0L, "0")) {
      assertThat(Conversions.flag(no, "f")).as("%s", no).isFalse();
    }
  }

  @Test
  void featureComesFromNumbersTheirTextAndBooleans() throws Exception {
    assertThat(Conversions.feature(3, "f")).isEqualTo(3f);
    assertThat(Conversions.feature(0.1, "f")).isEqualTo(0.1f);
    assertThat(Conversions.feature(0.1f, "f")).isEqualTo(0.1f);
    assertThat(Conversions.feature("-1.5e3", "f")).isEqualTo(-1500f);
    assertThat(Conversions.feature(true, "f")).isEqualTo(1f);
    assertThat(Conversions.feature(false, "f")).isZero();
    assertThat(Conversions.feature(1e300, "f")).isInfinite();
    assertThat(Conversions.feature("NaN", "f")).isNaN();
  }

  @ParameterizedTest
  @CsvSource({
    "1767225600, S, 1767225600000",
    "1767225600000, MS, 1767225600000",
    "1767225600000999, US, 1767225600000",
    "1767225600000999999, NS, 1767225600000",
    "-1, MS, -1",
    "-1, US, -1",
    "-1000001, NS, -2",
  })
  void timeIsRoundedDownToMilliseconds(long value, TimestampUnit unit, long expected)
      throws Exception {
    assertThat(Conversions.timestampMs(value, unit, "f")).isEqualTo(expected);
    assertThat(Conversions.timestampMs(String.valueOf(value), unit, "f")).isEqualTo(expected);
    assertThat(Conversions.timestampMs(BigInteger.valueOf(value), unit, "f")).isEqualTo(expected);
  }

  @Test
  void timeMayBeAFraction() throws Exception {
    assertThat(Conversions.timestampMs(1767225600.1239, TimestampUnit.S, "f"))
        .isEqualTo(1767225600123L);
    assertThat(Conversions.timestampMs("1767225600.1239", TimestampUnit.S, "f"))
        .isEqualTo(1767225600123L);
    assertThat(Conversions.timestampMs(1.7672256e12, TimestampUnit.MS, "f"))
        .isEqualTo(1767225600000L);
    assertThat(Conversions.timestampMs(-0.5, TimestampUnit.MS, "f")).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-01T00:00:00Z, 1767225600000",
    "2026-01-01T01:30:00.123456789+01:30, 1767225600123",
    "2025-12-31T19:00-05:00, 1767225600000",
  })
  void isoTimeNeedsItsOffset(String text, long expected) throws Exception {
    assertThat(Conversions.timestampMs(text, TimestampUnit.ISO_8601, "f")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"2026-01-01T00:00:00", "2026-01-01", "noon", "1767225600000", "''"})
  void isoTimeWithoutOffsetIsRefused(String text) {
    assertThatThrownBy(() -> Conversions.timestampMs(text, TimestampUnit.ISO_8601, "at"))
        .isInstanceOf(RejectedRecordException.class)
        .hasMessage(
            "the value is the text \"%s\", ISO-8601 text with an offset, such as ".formatted(text)
                + "2026-01-31T12:00:00Z is needed; field at; send such a value, or map another field");
  }

  @Test
  void timeThatOverflowsIsOutOfRange() {
    for (Object value :
        List.of(Long.MAX_VALUE, "1e300", 1e300, Double.NaN, BigInteger.TEN.pow(300))) {
      assertThatThrownBy(() -> Conversions.timestampMs(value, TimestampUnit.S, "at"))
          .as("%s", value)
          .isInstanceOfSatisfying(
              RejectedRecordException.class,
              e -> assertThat(e.reason()).isEqualTo(RejectReason.TIMESTAMP_OUT_OF_RANGE))
          .hasMessageContaining("events.mapping.timestamp-unit (s)");
    }
  }

  @Test
  void messagesShowNoMoreThanTheBeginningOfAValueAndNoControlCharacters() {
    assertThat(Conversions.describe("a\n\u0007" + "b".repeat(100)))
        .isEqualTo("the text \"a??" + "b".repeat(57) + "...\"");
  }
}
