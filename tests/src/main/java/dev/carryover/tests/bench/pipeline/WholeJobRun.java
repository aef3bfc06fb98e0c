package dev.carryover.tests.bench.pipeline;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.util.FileUtils;

/**
 * Runs a job over a topic that already holds all events, and looks at every inference it commits.
 */
final class WholeJobRun implements AutoCloseable {
  private final KafkaStream kafka;
  private final Path folder;
  private final Path model;
  private final int stateFloats;
  private final Map<JobKind, ExpectedAnswers> expected;
  private int runs;

  private WholeJobRun(
      KafkaStream kafka, NumberedEvents events, Path folder, ModelFile model, int count)
      throws Exception {
    this.kafka = kafka;
    this.folder = folder;
    this.model = folder.resolve("bench.safetensors");
    this.stateFloats = model.config().stateLayout().floats();
    this.expected =
        Map.of(
            JobKind.WITH_MODEL,
            ExpectedAnswers.ofModel(model, events, count),
            JobKind.PASS_THROUGH,
            ExpectedAnswers.ofSteps(events, count));
    ModelFileWriter.write(model, this.model);
    kafka.send(0, count);
  }

  /** Sends the events, which takes a while. */
  static WholeJobRun prepare(ModelFile model, NumberedEvents events, int count, int parallelism)
      throws Exception {
    Path folder = Files.createTempDirectory("carryover-job");
    KafkaStream kafka = KafkaStream.start(events, parallelism);
    try {
      return new WholeJobRun(kafka, events, folder, model, count);
    } catch (Exception e) {
      kafka.close();
      FileUtils.deleteDirectoryQuietly(folder.toFile());
      throw e;
    }
  }

  /**
   * Runs one job from the first event to the last.
   *
   * @return the commits as they came
   * @throws IllegalStateException if an event has no inference, or more than one, or a wrong one
   */
  CommitClock run(JobKind kind, Map<String, String> options) throws Exception {
    String name = "run-" + runs++;
    ExpectedAnswers answers = expected.get(kind);
    answers.clear();
    CommitClock clock =
        new CommitClock(kafka.admin(), KafkaStream.inferences(name), kafka.partitions());
    Path checkpoints = Files.createDirectories(folder.resolve(name));
    try (LocalCluster cluster = LocalCluster.start(kafka.partitions(), folder)) {
      LocalCluster.Job job =
          cluster.submit(kind.build(kafka.job(name, model, checkpoints, options), stateFloats));
      try (KafkaStream.Committed committed = kafka.committed(name)) {
        clock.watch(answers.count(), job);
        committed.await(answers, job);
        job.cancel();
        committed.toEnd(answers);
      }
    }
    kafka.delete(name);
    FileUtils.deleteDirectoryQuietly(checkpoints.toFile());
    return clock;
  }

  /** How many events a run has. */
  int count() {
    return expected.get(JobKind.WITH_MODEL).count();
  }

  @Override
  public void close() {
    kafka.close();
    FileUtils.deleteDirectoryQuietly(folder.toFile());
  }
}
