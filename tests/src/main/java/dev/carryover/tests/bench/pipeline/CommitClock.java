package dev.carryover.tests.bench.pipeline;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * Watches the committed end of a topic: what a consumer of committed records could have read by
 * when. The CPU time beside it is that of the whole process, so the broker's and the garbage
 * collector's too.
 */
final class CommitClock {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final long POLL_MS = 10;

  /** A moment at which more was committed than at the one before. */
  record Commit(long records, long nanos, long cpuNanos) {}

  /**
   * Time per event in nanoseconds.
   *
   * @param events how many were timed
   * @param wallNanos by the wall
   * @param cpuNanos of all threads of the process
   */
  record Reading(long events, double wallNanos, double cpuNanos) {}

  private final Admin admin;
  private final Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
  private final List<Commit> commits = new ArrayList<>();

  CommitClock(Admin admin, String topic, int partitions) {
    this.admin = admin;
    IntStream.range(0, partitions)
        .forEach(p -> ends.put(new TopicPartition(topic, p), OffsetSpec.latest()));
  }

  /** Watches until about so many records are committed; markers of transactions count as well. */
  void watch(long records, LocalCluster.Job job) throws Exception {
    long last = 0;
    while (last < records) {
      job.requireRunning();
      long now = committed();
      if (now > last) {
        commits.add(new Commit(now, System.nanoTime(), SYSTEM.getProcessCpuTime()));
        last = now;
      }
      Thread.sleep(POLL_MS);
    }
  }

  /** The commits as they came. */
  List<Commit> commits() {
    return commits;
  }

  private long committed() throws InterruptedException, ExecutionException {
    return admin
        .listOffsets(ends, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
        .all()
        .get()
        .values()
        .stream()
        .mapToLong(end -> end.offset())
        .sum();
  }

  /**
   * The time per event between the first commit after {@code first} records and the last one before
   * {@code last}, at which the topic of events may have run dry.
   *
   * @throws IllegalStateException if there are no two such commits
   */
  Reading read(long first, long last) {
    return read(commits, first, last);
  }

  static Reading read(List<Commit> commits, long first, long last) {
    List<Commit> steady =
        commits.stream().filter(c -> c.records() >= first && c.records() < last).toList();
    if (steady.size() < 2) {
      throw new IllegalStateException(
          "%d of %d commits fall between %d and %d records where 2 are needed; give more events, or a shorter interval of checkpoints"
              .formatted(steady.size(), commits.size(), first, last));
    }
    Commit begin = steady.get(0);
    Commit end = steady.get(steady.size() - 1);
    double events = end.records() - begin.records();
    return new Reading(
        (long) events,
        (end.nanos() - begin.nanos()) / events,
        (end.cpuNanos() - begin.cpuNanos()) / events);
  }
}
