package dev.carryover.deploy.kafka;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
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

  private static final Duration POLL = Duration.ofMillis(100);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions = new ArrayList<>();

  /**
   * @param bootstrapServers {@code host:port} of a broker
   * @param topics topics that exist; partitions added later are not read
   */
  public ReadCommittedReader(String bootstrapServers, List<String> topics) {
    this(kafka(bootstrapServers), topics);
  }

  /**
   * @param kafka what every Kafka client is given
   * @param topics topics that exist; partitions added later are not read
   */
  public ReadCommittedReader(Properties kafka, List<String> topics) {
    Properties properties = new Properties();
    properties.putAll(kafka);
    properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
    properties.putAll(
        Map.of(
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            "false",
            ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
            "false",
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            "10000",
            ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
            "50"));
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    for (String topic : topics) {
      consumer
          .partitionsFor(topic)
          .forEach(p -> partitions.add(new TopicPartition(topic, p.partition())));
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  private static Properties kafka(String bootstrapServers) {
    Properties kafka = new Properties();
    kafka.setProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    return kafka;
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

  /**
   * Passes to {@code sink} what stands between here and the end that the topics have when this is
   * called, in order within a partition. Records of transactions that are open are not waited for.
   *
   * @param patience how long the broker may say nothing
   * @throws IOException if it says nothing for longer
   * @throws InterruptedException as {@link #poll}
   */
  public void readToEnd(Duration patience, Consumer<ConsumerRecord<byte[], byte[]>> sink)
      throws IOException, InterruptedException {
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
    long heard = System.nanoTime();
    // The position also passes the markers of transactions, which are no records.
    while (partitions.stream().anyMatch(p -> consumer.position(p) < end.get(p))) {
      int count =
          poll(
              POLL,
              record -> {
                if (record.offset()
                    < end.get(new TopicPartition(record.topic(), record.partition()))) {
                  sink.accept(record);
                }
              });
      if (count > 0) {
        heard = System.nanoTime();
      } else if (System.nanoTime() - heard > patience.toNanos()) {
        throw new IOException(
            "no record came for %d s, and %s are not at their end; look at the brokers"
                .formatted(patience.toSeconds(), partitions));
      }
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
