package dev.carryover.tests.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A Flink cluster in this process, whose task managers can be lost. */
public final class TestingCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final MiniCluster cluster;
  private final InMemoryReporter metrics;

  private TestingCluster(MiniCluster cluster, InMemoryReporter metrics) {
    this.cluster = cluster;
    this.metrics = metrics;
  }

  /**
   * Starts a cluster.
   *
   * @param folder for temporary files
   */
  public static TestingCluster start(int taskManagers, int slotsOfEach, Path folder)
      throws Exception {
    Configuration flink = new Configuration();
    flink.set(RestOptions.BIND_PORT, "0");
    flink.set(CoreOptions.TMP_DIRS, folder.toString());
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(64));
    InMemoryReporter metrics = InMemoryReporter.create();
    metrics.addToConfiguration(flink);
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(flink)
                .setNumTaskManagers(taskManagers)
                .setNumSlotsPerTaskManager(slotsOfEach)
                .build());
    cluster.start();
    return new TestingCluster(cluster, metrics);
  }

  /** Submits a job. */
  public Job submit(StreamExecutionEnvironment environment) throws Exception {
    return submit(environment, SavepointRestoreSettings.none());
  }

  /** Submits a job that goes on from a savepoint. */
  public Job submit(StreamExecutionEnvironment environment, String savepoint) throws Exception {
    return submit(environment, SavepointRestoreSettings.forPath(savepoint, false));
  }

  private Job submit(StreamExecutionEnvironment environment, SavepointRestoreSettings restore)
      throws Exception {
    JobGraph graph = environment.getStreamGraph().getJobGraph();
    graph.setSavepointRestoreSettings(restore);
    return new Job(cluster.submitJob(graph).get().getJobID());
  }

  /** Takes the task manager with this number away, and puts another one in its place. */
  public void replaceTaskManager(int index) throws Exception {
    cluster.terminateTaskManager(index).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    cluster.startTaskManager();
  }

  @Override
  public void close() {
    cluster.closeAsync().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** A job of this cluster. */
  public final class Job {
    private final JobID id;

    private Job(JobID id) {
      this.id = id;
    }

    /** Whether the job has ended, for whatever reason. */
    public boolean ended() {
      return cluster.requestJobResult(id).isDone();
    }

    /** How often the task that ran most attempts was started again. */
    public int restarts() throws Exception {
      int restarts = 0;
      for (AccessExecutionVertex vertex :
          cluster.getExecutionGraph(id).get().getAllExecutionVertices()) {
        restarts = Math.max(restarts, vertex.getCurrentExecutionAttempt().getAttemptNumber());
      }
      return restarts;
    }

    /** A counter of the operator below {@code carryover}, of all tasks that run. */
    public long counter(String name) {
      return metrics.getMetricsByGroup().entrySet().stream()
          .filter(group -> group.getKey().getMetricIdentifier("").endsWith(".carryover."))
          .filter(group -> id.toString().equals(group.getKey().getAllVariables().get("<job_id>")))
          .map(group -> group.getValue().get(name))
          // Of a task that is being started or ended there may be none.
          .mapToLong(metric -> metric instanceof Counter counter ? counter.getCount() : 0)
          .sum();
    }

    /** Waits until a counter has a value, or a higher one. */
    public void awaitCounter(String name, long value) {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (counter(name) < value) {
        assertThat(ended() || System.nanoTime() > deadline)
            .as("%s is %d, not %d", name, counter(name), value)
            .isFalse();
      }
    }

    /** Takes a checkpoint, once all tasks run. */
    public void checkpoint() throws Exception {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      boolean taken = false;
      while (!taken) {
        awaitTasks(deadline);
        CompletableFuture<Long> checkpoint =
            cluster.triggerCheckpoint(id, CheckpointType.FULL).exceptionally(failure -> null);
        // It fails where one of the tasks does.
        taken = checkpoint.get(PATIENCE.toSeconds(), TimeUnit.SECONDS) != null;
      }
    }

    private void awaitTasks(long deadline) throws Exception {
      boolean running = false;
      while (!running) {
        assertThat(ended() || System.nanoTime() > deadline).as("tasks do not start").isFalse();
        running = true;
        for (AccessExecutionVertex vertex :
            cluster.getExecutionGraph(id).get().getAllExecutionVertices()) {
          running &=
              vertex.getExecutionState() == ExecutionState.RUNNING
                  || vertex.getExecutionState() == ExecutionState.FINISHED;
        }
      }
    }

    /** Waits for the job to fail for good, and says what its task failed with. */
    public Throwable failure() throws Exception {
      Throwable cause =
          cluster
              .requestJobResult(id)
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
              .getSerializedThrowable()
              .orElseThrow()
              .deserializeError(getClass().getClassLoader());
      while (cause instanceof JobExecutionException || cause instanceof JobException) {
        cause = cause.getCause();
      }
      return cause;
    }

    /** Waits until some task is in its so many-th restart. */
    public void awaitRestart(int restarts) throws Exception {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (restarts() < restarts) {
        assertThat(ended() || System.nanoTime() > deadline)
            .as("%d restarts, not %d", restarts(), restarts)
            .isFalse();
      }
    }

    /** Ends the job with a canonical savepoint, so that all it has done is committed. */
    public String stop(Path folder) throws Exception {
      String savepoint =
          cluster
              .stopWithSavepoint(
                  id, folder.toUri().toString(), false, SavepointFormatType.CANONICAL)
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(
              cluster
                  .requestJobResult(id)
                  .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                  .getSerializedThrowable())
          .isEmpty();
      return savepoint;
    }

    /** Ends the job as it is. */
    public void cancel() throws Exception {
      cluster.cancelJob(id).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      cluster.requestJobResult(id).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }
}
