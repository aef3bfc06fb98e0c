package dev.carryover.tests.bench.pipeline;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.deploy.kafka.ReadCommittedReader;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RecordDecodingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A broker in this process with a topic of {@link NumberedEvents}, and the topics of jobs that read
 * it. The events of a key lie in one partition, in their order. Belongs to one thread.
 */
public final class KafkaStream implements AutoCloseable {
  private static final String EVENTS = "events";
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final EmbeddedBroker broker;
  private final Admin admin;
  private final NumberedEvents events;
  private final int partitions;

  private KafkaStream(EmbeddedBroker broker, NumberedEvents events, int partitions)
      throws IOException {
    this.broker = broker;
    this.events = events;
    this.partitions = partitions;
    this.admin =
        Admin.create(
            Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, (Object) broker.bootstrapServers()));
    broker.createTopic(EVENTS, partitions);
  }

  /** Starts a broker; no event is sent yet. */
  public static KafkaStream start(NumberedEvents events, int partitions) throws IOException {
    EmbeddedBroker broker = EmbeddedBroker.start();
    try {
      return new KafkaStream(broker, events, partitions);
    } catch (IOException | RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  /** How many partitions each topic has. */
  public int partitions() {
    return partitions;
  }

  /** The client that asks the broker about its topics. */
  Admin admin() {
    return admin;
  }

  /**
   * Sends the events from one number to before another, and waits until the broker has them.
   *
   * @throws IllegalStateException if it refuses one
   */
  public void send(int from, int to) {
    AtomicReference<Exception> refusal = new AtomicReference<>();
    RecordCodec<Event> codec = RecordCodec.of(Event.class);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.LINGER_MS_CONFIG,
                20,
                ProducerConfig.BATCH_SIZE_CONFIG,
                1 << 18),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int event = from; event < to; event++) {
        producer.send(
            new ProducerRecord<>(
                EVENTS,
                events.keyNumber(event) % partitions,
                events.timestampMs(event),
                events.key(event).getBytes(StandardCharsets.UTF_8),
                codec.encode(events.record(event))),
            (place, failure) -> {
              if (failure != null) {
                refusal.compareAndSet(null, failure);
              }
            });
      }
      producer.flush();
    }
    if (refusal.get() != null) {
      throw new IllegalStateException(
          "the broker refused an event: " + refusal.get().getMessage() + "; nothing was timed",
          refusal.get());
    }
  }

  /**
   * The configuration of an exactly-once job that reads the events, and makes the topics it writes.
   *
   * @param name of the job; its inferences go to {@code NAME-inferences}
   * @param folder for checkpoints
   * @param more what else is set
   */
  public JobConfiguration job(String name, Path model, Path folder, Map<String, String> more)
      throws ConfigurationException, IOException {
    broker.createTopic(inferences(name), partitions);
    broker.createTopic(name + "-dead-letters", partitions);
    Map<String, String> options = new HashMap<>();
    options.put("job.name", name);
    options.put("parallelism", "1");
    options.put("kafka.bootstrap-servers", broker.bootstrapServers());
    options.put("events.topics", EVENTS);
    options.put("model.path", model.toString());
    options.put("inferences.topic", inferences(name));
    options.put("dead-letters.topic", name + "-dead-letters");
    options.put("delivery.guarantee", "exactly-once");
    options.put("checkpoints.directory", folder.resolve("checkpoints").toUri().toString());
    options.putAll(more);
    return JobConfiguration.of(options);
  }

  /** The topic of a job's inferences. */
  static String inferences(String name) {
    return name + "-inferences";
  }

  /** Begins to read what a job has committed, from the beginning. */
  public Committed committed(String name) {
    return new Committed(
        new ReadCommittedReader(broker.bootstrapServers(), List.of(inferences(name))));
  }

  /** Deletes the topics of a job. */
  void delete(String name) throws InterruptedException, ExecutionException {
    admin.deleteTopics(List.of(inferences(name), name + "-dead-letters")).all().get();
  }

  @Override
  public void close() {
    admin.close();
    broker.close();
  }

  /** The committed inferences of a job. */
  public static final class Committed implements AutoCloseable {
    private final ReadCommittedReader reader;
    private final RecordCodec<Inference> codec = RecordCodec.of(Inference.class);

    private Committed(ReadCommittedReader reader) {
      this.reader = reader;
    }

    /**
     * Reads until every event before a number has its inference.
     *
     * @throws IllegalStateException if one is wrong, or they do not come
     */
    public void await(ExpectedAnswers expected, int to, LocalCluster.Job job) throws Exception {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!expected.answered(to) && System.nanoTime() < deadline) {
        job.requireRunning();
        reader.poll(POLL, record -> expected.see(decoded(record.value())));
      }
      expected.require(to);
    }

    /** Reads what stands beyond; an event that was answered has no second inference there. */
    public void toEnd(ExpectedAnswers expected) throws IOException, InterruptedException {
      reader.readToEnd(PATIENCE, record -> expected.see(decoded(record.value())));
    }

    private Inference decoded(byte[] bytes) {
      try {
        return codec.decode(bytes);
      } catch (RecordDecodingException e) {
        throw new IllegalStateException("the job wrote no inference; nothing was timed", e);
      }
    }

    @Override
    public void close() {
      reader.close();
    }
  }
}
