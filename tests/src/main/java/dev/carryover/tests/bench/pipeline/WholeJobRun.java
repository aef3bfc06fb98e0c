package dev.carryover.tests.bench.pipeline;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.util.FileUtils;

/**
 * Runs a job over a topic that already holds all events, and looks at every inference it commits.
 */
final class WholeJobRun implements AutoCloseable {
  private final KafkaStream kafka;
  private final Path folder;
  private final BenchModel model;
  private final Map<JobKind, ExpectedAnswers> expected;
  private int runs;

  private WholeJobRun(
      KafkaStream kafka, Path folder, BenchModel model, NumberedEvents events, int count) {
    this.kafka = kafka;
    this.folder = folder;
    this.model = model;
    kafka.send(0, count);
    this.expected =
        Map.of(
            JobKind.WITH_MODEL,
            ExpectedAnswers.ofModel(model.model(), events, count, events.keys()),
            JobKind.PASS_THROUGH,
            ExpectedAnswers.ofSteps(events, count));
  }

  /**
   * Sends the events, which takes a while.
   *
   * @param folder for checkpoints and the working state of tasks
   * @param partitions of every topic
   */
  static WholeJobRun prepare(
      Path folder, BenchModel model, NumberedEvents events, int count, int partitions)
      throws Exception {
    KafkaStream kafka = KafkaStream.start(events, partitions);
    try {
      return new WholeJobRun(kafka, folder, model, events, count);
    } catch (RuntimeException e) {
      kafka.close();
      throw e;
    }
  }

  /**
   * Runs one job from the first event to the last.
   *
   * @param options what the job sets besides
   * @return the commits as they came
   * @throws IllegalStateException if an event has no inference, or more than one, or a wrong one
   */
  CommitClock run(JobKind kind, int parallelism, Map<String, String> options) throws Exception {
    String name = "run-" + runs++;
    ExpectedAnswers answers = expected.get(kind);
    answers.forget(0);
    CommitClock clock =
        new CommitClock(kafka.admin(), KafkaStream.inferences(name), kafka.partitions());
    Path checkpoints = Files.createDirectories(folder.resolve(name));
    Map<String, String> all = new HashMap<>(options);
    all.put("parallelism", Integer.toString(parallelism));
    try (LocalCluster cluster = LocalCluster.start(parallelism, folder)) {
      LocalCluster.Job job =
          cluster.submit(
              kind.build(kafka.job(name, model.file(), checkpoints, all), model.stateFloats()));
      try (KafkaStream.Committed committed = kafka.committed(name)) {
        clock.watch(answers.count(), job);
        committed.await(answers, answers.count(), job);
        job.cancel();
        committed.toEnd(answers);
      }
    }
    kafka.delete(name);
    FileUtils.deleteDirectoryQuietly(checkpoints.toFile());
    return clock;
  }

  @Override
  public void close() {
    kafka.close();
  }
}
