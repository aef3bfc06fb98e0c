package dev.carryover.job.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.source.TestingRecords;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.junit.jupiter.api.Test;

/** What needs no broker, or needs that there is none. */
class ControlTopicTest {
  private static JobConfiguration configuration(Map<String, String> options) throws Exception {
    Map<String, String> all = new HashMap<>(options);
    all.put("models.topic", "models");
    all.put("models.status-topic", "status");
    return TestingRecords.configuration(all);
  }

  @Test
  void onlyCommittedAnnouncementsCountUnlessTheConfigurationSaysOtherwise() throws Exception {
    assertThat(ControlTopic.consumerProperties(configuration(Map.of())))
        .containsEntry("isolation.level", "read_committed")
        .containsEntry("allow.auto.create.topics", "false");
    assertThat(
            ControlTopic.consumerProperties(
                configuration(
                    Map.of(
                        "models.properties.isolation.level", "read_uncommitted",
                        "events.properties.max.poll.records", "7"))))
        .containsEntry("isolation.level", "read_uncommitted")
        .doesNotContainKey("max.poll.records");
  }

  @Test
  void theSourceAndTheLogTravelInAJobGraph() throws Exception {
    JobConfiguration configuration = configuration(Map.of());
    assertThat(CommonTestUtils.createCopySerializable(ControlTopic.source(configuration)))
        .isNotNull();
    assertThat(CommonTestUtils.createCopySerializable(KafkaAnnouncementLog.of(configuration)))
        .isNotNull();
  }

  @Test
  void aBrokerThatDoesNotAnswerIsNamed() throws Exception {
    KafkaAnnouncementLog log =
        KafkaAnnouncementLog.of(
            configuration(Map.of("kafka.bootstrap-servers", "127.0.0.1:1")), Duration.ofSeconds(1));
    assertThatIOException()
        .isThrownBy(log::read)
        .withMessage(
            "the control topic models at 127.0.0.1:1 did not answer within 1 s; look whether the"
                + " brokers run and kafka.properties lets the job in");
  }

  @Test
  void propertiesThatNoConsumerTakesAreRefusedWithoutWhatIsSecret() throws Exception {
    KafkaAnnouncementLog log =
        KafkaAnnouncementLog.of(
            configuration(
                Map.of(
                    "kafka.properties.security.protocol", "SASL_PLAINTEXT",
                    "kafka.properties.sasl.mechanism", "PLAIN",
                    "kafka.properties.sasl.jaas.config", "nonsense password=hunter2")));
    assertThatIOException()
        .isThrownBy(log::read)
        .withMessageStartingWith("the control topic models at localhost:9092 cannot be read (")
        .withMessageEndingWith(
            "); look at kafka.properties and models.properties, and at what the job may read")
        .satisfies(ControlTopicTest::showsNoSecret);
  }

  private static void showsNoSecret(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      assertThat(cause.toString()).doesNotContain("hunter2");
    }
  }
}
