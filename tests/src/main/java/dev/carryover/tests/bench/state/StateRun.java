package dev.carryover.tests.bench.state;

import dev.carryover.job.CarryoverJob;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.tests.bench.pipeline.BenchModel;
import dev.carryover.tests.bench.pipeline.ExpectedAnswers;
import dev.carryover.tests.bench.pipeline.KafkaStream;
import dev.carryover.tests.bench.pipeline.LocalCluster;
import dev.carryover.tests.bench.pipeline.NumberedEvents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One job whose state is written and read: some events of every key; some of them once more; then
 * again from the savepoint and from the checkpoint, with an event of keys whose state only those
 * hold.
 */
final class StateRun {
  /*
   * Outputs are at-least-once, so that what was answered is seen without a checkpoint: the first
   * checkpoint is the one that holds all. Each restored job answers the last events again.
   *
   * Snapshots are compressed. After one event the states of keys that saw the same token are the same,
   * which no stream of a user's would have; after three hardly any two are.
   */
  private static final int EVENTS_PER_KEY = 3;

  private static final int CHECKED_KEYS = 10_000;
  private static final String RECURRENT = "recurrent";

  private final Path folder;
  private final BenchModel model;
  private final int keys;
  private final int changed;

  /**
   * A run.
   *
   * @param changed how many keys change between the checkpoints, and how many are asked for after a
   *     restore; at most half of the keys
   */
  StateRun(Path folder, BenchModel model, int keys, int changed) {
    this.folder = folder;
    this.model = model;
    this.keys = keys;
    this.changed = changed;
  }

  /**
   * Runs the job on a backend.
   *
   * @throws IllegalStateException if an answer is not that of a plain loop
   */
  StateReading run(Backend backend) throws Exception {
    NumberedEvents events = NumberedEvents.inTurns(keys, model.tokens(), BenchModel.SEED);
    int held = EVENTS_PER_KEY * keys;
    int restored = held + changed;
    ExpectedAnswers expected =
        ExpectedAnswers.ofModel(
            model.model(),
            events,
            restored + changed,
            Math.min(keys, Math.max(2 * changed, CHECKED_KEYS)));
    try (KafkaStream kafka = KafkaStream.start(events, 1);
        LocalCluster cluster = LocalCluster.start(1, folder)) {
      kafka.send(0, held);
      JobConfiguration configuration =
          kafka.job(
              "state",
              model.file(),
              folder.resolve(backend.option()),
              Map.of(
                  "state.backend", backend.option(),
                  "delivery.guarantee", "at-least-once",
                  "checkpoints.interval", "1 h",
                  "flink.execution.checkpointing.externalized-checkpoint-retention",
                      "RETAIN_ON_CANCELLATION"));
      try (KafkaStream.Committed inferences = kafka.committed("state")) {
        LocalCluster.Job job = cluster.submit(CarryoverJob.build(configuration));
        inferences.await(expected, held, job);
        LocalCluster.Checkpoint first = job.checkpoint();
        kafka.send(held, restored);
        inferences.await(expected, restored, job);
        LocalCluster.Checkpoint next = job.checkpoint();
        long begin = System.nanoTime();
        String savepoint = job.savepoint(folder.resolve(backend.option() + "-savepoint"));
        long savepointMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        job.cancel();
        kafka.send(restored, restored + changed);
        long[] restores = new long[2];
        String[] snapshots = {next.path(), savepoint};
        for (int i = 0; i < snapshots.length; i++) {
          expected.forget(restored);
          LocalCluster.Job again = cluster.submit(CarryoverJob.build(configuration), snapshots[i]);
          restores[i] = again.restoreMillis(RECURRENT);
          inferences.await(expected, expected.count(), again);
          again.cancel();
        }
        return new StateReading(
            first,
            next,
            bytes(Path.of(URI.create(savepoint))),
            savepointMillis,
            restores[0],
            restores[1]);
      }
    }
  }

  private static long bytes(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .mapToLong(
              file -> {
                try {
                  return Files.size(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .sum();
    }
  }
}
