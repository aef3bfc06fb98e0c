package dev.carryover.tests.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What a topic shows to a consumer that reads committed records only, from its beginning. Belongs
 * to one thread.
 */
public final class CommittedRecords implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String bootstrapServers;
  private final String topic;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;
  private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();

  /** Begins to read a topic. */
  public CommittedRecords(String bootstrapServers, String topic) {
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
    this.consumer = consumer("read_committed");
    this.partitions =
        consumer.partitionsFor(topic).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  private KafkaConsumer<byte[], byte[]> consumer(String isolation) {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            isolation,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false,
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            10_000,
            ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
            50),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  /**
   * Waits until at least so many records are there.
   *
   * @param jobEnded looked at while waiting: a job that has ended writes nothing more
   */
  public CommittedRecords await(int count, BooleanSupplier jobEnded) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (records.size() < count) {
      poll();
      if (jobEnded.getAsBoolean()) {
        fail("the job ended; %d records of %d in %s", records.size(), count, topic);
      }
      if (System.nanoTime() > deadline) {
        fail(
            "after %s there are %d records of %d in %s; committed to %s, written to %s",
            PATIENCE, records.size(), count, topic, consumer.endOffsets(partitions), written());
      }
    }
    return this;
  }

  private Map<TopicPartition, Long> written() {
    try (KafkaConsumer<byte[], byte[]> everything = consumer("read_uncommitted")) {
      return everything.endOffsets(partitions);
    }
  }

  /**
   * Reads on to the end of the topic, and makes sure that no transaction was left open there: what
   * it holds would come to light later.
   */
  public List<ConsumerRecord<byte[], byte[]>> toEnd() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
      poll();
    }
    assertThat(written()).as("no open transaction in " + topic).isEqualTo(ends);
    return records;
  }

  private void poll() {
    consumer.poll(POLL).forEach(records::add);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
