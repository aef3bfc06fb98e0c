package dev.carryover.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.spec.Cell;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.PlainLoop;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingEvents;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writes a savepoint to be kept, with all that belongs to it. To be run when a build is released:
 *
 * <pre>
 * mvn -pl tests test -Dtest=SavepointWriter -Dcarryover.savepoint=src/test/resources/savepoints/v2
 * </pre>
 *
 * <p>The folder must not exist: what was released is never written again. Add its name to {@link
 * SavepointCompatibilityITCase}.
 */
class SavepointWriter {
  private static final int WORDS = 10;
  private static final int EVENTS = 60;
  private static final int DISORDER_MS = 2000;
  private static final long SEED = 61;

  @TempDir Path temporary;

  @Test
  void writesTheFolderThatIsAskedFor() throws Exception {
    String asked = System.getProperty("carryover.savepoint");
    assumeTrue(asked != null, "skipped: -Dcarryover.savepoint does not say where to write to");
    Path folder = Path.of(asked);
    assertThat(folder).as("a released savepoint is never written again").doesNotExist();
    SavepointFixture fixture = new SavepointFixture(Files.createDirectories(folder));

    ModelFile model = TestingModels.nextToken(Cell.GRU, WORDS, 6, 1, SEED);
    ModelFileWriter.write(model, fixture.model());
    Map<String, List<Inference>> all = writeEvents(fixture, model);
    Map<String, Integer> before = run(fixture);

    List<String> lines = new ArrayList<>();
    all.forEach(
        (key, inferences) ->
            inferences.subList(before.getOrDefault(key, 0), inferences.size()).stream()
                .map(SavepointFixture::line)
                .forEach(lines::add));
    assertThat(lines).hasSizeGreaterThan(EVENTS / 2);
    Files.write(fixture.continuation(), lines);
  }

  /** Half of the events in each phase, and clocks after the last; returns what comes of them. */
  private static Map<String, List<Inference>> writeEvents(SavepointFixture fixture, ModelFile model)
      throws Exception {
    List<Event> sent =
        new ArrayList<>(
            TestingEvents.disordered(
                TestingEvents.random(SEED, EVENTS, 6, WORDS, 500), DISORDER_MS, SEED));
    PlainLoop loop = PlainLoop.of(model).expecting(3).gap(8000).maximumLength(12).deduplicating();
    sent.stream()
        .sorted(Comparator.comparingLong(Event::getTimestampMs).thenComparing(Event::getSequence))
        .forEach(loop::add);
    long endMs = sent.stream().mapToLong(Event::getTimestampMs).max().orElseThrow() + 60_000;
    loop.silence(endMs - DISORDER_MS - 1);

    List<String> lines = new ArrayList<>();
    for (int i = 0; i < sent.size(); i++) {
      Event event = sent.get(i);
      int partition = Math.floorMod(event.getKey().hashCode(), SavepointFixture.PARTITIONS);
      lines.add(SavepointFixture.line(i < sent.size() / 2 ? 0 : 1, partition, event));
    }
    for (int partition = 0; partition < SavepointFixture.PARTITIONS; partition++) {
      lines.add(
          SavepointFixture.line(
              1,
              partition,
              Event.newBuilder()
                  .setKey(EventTopic.clockKey(partition))
                  .setTimestampMs(endMs)
                  .setSequence(1L)
                  .setToken(TestingModels.UNKNOWN)
                  .build()));
    }
    Files.write(fixture.events(), lines);
    return loop.inferences();
  }

  /** Runs the first phase into the savepoint; says how many inferences of each key came of it. */
  private Map<String, Integer> run(SavepointFixture fixture) throws Exception {
    RecordCodec<Inference> codec = RecordCodec.of(Inference.class);
    try (EmbeddedBroker broker = EmbeddedBroker.start();
        TestingCluster cluster = TestingCluster.start(1, 1, temporary)) {
      TestingJob job = fixture.job(broker, temporary).with("parallelism", "1");
      try (EventTopic events =
              new EventTopic(broker, job.events(), SavepointFixture.PARTITIONS, 1 << 20);
          CommittedRecords inferences = job.read(job.inferences())) {
        fixture.send(0, events);
        TestingCluster.Job running = cluster.submit(job.build());
        inferences.await(EVENTS / 4, running::ended);
        String savepoint = running.stop(temporary);
        Files.move(Path.of(URI.create(savepoint)), fixture.savepoint());

        Map<String, Integer> counts = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : inferences.toEnd()) {
          counts.merge(codec.decode(record.value()).getKey(), 1, Integer::sum);
        }
        return counts;
      }
    }
  }
}
