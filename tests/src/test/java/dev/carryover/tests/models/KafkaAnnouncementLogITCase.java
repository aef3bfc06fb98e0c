package dev.carryover.tests.models;

import static dev.carryover.tests.models.TestingControlTopic.announcement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.control.KafkaAnnouncementLog;
import dev.carryover.job.revisions.AnnouncementLog;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.TestingJob;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BrokerExtension.class)
class KafkaAnnouncementLogITCase {
  @TempDir Path folder;

  private JobConfiguration configuration(EmbeddedBroker broker, String topic) throws Exception {
    return new TestingJob(broker, "log", folder.resolve("none.safetensors"), folder)
        .with("models.topic", topic)
        .with("models.status-topic", "log-statuses")
        .configuration();
  }

  private AnnouncementLog log(EmbeddedBroker broker, String topic) throws Exception {
    return KafkaAnnouncementLog.of(configuration(broker, topic), Duration.ofSeconds(30));
  }

  @Test
  void everyAnnouncementOfEveryPartitionIsReadEachTimeAndWhatIsNoneIsLeftOut(EmbeddedBroker broker)
      throws Exception {
    try (TestingControlTopic topic = new TestingControlTopic(broker, "log-whole", 3)) {
      AnnouncementLog log = log(broker, topic.name());
      assertThat(log.read()).as("an empty topic").isEmpty();

      topic.announce(2, announcement(1));
      topic.announce(0, announcement(2));
      topic.write(0, "garbage".getBytes(StandardCharsets.UTF_8));
      topic.write(0, null);
      topic.announce(0, announcement(3));
      topic.write(2, new byte[2 << 20]);
      assertThat(log.read()).containsExactly(announcement(2), announcement(3), announcement(1));

      topic.announce(1, announcement(4));
      assertThat(log.read())
          .containsExactly(announcement(2), announcement(3), announcement(4), announcement(1));
    }
  }

  @Test
  void aTopicLongerThanOnePollIsReadToItsEnd(EmbeddedBroker broker) throws Exception {
    try (TestingControlTopic topic = new TestingControlTopic(broker, "log-long", 1)) {
      for (long revision = 1; revision <= 1200; revision++) {
        topic.announce(0, announcement(revision));
      }
      assertThat(log(broker, topic.name()).read())
          .hasSize(1200)
          .element(1199)
          .isEqualTo(announcement(1200));
    }
  }

  @Test
  void whatATransactionAbortedWasNeverAnnounced(EmbeddedBroker broker) throws Exception {
    try (TestingControlTopic topic = new TestingControlTopic(broker, "log-transactions", 2)) {
      topic.announceInTransaction(0, announcement(1), true);
      topic.announceInTransaction(0, announcement(2), false);
      topic.announceInTransaction(1, announcement(3), false);
      assertThat(log(broker, topic.name()).read()).containsExactly(announcement(1));
    }
  }

  @Test
  void aTopicThatDoesNotExistIsNamed(EmbeddedBroker broker) throws Exception {
    AnnouncementLog log = log(broker, "log-absent");
    assertThatIOException()
        .isThrownBy(log::read)
        .withMessage(
            "the control topic log-absent at "
                + broker.bootstrapServers()
                + " does not exist; create it with retention.ms=-1, or correct models.topic");
    assertThatIOException()
        .as("reading does not make it")
        .isThrownBy(() -> broker.endOffsets("log-absent"));
  }
}
