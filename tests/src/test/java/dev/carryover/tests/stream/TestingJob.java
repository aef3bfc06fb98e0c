package dev.carryover.tests.stream;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.job.CarryoverJob;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The options of a job between topics of one test, named after it: {@code NAME-events}, {@code
 * NAME-inferences}, {@code NAME-dead-letters}, {@code NAME-late}.
 */
public final class TestingJob {
  private final String name;
  private final EmbeddedBroker broker;
  private final Map<String, String> options = new TreeMap<>();

  /**
   * A job with exactly-once delivery and many checkpoints.
   *
   * @param folder for checkpoints
   */
  public TestingJob(EmbeddedBroker broker, String name, Path model, Path folder) {
    this.broker = broker;
    this.name = name;
    options.put("job.name", name);
    options.put("kafka.bootstrap-servers", broker.bootstrapServers());
    options.put("events.topics", events());
    // A partition is never idle, however slow the machine is: the same run gives the same result.
    options.put("events.idle-timeout", "0 s");
    options.put("model.path", model.toString());
    options.put("inferences.topic", inferences());
    options.put("dead-letters.topic", deadLetters());
    options.put("late.topic", late());
    options.put("checkpoints.interval", "200 ms");
    options.put("checkpoints.directory", folder.resolve("checkpoints").toUri().toString());
    options.put("flink.pipeline.auto-watermark-interval", "20 ms");
    options.put("flink.restart-strategy.type", "fixed-delay");
    options.put("flink.restart-strategy.fixed-delay.attempts", "50");
    options.put("flink.restart-strategy.fixed-delay.delay", "10 ms");
  }

  private TestingJob(TestingJob other) {
    this.broker = other.broker;
    this.name = other.name;
    this.options.putAll(other.options);
  }

  /** The same job with another option. */
  public TestingJob with(String key, String value) {
    TestingJob changed = new TestingJob(this);
    changed.options.put(key, value);
    return changed;
  }

  /** The same job with other options. */
  public TestingJob with(Map<String, String> changes) {
    TestingJob changed = new TestingJob(this);
    changed.options.putAll(changes);
    return changed;
  }

  /** Creates the topics that the job writes to. */
  public TestingJob createOutputTopics() throws IOException {
    broker.createTopic(inferences(), 3);
    broker.createTopic(deadLetters(), 2);
    broker.createTopic(late(), 2);
    return this;
  }

  /** The topic that the job reads. */
  public String events() {
    return name + "-events";
  }

  /** The topic of inferences. */
  public String inferences() {
    return name + "-inferences";
  }

  /** The topic of dead letters. */
  public String deadLetters() {
    return name + "-dead-letters";
  }

  /** The topic of late events. */
  public String late() {
    return name + "-late";
  }

  /** Begins to read one of the topics. */
  public CommittedRecords read(String topic) {
    return new CommittedRecords(broker.bootstrapServers(), topic);
  }

  /** The configuration, checked. */
  public JobConfiguration configuration() throws ConfigurationException {
    return JobConfiguration.of(options);
  }

  /** The whole job as it is run in production. */
  public StreamExecutionEnvironment build() throws ConfigurationException {
    return CarryoverJob.build(configuration());
  }
}
