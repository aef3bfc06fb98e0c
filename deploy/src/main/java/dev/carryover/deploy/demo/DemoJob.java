package dev.carryover.deploy.demo;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The topics of a demo and the configuration of its job. */
public final class DemoJob {

  /** The topic of events. */
  public static final String EVENTS = "events";

  /** The topic of inferences. */
  public static final String INFERENCES = "inferences";

  /** The topic of inferences that alert; of demos whose model scores events. */
  public static final String ALERTS = "alerts";

  /** The topics of what could not be used. */
  static final List<String> REJECTED = List.of("dead-letters", "late-events");

  private DemoJob() {}

  /**
   * Makes the topics, of as many partitions as the job has instances.
   *
   * @param further topics beside those that every demo has
   */
  public static void createTopics(EmbeddedBroker broker, DemoSettings settings, String... further)
      throws IOException {
    for (List<String> topics : List.of(List.of(EVENTS, INFERENCES), REJECTED, List.of(further))) {
      for (String topic : topics) {
        broker.createTopic(topic, settings.parallelism());
      }
    }
  }

  /**
   * The configuration, but for what depends on the task of the model.
   *
   * @param folder where checkpoints go
   */
  public static Map<String, String> configuration(
      DemoSettings settings, EmbeddedBroker broker, Path model, Path folder) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("job.name", "carryover-demo");
    values.put("parallelism", Integer.toString(settings.parallelism()));
    values.put("kafka.bootstrap-servers", broker.bootstrapServers());
    values.put("events.topics", EVENTS);
    values.put("events.format", "event");
    // A partition whose keys have all ended must not hold back the inactivity gaps of others.
    values.put("events.idle-timeout", "2 s");
    values.put("state.backend", settings.backend());
    values.put("model.path", model.toString());
    values.put("model.kernels", settings.kernels().toString());
    values.put("inferences.topic", INFERENCES);
    values.put("dead-letters.topic", REJECTED.get(0));
    values.put("late.topic", REJECTED.get(1));
    values.put("delivery.guarantee", "exactly-once");
    values.put("checkpoints.interval", settings.checkpointInterval().toMillis() + " ms");
    values.put("checkpoints.directory", folder.resolve("checkpoints").toUri().toString());
    return values;
  }

  /** What a demo says of its job when it runs. */
  public static String description(DemoSettings settings) {
    return "parallelism %d, %s state, exactly-once, a checkpoint every %,d ms"
        .formatted(
            settings.parallelism(), settings.backend(), settings.checkpointInterval().toMillis());
  }
}
