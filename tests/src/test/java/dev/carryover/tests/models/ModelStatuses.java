package dev.carryover.tests.models;

import static org.assertj.core.api.Assertions.fail;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RecordDecodingException;
import dev.carryover.schemas.RevisionStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What jobs say of revisions in a topic, read as soon as it is written, whether or not a checkpoint
 * commits it later. Belongs to one thread.
 */
final class ModelStatuses implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final RecordCodec<ModelStatus> codec = RecordCodec.of(ModelStatus.class);
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<ModelStatus> statuses = new ArrayList<>();

  /** Begins to read a topic. */
  ModelStatuses(EmbeddedBroker broker, String topic) {
    consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** Waits until all subtasks of a job have said that a revision is ready; none may refuse it. */
  void awaitLoaded(long revision, int parallelism, BooleanSupplier jobEnded) {
    await(
        "revision " + revision + " is loaded",
        status -> status.getRevision() == revision && status.getStatus() == RevisionStatus.LOADED,
        status -> status.getRevision() == revision && status.getStatus() == RevisionStatus.REJECTED,
        parallelism,
        jobEnded);
  }

  /** Waits until all subtasks of a job have refused a revision. */
  void awaitRejected(long revision, int parallelism, BooleanSupplier jobEnded) {
    await(
        "revision " + revision + " is refused",
        status -> status.getRevision() == revision && status.getStatus() == RevisionStatus.REJECTED,
        status -> false,
        parallelism,
        jobEnded);
  }

  /** Waits until so many subtasks have said something, each at least once. */
  private void await(
      String what,
      Predicate<ModelStatus> wanted,
      Predicate<ModelStatus> unwanted,
      int subtasks,
      BooleanSupplier jobEnded) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (statuses.stream().filter(wanted).map(ModelStatus::getSubtask).distinct().count()
        < subtasks) {
      consumer.poll(POLL).forEach(record -> statuses.add(decode(record)));
      if (statuses.stream().anyMatch(unwanted)) {
        fail("%s: %s", what, statuses.stream().filter(unwanted).toList());
      }
      if (jobEnded.getAsBoolean() || System.nanoTime() > deadline) {
        fail("%s: not by all %d subtasks, of which there is %s", what, subtasks, statuses);
      }
    }
  }

  /** Reads records of such a topic. */
  static List<ModelStatus> decode(List<ConsumerRecord<byte[], byte[]>> records) {
    RecordCodec<ModelStatus> codec = RecordCodec.of(ModelStatus.class);
    return records.stream().map(record -> decode(codec, record)).toList();
  }

  private ModelStatus decode(ConsumerRecord<byte[], byte[]> record) {
    return decode(codec, record);
  }

  private static ModelStatus decode(
      RecordCodec<ModelStatus> codec, ConsumerRecord<byte[], byte[]> record) {
    try {
      return codec.decode(record.value());
    } catch (RecordDecodingException e) {
      throw new AssertionError(record + " is no status", e);
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
