package dev.carryover.job.control;

import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.revisions.AnnouncementLog;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.RecordCodec;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * All announcements of a Kafka topic, in the order of its partitions and offsets. Records that are
 * no announcements are left out: {@link ControlTopic} meets them too, and whoever reads that says
 * so.
 *
 * <p>Every {@link #read} makes a consumer of its own, which belongs to no group and commits
 * nothing. It blocks for as long as the topic is long, at most for the time that it was given.
 */
public final class KafkaAnnouncementLog implements AnnouncementLog {
  private static final long serialVersionUID = 1L;

  /** Announcements are small and few: what takes longer is a broker that does not answer. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final Duration POLL = Duration.ofMillis(100);

  private final String topic;
  private final Properties properties;
  private final Duration timeout;

  /**
   * The log of a topic.
   *
   * @param properties of the consumer
   * @param timeout longest that reading may take
   */
  KafkaAnnouncementLog(String topic, Properties properties, Duration timeout) {
    this.topic = topic;
    this.properties = new Properties();
    this.properties.putAll(properties);
    this.properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
    this.properties.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    this.properties.setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    this.properties.setProperty(
        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Long.toString(timeout.toMillis()));
    this.timeout = timeout;
  }

  /** Returns the log of {@code models.topic}, which must be set. */
  public static KafkaAnnouncementLog of(JobConfiguration configuration) {
    return of(configuration, PATIENCE);
  }

  /** Returns the log of {@code models.topic}, with the longest that reading may take. */
  public static KafkaAnnouncementLog of(JobConfiguration configuration, Duration timeout) {
    return new KafkaAnnouncementLog(
        configuration.get(JobOptions.MODELS_TOPIC),
        ControlTopic.consumerProperties(configuration),
        timeout);
  }

  @Override
  public List<ModelAnnouncement> read() throws IOException {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      return new Reading(consumer).announcements();
    } catch (InterruptException e) {
      InterruptedIOException interrupted =
          new InterruptedIOException("interrupted while reading " + where());
      interrupted.initCause(e);
      throw interrupted;
    } catch (TimeoutException e) {
      throw new IOException(
          where()
              + " did not answer within "
              + timeout.toSeconds()
              + " s; look whether the brokers run and kafka.properties lets the job in",
          e);
    } catch (KafkaException e) {
      Throwable cause = e.getCause() instanceof KafkaException inner ? inner : e;
      throw new IOException(
          where()
              + " cannot be read ("
              + cause.getMessage()
              + "); look at kafka.properties and models.properties, and at what the job may read",
          e);
    }
  }

  private String where() {
    return "the control topic "
        + topic
        + " at "
        + properties.getProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG);
  }

  /** One way through the topic. */
  private final class Reading {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final long deadlineNanos = System.nanoTime() + timeout.toNanos();
    private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();

    private Reading(KafkaConsumer<byte[], byte[]> consumer) {
      this.consumer = consumer;
    }

    private List<ModelAnnouncement> announcements() throws IOException {
      List<TopicPartition> partitions = partitions();
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, left());
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      // Positions pass over what is no record: ends of transactions, and what they aborted.
      List<TopicPartition> unread = unread(ends);
      while (!unread.isEmpty()) {
        if (left().isZero()) {
          throw new IOException(
              where()
                  + " was not read to its end within "
                  + timeout.toSeconds()
                  + " s: "
                  + progress(unread, ends)
                  + "; look whether the brokers are overloaded");
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
            records.add(record);
          }
        }
        unread = unread(ends);
      }
      return decoded();
    }

    private List<TopicPartition> partitions() throws IOException {
      List<PartitionInfo> found = consumer.partitionsFor(topic, left());
      if (found == null || found.isEmpty()) {
        throw new IOException(
            where() + " does not exist; create it with retention.ms=-1, or correct models.topic");
      }
      return found.stream()
          .map(partition -> new TopicPartition(topic, partition.partition()))
          .sorted(Comparator.comparingInt(TopicPartition::partition))
          .toList();
    }

    private List<TopicPartition> unread(Map<TopicPartition, Long> ends) {
      return ends.keySet().stream()
          .filter(partition -> consumer.position(partition, left()) < ends.get(partition))
          .toList();
    }

    private String progress(List<TopicPartition> unread, Map<TopicPartition, Long> ends) {
      return unread.stream()
          .map(
              partition ->
                  "partition "
                      + partition.partition()
                      + " to "
                      + consumer.position(partition)
                      + " of "
                      + ends.get(partition))
          .collect(Collectors.joining(", "));
    }

    private List<ModelAnnouncement> decoded() {
      records.sort(
          Comparator.<ConsumerRecord<byte[], byte[]>>comparingInt(ConsumerRecord::partition)
              .thenComparingLong(ConsumerRecord::offset));
      RecordCodec<ModelAnnouncement> codec = RecordCodec.of(ModelAnnouncement.class);
      List<ModelAnnouncement> announcements = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : records) {
        try {
          announcements.add(ControlRecord.of(record).announcement(codec));
        } catch (ModelRejectedException e) {
          // No announcement; see above.
        }
      }
      return announcements;
    }

    private Duration left() {
      return Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
    }
  }
}
