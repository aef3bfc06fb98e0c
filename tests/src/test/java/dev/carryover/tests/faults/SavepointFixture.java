package dev.carryover.tests.faults;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.TokenProbability;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.TestingJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A savepoint on disk with all that belongs to it:
 *
 * <pre>
 * model.safetensors     the model that the job ran
 * savepoint/            the savepoint, in canonical format
 * events.tsv            what the topic held when it was taken (phase 0), and what came then (phase 1)
 * continuation.tsv      what a job that goes on from it writes, by key, floats as their bits
 * </pre>
 */
final class SavepointFixture {
  static final int PARTITIONS = 2;

  private static final String NO_TOKEN = "";

  private final Path folder;

  SavepointFixture(Path folder) {
    this.folder = folder;
  }

  Path model() {
    return folder.resolve("model.safetensors");
  }

  Path savepoint() {
    return folder.resolve("savepoint");
  }

  Path events() {
    return folder.resolve("events.tsv");
  }

  Path continuation() {
    return folder.resolve("continuation.tsv");
  }

  /**
   * The job that the savepoint is of: events wait for the watermark, sequence numbers are kept, and
   * silent keys have timers. The names of its topics are in the state of its source.
   *
   * <p>It delivers at least once: the transactions that an exactly-once savepoint names are those
   * of its own broker.
   */
  TestingJob job(EmbeddedBroker broker, Path temporary) throws IOException {
    return new TestingJob(broker, "kept-savepoint", model(), temporary)
        .with(
            Map.of(
                "delivery.guarantee", "at-least-once",
                "ordering.mode", "event-time",
                "events.max-out-of-orderness", "2 s",
                "deduplication", "true",
                "sequence.gap", "8 s",
                "sequence.maximum-length", "12"))
        .createOutputTopics();
  }

  /** Sends the events of a phase. */
  void send(int phase, EventTopic topic) throws IOException, InterruptedException {
    RecordCodec<Event> codec = RecordCodec.of(Event.class);
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (String line : Files.readAllLines(events())) {
      String[] fields = line.split("\t", -1);
      if (Integer.parseInt(fields[0]) == phase) {
        Event event =
            Event.newBuilder()
                .setKey(fields[2])
                .setTimestampMs(Long.parseLong(fields[3]))
                .setSequence(Long.parseLong(fields[4]))
                .setToken(fields[5].equals(NO_TOKEN) ? null : fields[5])
                .setEnd(Boolean.parseBoolean(fields[6]))
                .build();
        records.add(
            topic.record(
                Integer.parseInt(fields[1]), event.getTimestampMs(), null, codec.encode(event)));
      }
    }
    topic.send(records, "events of phase " + phase);
  }

  /** The line of {@code events.tsv} for an event. */
  static String line(int phase, int partition, Event event) {
    return String.join(
        "\t",
        Integer.toString(phase),
        Integer.toString(partition),
        event.getKey(),
        Long.toString(event.getTimestampMs()),
        Long.toString(event.getSequence()),
        event.getToken() == null ? NO_TOKEN : event.getToken(),
        Boolean.toString(event.getEnd()));
  }

  /** The line of {@code continuation.tsv} for an inference. */
  static String line(Inference inference) {
    NextToken result = (NextToken) inference.getPrediction();
    return String.join(
        "\t",
        inference.getKey(),
        Long.toString(inference.getTimestampMs()),
        Long.toString(inference.getSequenceStartMs()),
        Long.toString(inference.getStep()),
        inference.getModelId(),
        Long.toString(inference.getRevision()),
        result.getToken(),
        bits(result.getSurprisalNats()),
        Integer.toString(result.getRank()),
        result.getExpected().stream()
            .map(SavepointFixture::likely)
            .collect(Collectors.joining(" ")),
        inference.getSequenceEnd() == null ? "" : inference.getSequenceEnd().name());
  }

  private static String likely(TokenProbability token) {
    return token.getToken() + "=" + bits(token.getProbability());
  }

  private static String bits(float value) {
    return "%08x".formatted(Float.floatToRawIntBits(value));
  }
}
