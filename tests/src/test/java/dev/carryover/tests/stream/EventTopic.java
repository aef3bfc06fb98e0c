package dev.carryover.tests.stream;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.RecordCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A topic that events are sent to, those of a key always to the same partition. Belongs to one
 * thread.
 */
public final class EventTopic implements AutoCloseable {
  private final String name;
  private final int partitions;
  private final KafkaProducer<byte[], byte[]> producer;
  private final RecordCodec<Event> codec = RecordCodec.of(Event.class);

  /** Creates the topic. */
  public EventTopic(EmbeddedBroker broker, String name, int partitions, int largestRecord)
      throws IOException {
    this.name = name;
    this.partitions = partitions;
    broker.createTopic(
        name, partitions, Map.of("max.message.bytes", Integer.toString(largestRecord)));
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                largestRecord),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /** Creates a topic of 4 partitions for records of up to 1 MiB. */
  public EventTopic(EmbeddedBroker broker, String name) throws IOException {
    this(broker, name, 4, 1 << 20);
  }

  /** Sends events in their order and waits until the broker has them; says where each lies. */
  public List<RecordMetadata> send(List<Event> events) throws InterruptedException {
    return send(
        events.stream()
            .map(
                event ->
                    record(
                        partition(event, partitions),
                        event.getTimestampMs(),
                        null,
                        codec.encode(event)))
            .toList(),
        "events");
  }

  /** The partition of so many that an event is sent to. */
  public static int partition(Event event, int partitions) {
    return Math.floorMod(event.getKey().hashCode(), partitions);
  }

  /** Sends one event without an input to every partition, which only says how late it is. */
  public void sendTime(long timestampMs) throws InterruptedException {
    List<ProducerRecord<byte[], byte[]>> clocks = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      Event clock =
          Event.newBuilder()
              .setKey(clockKey(partition))
              .setTimestampMs(timestampMs)
              .setToken(TestingModels.UNKNOWN)
              .build();
      clocks.add(record(partition, timestampMs, null, codec.encode(clock)));
    }
    send(clocks, "clocks");
  }

  /** The key of the events that {@link #sendTime} sends to a partition. */
  public static String clockKey(int partition) {
    return "clock-" + partition;
  }

  /** A record of this topic. */
  public ProducerRecord<byte[], byte[]> record(
      int partition, long timestampMs, byte[] key, byte[] value) {
    return new ProducerRecord<>(name, partition, timestampMs, key, value);
  }

  /** Sends records in their order and waits until the broker has them; says where each lies. */
  public List<RecordMetadata> send(List<ProducerRecord<byte[], byte[]>> records, String what)
      throws InterruptedException {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (ProducerRecord<byte[], byte[]> record : records) {
      sent.add(producer.send(record));
    }
    producer.flush();
    List<RecordMetadata> places = new ArrayList<>();
    for (Future<RecordMetadata> place : sent) {
      try {
        places.add(place.get());
      } catch (ExecutionException e) {
        throw new AssertionError("the broker refused one of the " + what, e.getCause());
      }
    }
    return places;
  }

  @Override
  public void close() {
    producer.close();
  }
}
