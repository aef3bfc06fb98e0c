package dev.carryover.tests.bench.pipeline;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecution;
import org.apache.flink.runtime.executiongraph.AccessExecutionJobVertex;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A Flink cluster in this process that runs one job at a time, and says what it knows of it. */
public final class LocalCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final long POLL_MS = 5;

  private final MiniCluster cluster;

  private LocalCluster(MiniCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Starts a cluster of one task manager.
   *
   * @param folder for temporary files and the working state of RocksDB
   */
  public static LocalCluster start(int slots, Path folder) throws Exception {
    Configuration flink = new Configuration();
    flink.set(RestOptions.ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_PORT, "0");
    flink.set(CoreOptions.TMP_DIRS, folder.toString());
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(flink)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    cluster.start();
    return new LocalCluster(cluster);
  }

  /** Submits a job that begins anew. */
  public Job submit(StreamExecutionEnvironment environment) throws Exception {
    return submit(environment, SavepointRestoreSettings.none());
  }

  /** Submits a job that goes on from a savepoint, or from a checkpoint that was kept. */
  public Job submit(StreamExecutionEnvironment environment, String snapshot) throws Exception {
    return submit(environment, SavepointRestoreSettings.forPath(snapshot, false));
  }

  private Job submit(StreamExecutionEnvironment environment, SavepointRestoreSettings restore)
      throws Exception {
    JobGraph graph = environment.getStreamGraph().getJobGraph();
    graph.setSavepointRestoreSettings(restore);
    return new Job(cluster.submitJob(graph).get().getJobID());
  }

  @Override
  public void close() {
    cluster.closeAsync().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  /**
   * A checkpoint that was made.
   *
   * @param path where it is
   * @param stateBytes what a restore reads
   * @param writtenBytes what was written for it; less where the rest was written before
   * @param millis from its trigger to its end
   */
  public record Checkpoint(String path, long stateBytes, long writtenBytes, long millis) {}

  /** A job of this cluster. */
  public final class Job {
    private final JobID id;

    private Job(JobID id) {
      this.id = id;
    }

    /**
     * Requires that the job has not ended.
     *
     * @throws IllegalStateException with the cause, if it has
     */
    public void requireRunning() throws Exception {
      JobStatus status = cluster.getJobStatus(id).get();
      if (status.isGloballyTerminalState()) {
        throw new IllegalStateException(
            "the job is " + status + " where it must be running; nothing was timed",
            cluster
                .requestJobResult(id)
                .get()
                .getSerializedThrowable()
                .map(failure -> failure.deserializeError(LocalCluster.class.getClassLoader()))
                .orElse(null));
      }
    }

    /** Waits until all tasks run. */
    public void awaitRunning() throws Exception {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!allTasksRun()) {
        requireRunning();
        require(System.nanoTime() < deadline, "not all tasks run after " + PATIENCE);
        Thread.sleep(POLL_MS);
      }
    }

    private boolean allTasksRun() throws Exception {
      // Of a job that is being initialized no task is known yet.
      boolean known = false;
      for (AccessExecutionVertex vertex :
          cluster.getExecutionGraph(id).get().getAllExecutionVertices()) {
        known = true;
        ExecutionState state = vertex.getExecutionState();
        if (state != ExecutionState.RUNNING && state != ExecutionState.FINISHED) {
          return false;
        }
      }
      return known;
    }

    /**
     * Takes a checkpoint of the kind that the job is set to, and waits until it is made. One that
     * is declined, as where a task is just ending, is taken again.
     */
    public Checkpoint checkpoint() throws Exception {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      Long number = null;
      while (number == null) {
        awaitRunning();
        require(System.nanoTime() < deadline, "no checkpoint was made after " + PATIENCE);
        number =
            cluster
                .triggerCheckpoint(id, CheckpointType.CONFIGURED)
                .exceptionally(declined -> null)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
      CompletedCheckpointStats made =
          (CompletedCheckpointStats)
              cluster
                  .getExecutionGraph(id)
                  .get()
                  .getCheckpointStatsSnapshot()
                  .getHistory()
                  .getCheckpointById(number);
      return new Checkpoint(
          made.getExternalPath(),
          made.getStateSize(),
          made.getCheckpointedSize(),
          made.getEndToEndDuration());
    }

    /** Takes a canonical savepoint into a folder, and says where it is. */
    public String savepoint(Path folder) throws Exception {
      return cluster
          .triggerSavepoint(id, folder.toUri().toString(), false, SavepointFormatType.CANONICAL)
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Longest time that a task of a vertex took from its start until it took events. */
    public long restoreMillis(String vertexName) throws Exception {
      awaitRunning();
      long longest = -1;
      for (AccessExecutionJobVertex vertex :
          cluster.getExecutionGraph(id).get().getVerticesTopologically()) {
        if (vertex.getName().contains(vertexName)) {
          for (AccessExecutionVertex task : List.of(vertex.getTaskVertices())) {
            AccessExecution attempt = task.getCurrentExecutionAttempt();
            longest =
                Math.max(
                    longest,
                    attempt.getStateTimestamp(ExecutionState.RUNNING)
                        - attempt.getStateTimestamp(ExecutionState.INITIALIZING));
          }
        }
      }
      require(longest >= 0, "no vertex of the job has '" + vertexName + "' in its name");
      return longest;
    }

    /** Ends the job as it is. */
    public void cancel() throws Exception {
      if (!cluster.getJobStatus(id).get().isGloballyTerminalState()) {
        cluster.cancelJob(id).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
      cluster.requestJobResult(id).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void require(boolean condition, String otherwise) {
      if (!condition) {
        throw new IllegalStateException(otherwise + "; nothing was timed; look at the log");
      }
    }
  }
}
