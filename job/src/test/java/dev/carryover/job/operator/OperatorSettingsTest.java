package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.serving.OperatorSettings.NONE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.OperatorSettings.Emission;
import dev.carryover.job.serving.OperatorSettings.Transduction;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OperatorSettingsTest {
  private static OperatorSettings of(String... keysAndValues) throws ConfigurationException {
    Map<String, String> values =
        new HashMap<>(
            Map.of(
                "job.name", "test",
                "kafka.bootstrap-servers", "localhost:9092",
                "events.topics", "events",
                "model.path", "model.safetensors",
                "inferences.topic", "inferences",
                "dead-letters.topic", "dead"));
    for (int i = 0; i < keysAndValues.length; i += 2) {
      values.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return OperatorSettings.from(JobConfiguration.of(values));
  }

  @Test
  void whatIsNotConfiguredHasTheDefaultsOfTheOptions() throws Exception {
    assertThat(of())
        .isEqualTo(
            new OperatorSettings(
                256,
                5,
                false,
                10_000,
                false,
                NONE,
                NONE,
                7L * 24 * 3600 * 1000,
                true,
                NONE,
                Emission.BY_TASK,
                3,
                0,
                NONE,
                Double.NaN,
                new Transduction(4, 1, 0, 0f, false, 1000, false, 5_000_000, 256)));
  }

  @Test
  void everyOptionArrives() throws Exception {
    assertThat(
            of(
                "batch.size", "7",
                "batch.linger", "9 ms",
                "ordering.mode", "event-time",
                "ordering.max-buffered-events", "11",
                "late.topic", "late",
                "deduplication", "true",
                "sequence.gap", "13 s",
                "sequence.maximum-length", "17",
                "sequence.expire-after", "19 s",
                "events.unknown-token", "dead-letter",
                "state.cache-size", "3 mb",
                "inferences.emit", "sequence-end",
                "inferences.expected", "4",
                "inferences.next", "2",
                "alerts.topic", "alerts",
                "alerts.rank", "23",
                "alerts.surprisal", "2.5",
                "transduction.beam-width", "6",
                "transduction.n-best", "3",
                "transduction.maximum-length", "40",
                "transduction.length-penalty", "0.5",
                "transduction.attention", "true",
                "transduction.maximum-source-length", "50",
                "transduction.beyond", "dead-letter",
                "transduction.slice", "2 ms",
                "transduction.maximum-pending", "9"))
        .isEqualTo(
            new OperatorSettings(
                7,
                9,
                true,
                11,
                true,
                13_000,
                17,
                19_000,
                false,
                3 << 20,
                Emission.SEQUENCE_END,
                4,
                2,
                23,
                2.5,
                new Transduction(6, 3, 40, 0.5f, true, 50, true, 2_000_000, 9)));
  }

  @Test
  void theSlotsOfAProcessShareAnEighthOfItsHeapForTheirCaches() throws Exception {
    long heap = Runtime.getRuntime().maxMemory();
    assertThat(of().cacheBytes(1)).isEqualTo(heap / 8);
    assertThat(of().cacheBytes(4)).isEqualTo(heap / 8 / 4);
  }

  @Test
  void aSizeOfTheCacheIsThatOfEverySubtask() throws Exception {
    assertThat(of("state.cache-size", "3 mb").cacheBytes(4)).isEqualTo(3 << 20);
    assertThat(of("state.cache-size", "0 b").cacheBytes(4)).isZero();
  }

  @Test
  void anExpiryOfZeroIsNever() throws Exception {
    assertThat(of("sequence.expire-after", "0 s").expireAfterMs()).isEqualTo(NONE);
  }

  @Test
  void anEventAtExactlyTheGapStillBelongsToTheSequence() {
    OperatorSettings settings = settings().gapMs(10).expireAfterMs(50).build();
    assertThat(settings.deadline(100, true)).isEqualTo(111);
    assertThat(settings.deadline(100, false)).isEqualTo(151);
  }

  @Test
  void aDeadlineBeyondTheEndOfTimeIsNone() {
    assertThat(settings().build().deadline(100, true)).isEqualTo(NONE);
    assertThat(settings().gapMs(10).build().deadline(Long.MAX_VALUE - 5, true)).isEqualTo(NONE);
  }
}
