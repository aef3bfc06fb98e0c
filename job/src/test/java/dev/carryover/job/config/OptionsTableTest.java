package dev.carryover.job.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;

/**
 * Keeps {@code OPTIONS.md} and the code together. To write the page anew: {@code mvn -pl job test
 * -Dtest=OptionsTableTest -Dcarryover.options.write=true}.
 */
class OptionsTableTest {
  private static final Path PAGE = Path.of("OPTIONS.md");

  @Test
  void pageSaysWhatTheCodeSays() throws Exception {
    if (Boolean.getBoolean("carryover.options.write")) {
      Files.writeString(PAGE, OptionsTable.markdown());
    }

    assertThat(PAGE)
        .as("write it anew with -Dcarryover.options.write=true")
        .hasContent(OptionsTable.markdown());
  }

  @Test
  void keysArePinned() {
    assertThat(JobOptions.all().stream().map(ConfigOption::key))
        .containsExactly(
            "job.name",
            "parallelism",
            "kafka.bootstrap-servers",
            "events.topics",
            "events.group-id",
            "events.start",
            "events.format",
            "events.max-record-size",
            "events.max-key-length",
            "events.max-out-of-orderness",
            "events.idle-timeout",
            "events.max-time-ahead",
            "events.unknown-token",
            "events.mapping.key",
            "events.mapping.timestamp",
            "events.mapping.timestamp-unit",
            "events.mapping.token",
            "events.mapping.features",
            "events.mapping.sequence",
            "events.mapping.end",
            "events.avro.schema",
            "events.avro.framing",
            "ordering.mode",
            "ordering.max-buffered-events",
            "deduplication",
            "sequence.gap",
            "sequence.maximum-length",
            "sequence.expire-after",
            "state.backend",
            "state.cache-size",
            "batch.size",
            "batch.linger",
            "model.path",
            "model.revision",
            "model.kernels",
            "model.weights",
            "model.weight-tolerance",
            "models.topic",
            "models.status-topic",
            "models.public-key",
            "models.allowed-locations",
            "models.maximum-size",
            "models.load-timeout",
            "models.maximum-resident",
            "models.replay-length",
            "models.missing",
            "inferences.topic",
            "inferences.expected",
            "inferences.next",
            "inferences.emit",
            "transduction.beam-width",
            "transduction.n-best",
            "transduction.maximum-length",
            "transduction.length-penalty",
            "transduction.attention",
            "transduction.maximum-source-length",
            "transduction.beyond",
            "transduction.slice",
            "transduction.maximum-pending",
            "alerts.topic",
            "alerts.rank",
            "alerts.surprisal",
            "dead-letters.topic",
            "dead-letters.max-part-size",
            "late.topic",
            "delivery.guarantee",
            "delivery.transactional-id-prefix",
            "delivery.transaction-timeout",
            "checkpoints.interval",
            "checkpoints.directory");
  }

  @Test
  void defaultsAreAllowedValues() {
    for (JobOptions.Definition<?> definition : JobOptions.definitions()) {
      if (definition.option().hasDefaultValue()) {
        assertThat(definition.type().parse(definition.defaultText()))
            .as(definition.option().key())
            .isEqualTo(definition.option().defaultValue());
      }
    }
  }
}
