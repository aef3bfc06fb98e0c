package dev.carryover.job;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.util.FileUtils;
import org.apache.flink.util.SerializedThrowable;

/**
 * A Flink cluster in this process that runs one job, with Flink's web page on a free port of the
 * loopback interface. For demonstrations, small deployments and tests. Where no {@code
 * checkpoints.directory} is set, checkpoints go to a temporary folder that is deleted at the end.
 *
 * <pre>{@code
 * try (EmbeddedFlink flink = EmbeddedFlink.start(configuration)) {
 *   System.out.println(flink.webAddress());
 *   flink.awaitEnd();
 * }
 * }</pre>
 */
public final class EmbeddedFlink implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration GRACE = Duration.ofSeconds(30);

  private final MiniCluster cluster;
  private final JobID jobId;
  private final URI webAddress;
  private final CompletableFuture<JobResult> result;
  private final Path folder;

  private EmbeddedFlink(MiniCluster cluster, Path folder, JobID jobId, URI webAddress) {
    this.cluster = cluster;
    this.folder = folder;
    this.jobId = jobId;
    this.webAddress = webAddress;
    this.result = cluster.requestJobResult(jobId);
  }

  /**
   * Starts a cluster and submits the job.
   *
   * @throws ConfigurationException if the configuration, its model, a mapping or a schema cannot be
   *     used; nothing was started then
   */
  public static EmbeddedFlink start(JobConfiguration configuration) throws Exception {
    Path folder = Files.createTempDirectory("carryover-flink-");
    MiniCluster cluster = null;
    try {
      Configuration flink = flinkConfiguration(configuration, folder);
      JobGraph graph = CarryoverJob.build(configuration, flink).getStreamGraph().getJobGraph();
      cluster = cluster(flink, graph.getMaximumParallelism());
      cluster.start();
      JobID jobId = cluster.submitJob(graph).get().getJobID();
      return new EmbeddedFlink(cluster, folder, jobId, cluster.getRestAddress().get());
    } catch (Exception | Error e) {
      if (cluster != null) {
        cluster.closeAsync();
      }
      FileUtils.deleteDirectoryQuietly(folder.toFile());
      throw e;
    }
  }

  private static Configuration flinkConfiguration(JobConfiguration configuration, Path folder) {
    Configuration flink = new Configuration();
    flink.set(RestOptions.ADDRESS, LOOPBACK);
    flink.set(RestOptions.BIND_ADDRESS, LOOPBACK);
    flink.set(RestOptions.BIND_PORT, "0");
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    // Without a directory Flink keeps checkpoints in memory and refuses states above 5 MiB.
    flink.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        folder.resolve("checkpoints").toUri().toString());
    flink.addAll(FlinkSettings.of(configuration));
    return flink;
  }

  private static MiniCluster cluster(Configuration flink, int slots) {
    return new MiniCluster(
        new MiniClusterConfiguration.Builder()
            .setConfiguration(flink)
            .setNumTaskManagers(1)
            .setNumSlotsPerTaskManager(slots)
            .build());
  }

  /** Flink's web page. */
  public URI webAddress() {
    return webAddress;
  }

  /** The id of the job in this cluster. */
  public String jobId() {
    return jobId.toString();
  }

  /** Whether the job has ended, by itself, by failure or by {@link #cancel}. */
  public boolean ended() {
    return result.isDone();
  }

  /**
   * Waits until the job has ended.
   *
   * @throws ExecutionException with the cause, if it failed
   */
  public void awaitEnd() throws InterruptedException, ExecutionException {
    Optional<SerializedThrowable> failure = result.get().getSerializedThrowable();
    if (failure.isPresent()) {
      throw new ExecutionException(failure.get());
    }
  }

  /** Ends the job and waits for that; its inferences since the last checkpoint are not visible. */
  public void cancel() throws InterruptedException, ExecutionException, TimeoutException {
    if (!ended()) {
      cluster.cancelJob(jobId).get();
      result.get(GRACE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /**
   * Ends the job and stops the cluster.
   *
   * @throws IllegalStateException if that did not go in order; the cluster is abandoned then
   */
  @Override
  public void close() {
    try {
      cancel();
      cluster.closeAsync().get(GRACE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      cluster.closeAsync();
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      cluster.closeAsync();
      throw new IllegalStateException("the embedded cluster did not stop in order: " + e, e);
    } finally {
      FileUtils.deleteDirectoryQuietly(folder.toFile());
    }
  }
}
