package dev.carryover.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.FailingJob;
import dev.carryover.tests.stream.Failures;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingEvents;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import dev.carryover.tests.stream.TransductionLoop;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every sequence is answered once, token for token and score for score as offline, though the job
 * fails again and again with decodes pending.
 */
@ExtendWith(BrokerExtension.class)
@Timeout(180)
class TransductionFailureITCase {
  private static final long SEED = 61;
  private static final int CHUNKS = 4;
  private static final int CHUNK_SIZE = 1000;
  private static final int WORDS = 30;
  private static final int GAP_MS = 20_000;
  private static final int MAXIMUM_LENGTH = 25;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "heap, 1, NONE, false",
    "heap, 2, ADDITIVE, false",
    "rocksdb, 2, GENERAL, false",
    "heap, 2, ADDITIVE, true",
    "rocksdb, 1, ADDITIVE, true"
  })
  void outputAfterFailuresEqualsOfflineDecoding(
      String backend,
      int parallelism,
      Attention attention,
      boolean twoDirections,
      EmbeddedBroker broker)
      throws Exception {
    ModelFile file = TestingModels.seq2seq(Cell.GRU, WORDS, twoDirections, attention, SEED);
    TransductionLoop loop = new TransductionLoop(file, 3, 2, GAP_MS, MAXIMUM_LENGTH);
    List<Event> all = TestingEvents.random(SEED, CHUNKS * CHUNK_SIZE, 150, WORDS, 10);
    String name =
        "transduction-%s-%d-%s-%s"
            .formatted(backend, parallelism, attention, twoDirections ? "both" : "one");
    TestingJob job =
        new TestingJob(broker, name, TestingModels.write(file, folder), folder)
            .with(
                Map.of(
                    "state.backend",
                    backend,
                    "parallelism",
                    Integer.toString(parallelism),
                    "deduplication",
                    "true",
                    "sequence.gap",
                    GAP_MS + " ms",
                    "sequence.maximum-length",
                    Integer.toString(MAXIMUM_LENGTH),
                    "batch.size",
                    "64",
                    "transduction.beam-width",
                    "3",
                    "transduction.n-best",
                    "2",
                    // One step at a time, so that every checkpoint finds something pending.
                    "transduction.slice",
                    "0 s",
                    "transduction.maximum-pending",
                    "20"))
            .createOutputTopics();
    Failures failures = Failures.named(name);

    try (EventTopic events = new EventTopic(broker, job.events());
        TestingCluster cluster = TestingCluster.start(1, parallelism, folder);
        CommittedRecords inferences = job.read(job.inferences())) {
      TestingCluster.Job running = cluster.submit(FailingJob.build(job, failures));
      for (int chunk = 0; chunk < CHUNKS; chunk++) {
        List<Event> sent = all.subList(chunk * CHUNK_SIZE, (chunk + 1) * CHUNK_SIZE);
        int before = loop.produced();
        sent.forEach(loop::add);
        plan(failures, chunk, sent, loop);
        events.send(sent.subList(0, sent.size() / 2));
        failures.awaitThoseOfCheckpoints();
        events.send(sent.subList(sent.size() / 2, sent.size()));
        inferences.await(before + (loop.produced() - before) / 2, running::ended);
      }
      long endMs = all.get(all.size() - 1).getTimestampMs() + 10L * GAP_MS;
      events.sendTime(endMs);
      loop.silence(endMs - 1);
      inferences.await(loop.produced(), running::ended);
      running.stop(folder.resolve("savepoints"));

      BitwiseInferences.assertEqual(name, inferences.toEnd(), loop.inferences());
      assertThat(failures.happened()).as("failures").isEqualTo(CHUNKS + 1);
    }
  }

  private static void plan(Failures failures, int chunk, List<Event> sent, TransductionLoop loop) {
    Event middle = sent.get(sent.size() / 2);
    switch (chunk) {
      case 0 -> failures.atRecord(middle.getKey() + "@" + middle.getTimestampMs());
      case 1 -> {
        failures.inNextSnapshot();
        failures.atRecord(FailingJob.identity(answerIn(sent, loop)));
      }
      case 2 -> failures.afterNextCheckpoint();
      default -> failures.atRecord(FailingJob.identity(answerIn(sent, loop)));
    }
  }

  /** An answer that no later event is needed for. */
  private static Inference answerIn(List<Event> sent, TransductionLoop loop) {
    return sent.subList(sent.size() / 4, sent.size()).stream()
        .flatMap(
            event ->
                loop.inferences().getOrDefault(event.getKey(), List.of()).stream()
                    .filter(i -> i.getTimestampMs() == event.getTimestampMs())
                    .filter(i -> i.getSequenceEnd() != SequenceEnd.INACTIVITY_GAP))
        .findFirst()
        .orElseThrow();
  }
}
