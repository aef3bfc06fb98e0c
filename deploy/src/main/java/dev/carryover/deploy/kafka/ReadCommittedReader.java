package dev.carryover.deploy.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads topics from their beginning, committed transactions only, without a consumer group: what
 * any consumer that asks for {@code isolation.level=read_committed} is shown, no more and no
 * earlier.
 *
 * <p>Belongs to one thread.
 */
public final class ReadCommittedReader implements AutoCloseable {

  private final KafkaConsumer<byte[], byte[]> consumer;

  /**
   * @param bootstrapServers {@code host:port} of a broker
   * @param topics topics that exist; partitions added later are not read
   */
  public ReadCommittedReader(String bootstrapServers, List<String> topics) {
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                10_000,
                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                50),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      consumer
          .partitionsFor(topic)
          .forEach(p -> partitions.add(new TopicPartition(topic, p.partition())));
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /**
   * Waits at most {@code timeout} for records and passes each to {@code sink}, in order within a
   * partition.
   *
   * @return how many there were
   * @throws InterruptedException if the thread is interrupted; the reader can still be closed
   */
  public int poll(Duration timeout, Consumer<ConsumerRecord<byte[], byte[]>> sink)
      throws InterruptedException {
    ConsumerRecords<byte[], byte[]> records;
    try {
      records = consumer.poll(timeout);
    } catch (InterruptException e) {
      // Kafka's exception leaves the thread marked as interrupted, and no client could be closed
      // then.
      Thread.interrupted();
      throw (InterruptedException) new InterruptedException(e.getMessage()).initCause(e);
    }
    records.forEach(sink);
    return records.count();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
