package dev.carryover.job;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** Job configurations that need no broker until they run. */
final class TestingConfigurations {
  private TestingConfigurations() {}

  /** The least that a job needs, and some more. */
  static JobConfiguration minimal(String modelUri, String... keysAndValues)
      throws ConfigurationException {
    Map<String, String> values = new HashMap<>();
    values.put("job.name", "testing");
    values.put("kafka.bootstrap-servers", "127.0.0.1:1");
    values.put("events.topics", "events");
    values.put("model.path", Path.of(URI.create(modelUri)).toString());
    values.put("inferences.topic", "inferences");
    values.put("dead-letters.topic", "dead-letters");
    put(values, keysAndValues);
    return JobConfiguration.of(values);
  }

  /** Every output and every feature of a job, and some more. */
  static JobConfiguration full(String modelUri, String... keysAndValues)
      throws ConfigurationException {
    Map<String, String> all =
        new HashMap<>(
            Map.of(
                "alerts.topic", "alerts",
                "alerts.rank", "9",
                "late.topic", "late",
                "models.topic", "models",
                "models.status-topic", "model-statuses",
                "ordering.mode", "event-time",
                "deduplication", "true",
                "sequence.gap", "6 h"));
    put(all, keysAndValues);
    return minimal(
        modelUri,
        all.entrySet().stream()
            .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
            .toArray(String[]::new));
  }

  private static void put(Map<String, String> values, String[] keysAndValues) {
    for (int i = 0; i < keysAndValues.length; i += 2) {
      values.put(keysAndValues[i], keysAndValues[i + 1]);
    }
  }
}
