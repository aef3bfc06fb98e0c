package dev.carryover.deploy.kafka;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import kafka.server.StandardFaultHandlerFactory;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A single-node Kafka cluster inside this process, for the demo and for tests: KRaft without
 * ZooKeeper, loopback only, ports given by the system, transactions working.
 *
 * <pre>{@code
 * try (EmbeddedBroker broker = EmbeddedBroker.start()) {
 *   broker.createTopic("events", 4);
 *   run(broker.bootstrapServers());
 * }
 * }</pre>
 *
 * <p>Started without a folder, it keeps its log in a temporary one that {@link #close()} deletes.
 * Started with a folder, it keeps what an earlier broker of the same folder wrote there, and leaves
 * it behind.
 *
 * <p>All methods may be called from any thread; {@code close} may be called more than once.
 */
public final class EmbeddedBroker implements AutoCloseable {

  /*
   * Implementation notes. KafkaRaftServer would do all of this in one call, but keeps its BrokerServer to itself and
   * lets nobody pass a socket factory, so a port chosen by the system could not be found out, and a port probed
   * beforehand could be lost to another process. The parts are therefore put together here as KafkaRaftServer does
   * it, with sockets bound in advance (BoundSockets).
   *
   * Topics of one node: every replication factor and minimum of in-sync replicas is 1. The log cleaner gets a small
   * buffer, because the default of 128 MiB would be half the memory of the demo.
   */

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final int NODE_ID = 1;
  private static final String CLUSTER_ID = "carryover-embedded";
  private static final Duration ADMIN_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(10);

  private final Path folder;
  private final TemporaryFolder temporary;
  private final String bootstrapServers;
  private final SharedServer shared;
  private final ControllerServer controller;
  private final BrokerServer broker;
  private boolean closed;

  private EmbeddedBroker(Path folder, TemporaryFolder temporary, BoundSockets sockets)
      throws IOException {
    this.folder = folder;
    this.temporary = temporary;
    this.bootstrapServers = sockets.brokerAddress();

    Map<String, String> properties = properties(folder, sockets);
    format(properties, folder);
    Properties kafkaProperties = new Properties();
    kafkaProperties.putAll(properties);
    KafkaConfig config = KafkaConfig.fromProps(kafkaProperties, false);
    var initialized = KafkaRaftServer.initializeLogDirs(config, LOG, "[EmbeddedBroker] ");
    Metrics metrics =
        Server.initializeMetrics(config, Time.SYSTEM, initialized._1().clusterId().orElseThrow());
    this.shared =
        new SharedServer(
            config,
            initialized._1(),
            Time.SYSTEM,
            metrics,
            CompletableFuture.completedFuture(Map.of(NODE_ID, sockets.controllerSocketAddress())),
            List.of(),
            new StandardFaultHandlerFactory(),
            sockets);
    this.broker = new BrokerServer(shared);
    this.controller =
        new ControllerServer(shared, KafkaRaftServer.configSchema(), initialized._2());
  }

  /**
   * Starts a broker in a temporary folder.
   *
   * @throws IOException if the folder or the sockets cannot be made, or the broker does not come up
   */
  public static EmbeddedBroker start() throws IOException {
    TemporaryFolder temporary = TemporaryFolder.create("carryover-kafka-");
    return start(temporary.path(), temporary);
  }

  /**
   * Starts a broker whose log lives in a folder, which is created if it is absent and kept after
   * {@link #close()}.
   *
   * @throws IOException if the folder or the sockets cannot be made, or the broker does not come up
   */
  public static EmbeddedBroker start(Path folder) throws IOException {
    Objects.requireNonNull(folder, "folder");
    return start(Files.createDirectories(folder), null);
  }

  /** Starts it; {@code temporary} is deleted in the end unless it is null. */
  private static EmbeddedBroker start(Path folder, TemporaryFolder temporary) throws IOException {
    BoundSockets sockets = BoundSockets.bind();
    EmbeddedBroker embedded = null;
    try {
      embedded = new EmbeddedBroker(folder.toAbsolutePath(), temporary, sockets);
      // The controller first: the broker registers with it and waits until it is unfenced.
      embedded.controller.startup();
      embedded.broker.startup();
      return embedded;
    } catch (Exception e) {
      if (embedded != null) {
        embedded.close();
      } else if (temporary != null) {
        temporary.close();
      }
      sockets.close();
      throw new IOException(
          "The embedded Kafka broker did not start in " + folder + ": " + e.getMessage(), e);
    }
  }

  /** {@code host:port} for {@code bootstrap.servers}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Where the broker keeps its log. */
  public Path folder() {
    return folder;
  }

  /**
   * Creates a topic with the broker's defaults.
   *
   * @throws IOException if the topic exists already or its name is not a legal one
   */
  public void createTopic(String name, int partitions) throws IOException {
    createTopic(name, partitions, Map.of());
  }

  /**
   * Creates a topic.
   *
   * @param config topic settings by their Kafka names, for example {@code max.message.bytes}
   * @throws IOException if the topic exists already, its name is not a legal one or a setting is
   *     not
   */
  public void createTopic(String name, int partitions, Map<String, String> config)
      throws IOException {
    NewTopic topic = new NewTopic(name, partitions, (short) 1).configs(config);
    administer("create topic " + name, admin -> admin.createTopics(List.of(topic)).all().get());
  }

  /**
   * The end offset of every partition of a topic: how much was written, records of aborted
   * transactions and transaction markers included.
   *
   * @throws IOException if the topic does not exist
   */
  public Map<TopicPartition, Long> endOffsets(String topic) throws IOException {
    return administer(
        "read the end offsets of topic " + topic,
        admin -> {
          List<TopicPartition> partitions = new ArrayList<>();
          admin
              .describeTopics(List.of(topic))
              .allTopicNames()
              .get()
              .get(topic)
              .partitions()
              .forEach(p -> partitions.add(new TopicPartition(topic, p.partition())));
          Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
          partitions.forEach(p -> latest.put(p, OffsetSpec.latest()));
          Map<TopicPartition, Long> ends = new HashMap<>();
          admin.listOffsets(latest).all().get().forEach((p, info) -> ends.put(p, info.offset()));
          return ends;
        });
  }

  /** Stops the broker and the controller; deletes the folder if it was a temporary one. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    broker.shutdown(SHUTDOWN_TIMEOUT);
    controller.shutdown();
    if (temporary != null) {
      temporary.close();
    }
  }

  private static Map<String, String> properties(Path folder, BoundSockets sockets) {
    Map<String, String> p = new HashMap<>();
    p.put("process.roles", "broker,controller");
    p.put("node.id", Integer.toString(NODE_ID));
    p.put("controller.quorum.voters", NODE_ID + "@" + sockets.controllerAddress());
    p.put("controller.listener.names", BoundSockets.CONTROLLER);
    p.put("inter.broker.listener.name", BoundSockets.BROKER);
    p.put(
        "listener.security.protocol.map",
        BoundSockets.BROKER + ":PLAINTEXT," + BoundSockets.CONTROLLER + ":PLAINTEXT");
    p.put(
        "listeners",
        BoundSockets.BROKER
            + "://"
            + sockets.brokerAddress()
            + ","
            + BoundSockets.CONTROLLER
            + "://"
            + sockets.controllerAddress());
    p.put("log.dirs", folder.toString());
    p.put("auto.create.topics.enable", "false");
    p.put("num.network.threads", "2");
    p.put("num.io.threads", "4");
    p.put("log.cleaner.threads", "1");
    p.put("log.cleaner.dedupe.buffer.size", "4194304");
    p.put("offsets.topic.num.partitions", "1");
    p.put("offsets.topic.replication.factor", "1");
    p.put("transaction.state.log.num.partitions", "1");
    p.put("transaction.state.log.replication.factor", "1");
    p.put("transaction.state.log.min.isr", "1");
    p.put("transaction.max.timeout.ms", Long.toString(Duration.ofHours(2).toMillis()));
    p.put("share.coordinator.state.topic.num.partitions", "1");
    p.put("share.coordinator.state.topic.replication.factor", "1");
    p.put("share.coordinator.state.topic.min.isr", "1");
    p.put("group.initial.rebalance.delay.ms", "0");
    // Events carry their own times, which may be years old: nothing is deleted because of it.
    p.put("log.retention.ms", "-1");
    p.put("log.message.timestamp.before.max.ms", Long.toString(Long.MAX_VALUE));
    p.put("log.message.timestamp.after.max.ms", Long.toString(Long.MAX_VALUE));
    return p;
  }

  private static void format(Map<String, String> properties, Path folder) throws IOException {
    try {
      new Formatter()
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .setNodeId(NODE_ID)
          .setClusterId(CLUSTER_ID)
          .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
          .setControllerListenerName(properties.get("controller.listener.names"))
          .setMetadataLogDirectory(folder.toString())
          .addDirectory(folder.toString())
          .setIgnoreFormatted(true)
          .run();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private <T> T administer(String what, AdminCall<T> call) throws IOException {
    Map<String, Object> config =
        Map.of(
            CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            "default.api.timeout.ms",
            (int) ADMIN_TIMEOUT.toMillis());
    try (Admin admin = Admin.create(config)) {
      return call.call(admin);
    } catch (ExecutionException e) {
      throw new IOException("Cannot " + what + ": " + e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted; cannot " + what, e);
    }
  }

  private interface AdminCall<T> {
    T call(Admin admin) throws ExecutionException, InterruptedException;
  }
}
