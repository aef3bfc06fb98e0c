package dev.carryover.job.source;

import static dev.carryover.job.source.TestingRecords.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.source.BadRecords.Case;
import dev.carryover.job.source.BadRecords.Format;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BadRecordsTest {
  @TempDir Path folder;

  static List<Case> cases() {
    return BadRecords.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void badRecordIsRejectedForItsReasonAndKeptWhole(Case bad) throws Exception {
    byte[] key = copy(bad.recordKey());
    byte[] value = copy(bad.recordValue());

    StreamEvent event =
        deserializer(bad.format(), folder)
            .decode(record(bad.recordKey(), bad.recordValue(), bad.recordTimestampMs()));

    assertThat(event.rejection()).as(event.detail()).isEqualTo(bad.reason());
    assertThat(event.recordKey()).isEqualTo(key);
    assertThat(event.recordValue()).isEqualTo(value);
    assertThat(event.topic()).isEqualTo("events");
    assertThat(event.partition()).isEqualTo(3);
    assertThat(event.offset()).isEqualTo(17);
    assertThat(event.recordTimestampMs())
        .isEqualTo(
            bad.recordTimestampMs() < 0 ? StreamEvent.NO_TIMESTAMP : bad.recordTimestampMs());
    assertThat(event.detail())
        .as("what, where and what to do")
        .startsWith("events-3@17: ")
        .matches("(?s).+: .+; .+; .+")
        .doesNotContain("made the decoder fail")
        .hasSizeLessThan(1100);
  }

  @Test
  void thereAreFarMoreThanAHundredKindsAndNoneTwice() {
    Map<String, Long> names =
        BadRecords.all().stream()
            .collect(Collectors.groupingBy(Case::toString, Collectors.counting()));

    assertThat(names).hasSizeGreaterThan(200);
    assertThat(names.values()).containsOnly(1L);
  }

  @Test
  void everyReasonThatIsFoundWhileDecodingOccurs() {
    Set<RejectReason> reasons =
        BadRecords.all().stream().map(Case::reason).collect(Collectors.toSet());

    assertThat(reasons)
        .isEqualTo(EnumSet.range(RejectReason.MISSING_VALUE, RejectReason.NON_FINITE_FEATURE));
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void goodRecordBecomesItsEvent(Format format) throws Exception {
    byte[] value = format.good();

    StreamEvent event = deserializer(format, folder).decode(record(null, value, BadRecords.NOW_MS));

    assertThat(event.detail()).isNull();
    assertThat(event.isRejected()).isFalse();
    assertThat(event)
        .isEqualTo(
            StreamEvent.builder()
                .key("user-1")
                .timestampMs(BadRecords.NOW_MS)
                .token("home")
                .sequence(5)
                .features(1.5f, 2)
                .end(true)
                .origin("events", 3, 17)
                .recordTimestampMs(BadRecords.NOW_MS)
                .record(null, value)
                .build());
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void goodRecordAfterEveryBadOneIsStillGood(Format format) throws Exception {
    EventDeserializer deserializer = deserializer(format, folder);
    for (Case bad : format.cases()) {
      deserializer.decode(record(bad.recordKey(), bad.recordValue(), bad.recordTimestampMs()));

      StreamEvent event = deserializer.decode(record(null, format.good(), BadRecords.NOW_MS));

      assertThat(event.rejection()).as("after %s", bad).isNull();
      assertThat(event.features()).as("after %s", bad).containsExactly(1.5f, 2f);
    }
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void damagedRecordNeverStopsTheJob(Format format) throws Exception {
    long seed = 20_260_101L;
    Random random = new Random(seed);
    EventDeserializer deserializer = deserializer(format, folder);
    byte[] good = format.good();
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = good.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      if (random.nextInt(4) == 0) {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length + 8));
      }
      byte[] copy = damaged.clone();

      StreamEvent event = deserializer.decode(record(null, damaged, BadRecords.NOW_MS));

      assertThat(event.recordValue()).as("seed=%d, record %d", seed, i).isEqualTo(copy);
      assertThat(String.valueOf(event.detail()))
          .as("seed=%d, record %d", seed, i)
          .doesNotContain("made the decoder fail");
    }
  }

  private static EventDeserializer deserializer(Format format, Path folder) throws Exception {
    return TestingRecords.deserializer(format.options(folder));
  }

  private static byte[] copy(byte[] bytes) {
    return bytes == null ? null : bytes.clone();
  }
}
