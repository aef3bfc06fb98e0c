package dev.carryover.deploy.training;

import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.source.EventSource;
import dev.carryover.training.input.DataException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The topics of a job's {@code events} section between two positions, read with the job's own Kafka
 * properties, but without its consumer group: the job is not disturbed.
 */
final class EventTopics {

  /** A broker that says nothing for so long will not say more. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration POLL = Duration.ofMillis(200);

  private final JobConfiguration job;
  private final TopicPosition from;
  private final TopicPosition to;

  /**
   * @param from where to begin
   * @param to where to end; the record there is not read
   */
  EventTopics(JobConfiguration job, TopicPosition from, TopicPosition to) {
    this.job = job;
    this.from = from;
    this.to = to;
  }

  /** What is read, for messages. */
  String name() {
    return "topic " + String.join(", ", EventSource.topics(job));
  }

  /**
   * Hands over all records between the positions, those of a partition in their order.
   *
   * @throws IOException when a topic or an offset does not exist, or Kafka gives no answer
   */
  void read(EventIntake intake) throws IOException {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            properties(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = partitions(consumer);
      Map<TopicPartition, Long> begin = positions(consumer, partitions, from, "from");
      Map<TopicPartition, Long> end = positions(consumer, partitions, to, "to");
      consumer.assign(partitions);
      begin.forEach(consumer::seek);
      drain(consumer, end, intake);
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new DataException(
          "Kafka cannot be read (" + cause.getMessage() + ")",
          name(),
          "look at kafka.bootstrap-servers, kafka.properties and events.properties",
          e);
    }
  }

  private Properties properties() {
    Properties properties = EventSource.consumerProperties(job);
    properties.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.setProperty(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
    return properties;
  }

  private List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer) throws DataException {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : EventSource.topics(job)) {
      List<PartitionInfo> found = consumer.partitionsFor(topic);
      if (found == null || found.isEmpty()) {
        throw new DataException(
            "there is no topic '" + topic + "'", "events.topics", "name one that the broker has");
      }
      found.forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
    }
    return partitions;
  }

  private Map<TopicPartition, Long> positions(
      KafkaConsumer<?, ?> consumer,
      List<TopicPartition> partitions,
      TopicPosition position,
      String key)
      throws DataException {
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> last = consumer.endOffsets(partitions);
    return switch (position.kind()) {
      case EARLIEST -> first;
      case LATEST -> last;
      case TIME -> {
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, position.time().toEpochMilli()));
        Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times);
        Map<TopicPartition, Long> offsets = new HashMap<>(last);
        found.forEach(
            (partition, at) -> {
              if (at != null) {
                offsets.put(partition, Math.min(at.offset(), last.get(partition)));
              }
            });
        yield offsets;
      }
      case OFFSETS -> offsets(position, key, key.equals("from") ? first : last, first, last);
    };
  }

  private Map<TopicPartition, Long> offsets(
      TopicPosition position,
      String key,
      Map<TopicPartition, Long> otherwise,
      Map<TopicPartition, Long> first,
      Map<TopicPartition, Long> last)
      throws DataException {
    Map<TopicPartition, Long> offsets = new HashMap<>(otherwise);
    for (Map.Entry<String, Long> entry : position.offsets().entrySet()) {
      TopicPartition partition =
          offsets.keySet().stream()
              .filter(candidate -> names(entry.getKey(), candidate))
              .findFirst()
              .orElseThrow(
                  () ->
                      new DataException(
                          "there is no partition '%s' among %s"
                              .formatted(entry.getKey(), otherwise.keySet()),
                          "data." + key,
                          "name one of them as PARTITION or TOPIC-PARTITION"));
      long offset = entry.getValue();
      if (offset < first.get(partition) || offset > last.get(partition)) {
        throw new DataException(
            "offset %d of %s is not there, only %d to %d"
                .formatted(offset, partition, first.get(partition), last.get(partition)),
            "data." + key,
            "name one that is");
      }
      offsets.put(partition, offset);
    }
    return offsets;
  }

  private boolean names(String text, TopicPartition partition) {
    return text.equals(partition.toString())
        || (EventSource.topics(job).size() == 1
            && text.equals(Integer.toString(partition.partition())));
  }

  private void drain(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> end, EventIntake intake)
      throws DataException {
    Set<TopicPartition> open = new HashSet<>(end.keySet());
    long heard = System.nanoTime();
    while (true) {
      // The position also passes the markers of transactions, which are no records.
      open.removeIf(
          partition -> {
            boolean done = consumer.position(partition) >= end.get(partition);
            if (done) {
              consumer.pause(List.of(partition));
            }
            return done;
          });
      if (open.isEmpty()) {
        return;
      }
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> record : records) {
        if (record.offset() < end.get(new TopicPartition(record.topic(), record.partition()))) {
          intake.take(record);
        }
      }
      if (!records.isEmpty()) {
        heard = System.nanoTime();
      } else if (System.nanoTime() - heard > PATIENCE.toNanos()) {
        throw new DataException(
            "no record came for "
                + PATIENCE.toSeconds()
                + " s, and "
                + open
                + " are not at their end",
            name(),
            "look at the brokers");
      }
    }
  }
}
