package dev.carryover.tests.faults;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.cli.CliFrontend;
import org.apache.flink.client.deployment.StandaloneClusterId;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;

/**
 * A Flink cluster of processes: one job manager, and task managers of one slot each that can be
 * killed. Its class path has Flink and nothing of ours, so that all of a job comes from its jar.
 */
final class StandaloneCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What a Flink distribution does not have. */
  private static final List<String> NOT_FLINK =
      List.of(
          "carryover",
          "classes",
          "org/apache/kafka",
          "org/apache/avro",
          "flink-connector-kafka",
          "flink-avro",
          "flink-test-utils",
          "-tests.jar",
          "junit",
          "assertj",
          "archunit",
          "jmh",
          "onnxruntime");

  private static final Pattern SUBMITTED = Pattern.compile("JobID ([0-9a-f]{32})");

  private final Path folder;
  private final RestClusterClient<StandaloneClusterId> client;
  private final Process jobManager;
  private final List<Process> taskManagers = new ArrayList<>();
  private int started;

  /**
   * Starts the job manager.
   *
   * @param folder for configuration, temporary files and logs
   */
  StandaloneCluster(Path folder) throws Exception {
    this.folder = Files.createDirectories(folder);
    String loopback = InetAddress.getLoopbackAddress().getHostAddress();
    Files.writeString(
        folder.resolve("config.yaml"),
        String.join(
            "\n",
            "jobmanager.rpc.address: " + loopback,
            "jobmanager.bind-host: " + loopback,
            "jobmanager.rpc.port: " + freePort(),
            "rest.address: " + loopback,
            "rest.bind-address: " + loopback,
            "rest.port: " + freePort(),
            "taskmanager.host: " + loopback,
            "taskmanager.bind-host: " + loopback,
            "taskmanager.numberOfTaskSlots: 1",
            "taskmanager.cpu.cores: 1.0",
            "taskmanager.memory.framework.heap.size: 64m",
            "taskmanager.memory.framework.off-heap.size: 64m",
            "taskmanager.memory.task.heap.size: 192m",
            "taskmanager.memory.task.off-heap.size: 32m",
            "taskmanager.memory.network.min: 32m",
            "taskmanager.memory.network.max: 32m",
            "taskmanager.memory.managed.size: 64m",
            "taskmanager.memory.jvm-metaspace.size: 128m",
            "taskmanager.memory.jvm-overhead.min: 64m",
            "taskmanager.memory.jvm-overhead.max: 64m",
            "heartbeat.interval: 500",
            "heartbeat.timeout: 10000",
            "io.tmp.dirs: " + folder,
            ""));
    Files.writeString(
        folder.resolve("log4j2.properties"),
        """
        appender.console.type = Console
        appender.console.name = console
        appender.console.layout.type = PatternLayout
        appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
        rootLogger.level = warn
        rootLogger.appenderRef.console.ref = console
        """);
    Configuration configuration = GlobalConfiguration.loadConfiguration(folder.toString());
    this.jobManager =
        start(
            "job-manager",
            "256m",
            StandaloneSessionClusterEntrypoint.class,
            List.of("--configDir", folder.toString()));
    this.client = new RestClusterClient<>(configuration, StandaloneClusterId.getInstance());
  }

  /** A port that was free a moment ago: a process cannot be handed a socket that is open. */
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process start(String name, String heap, Class<?> main, List<String> arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                // As Flink's own scripts do.
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-Dlog4j2.configurationFile=" + folder.resolve("log4j2.properties"),
                "-Xmx" + heap,
                "-cp",
                classPath(),
                main.getName()));
    command.addAll(arguments);
    ProcessBuilder process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log(name).toFile());
    process.environment().put("FLINK_CONF_DIR", folder.toString());
    return process.start();
  }

  private Path log(String name) {
    return folder.resolve(name + ".log");
  }

  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> NOT_FLINK.stream().noneMatch(entry::contains))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Starts one more task manager. */
  void startTaskManager() throws IOException {
    String name = "task-manager-" + started++;
    taskManagers.add(
        start(
            name,
            "512m",
            TaskManagerRunner.class,
            List.of("--configDir", folder.toString(), "-D", "taskmanager.resource-id=" + name)));
  }

  /** Kills the oldest task manager, as {@code kill -9} does. */
  void killTaskManager() throws InterruptedException {
    Process oldest = taskManagers.remove(0);
    oldest.destroyForcibly();
    oldest.waitFor();
  }

  /** Submits a job by its jar with {@code flink run}. */
  JobID submit(Path jar, int parallelism, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("run", "-d", "-p", Integer.toString(parallelism), jar.toString()));
    command.addAll(List.of(arguments));
    Process run = start("flink-run", "256m", CliFrontend.class, command);
    boolean ended = run.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    run.destroyForcibly();
    Matcher submitted = SUBMITTED.matcher(Files.readString(log("flink-run")));
    if (!ended || !submitted.find()) {
      throw new AssertionError("flink run did not submit the job" + logs());
    }
    return JobID.fromHexString(submitted.group(1));
  }

  /** Whether a job has ended, for whatever reason. */
  boolean ended(JobID job) {
    try {
      if (!taskManagers.stream().allMatch(Process::isAlive)) {
        throw new AssertionError("a task manager ended by itself" + logs());
      }
      JobStatus status = client.getJobStatus(job).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return status.isGloballyTerminalState();
    } catch (Exception e) {
      throw new AssertionError("the job manager does not say how the job is" + logs(), e);
    }
  }

  /** Ends a job with a savepoint, so that all it has done is committed. */
  void stop(JobID job) throws Exception {
    client
        .stopWithSavepoint(
            job,
            false,
            folder.resolve("savepoints").toUri().toString(),
            SavepointFormatType.CANONICAL)
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** The ends of the processes' logs, for a failure message. */
  String logs() {
    StringBuilder text = new StringBuilder();
    try (var files = Files.newDirectoryStream(folder, "*.log")) {
      for (Path file : files) {
        List<String> lines = Files.readAllLines(file);
        text.append("\n--- ").append(file.getFileName()).append('\n');
        lines
            .subList(Math.max(0, lines.size() - 30), lines.size())
            .forEach(line -> text.append(line).append('\n'));
      }
    } catch (IOException e) {
      text.append("\nthe logs cannot be read: ").append(e);
    }
    return text.toString();
  }

  @Override
  public void close() {
    client.close();
    taskManagers.forEach(Process::destroyForcibly);
    jobManager.destroyForcibly();
    taskManagers.forEach(StandaloneCluster::awaitEnd);
    awaitEnd(jobManager);
  }

  private static void awaitEnd(Process process) {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
