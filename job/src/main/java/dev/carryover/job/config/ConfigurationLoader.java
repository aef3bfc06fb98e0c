package dev.carryover.job.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Turns entries into typed values and collects every problem on the way, so that one look at the
 * message is enough to repair a file.
 */
final class ConfigurationLoader {
  private static final int SHOWN_CHARACTERS = 80;

  /** Properties that the job sets itself, with the option that decides them. */
  private static final Map<String, String> KAFKA_RESERVED =
      Map.of(
          "bootstrap.servers", "kafka.bootstrap-servers",
          "group.id", "events.group-id",
          "auto.offset.reset", "events.start",
          "transactional.id", "delivery.transactional-id-prefix",
          "transaction.timeout.ms", "delivery.transaction-timeout");

  private static final List<String> KAFKA_FIXED =
      List.of(
          "key.deserializer",
          "value.deserializer",
          "key.serializer",
          "value.serializer",
          "enable.auto.commit");

  private static final Map<String, String> FLINK_RESERVED =
      Map.of(
          "pipeline.name", "job.name",
          "parallelism.default", "parallelism",
          "execution.checkpointing.interval", "checkpoints.interval",
          "execution.checkpointing.mode", "delivery.guarantee",
          "execution.checkpointing.dir", "checkpoints.directory",
          "state.checkpoints.dir", "checkpoints.directory",
          "state.backend", "state.backend",
          "state.backend.type", "state.backend");

  private final String source;
  private final UnaryOperator<String> environment;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final Map<String, String> passedThrough = new TreeMap<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();

  ConfigurationLoader(String source, UnaryOperator<String> environment) {
    this.source = source;
    this.environment = environment;
  }

  /** Returns the configuration that the entries are; throws with every problem if there is one. */
  JobConfiguration load(List<Entry> entries, Path folder) throws ConfigurationException {
    for (Entry entry : entries) {
      lines.put(entry.key(), entry.line());
      load(entry);
    }
    for (JobOptions.Definition<?> definition : JobOptions.definitions()) {
      String key = definition.option().key();
      if (definition.required() && !lines.containsKey(key)) {
        problems.add(
            "%s: %s is missing; it is %s".formatted(source, key, definition.type().allowed()));
      }
    }
    throwProblems();
    JobConfiguration configuration = new JobConfiguration(entries, values, passedThrough, folder);
    new CrossChecks(configuration, (key, problem) -> problems.add(at(key) + key + " " + problem))
        .run();
    throwProblems();
    return configuration;
  }

  private void load(Entry entry) {
    List<String> missing = new ArrayList<>();
    String text = Secrets.substitute(entry.text(), environment, missing::add);
    for (String name : missing) {
      problem(
          entry,
          "refers to the environment variable %s, which is not set; set it or write the value"
              .formatted(name));
    }
    if (!missing.isEmpty()) {
      return;
    }
    JobOptions.Definition<?> definition = JobOptions.definition(entry.key());
    if (definition != null) {
      parse(entry, text, definition);
    } else if (passThrough(entry.key()).isPresent()) {
      passThrough(entry, text);
    } else {
      problem(
          entry,
          "is no option of a job"
              + nearest(entry.key()).map(key -> "; did you mean " + key + "?").orElse("")
              + " (job/OPTIONS.md lists them all)");
    }
  }

  private void parse(Entry entry, String text, JobOptions.Definition<?> definition) {
    if (entry.list() && !definition.type().isList()) {
      problem(entry, "is a list; allowed is " + definition.type().allowed());
      return;
    }
    try {
      values.put(entry.key(), definition.type().parse(text));
    } catch (IllegalArgumentException e) {
      problem(entry, "is %s; allowed is %s".formatted(shown(entry), definition.type().allowed()));
    }
  }

  private void passThrough(Entry entry, String text) {
    if (entry.list()) {
      problem(entry, "is a list; write it as one value, as the system that it goes to wants it");
      return;
    }
    String prefix = passThrough(entry.key()).orElseThrow().prefix();
    String property = entry.key().substring(prefix.length());
    boolean kafka = prefix.endsWith("properties.");
    String decidedBy =
        prefix.equals("flink.")
            ? FLINK_RESERVED.get(property)
            : kafka ? KAFKA_RESERVED.get(property) : null;
    boolean ofEvents = decidedBy != null && decidedBy.startsWith("events.");
    if (ofEvents && prefix.equals(JobConfiguration.CONTROL_PROPERTIES)) {
      // The control topic is read without a group, from its beginning.
      problem(entry, "cannot be set; the job depends on its own value");
    } else if (decidedBy != null) {
      problem(entry, "cannot be set here; set " + decidedBy);
    } else if (kafka && KAFKA_FIXED.contains(property)) {
      problem(entry, "cannot be set; the job depends on its own value");
    } else {
      passedThrough.put(entry.key(), text);
    }
  }

  private static Optional<JobOptions.PassThrough> passThrough(String key) {
    return JobOptions.PASS_THROUGH.stream()
        .filter(group -> key.startsWith(group.prefix()) && key.length() > group.prefix().length())
        .findFirst();
  }

  private static String shown(Entry entry) {
    if (Secrets.refersToEnvironment(entry.text())) {
      return "not valid with what the environment holds (" + oneLine(Secrets.shown(entry)) + ")";
    }
    return '"' + oneLine(Secrets.shown(entry)) + '"';
  }

  private static String oneLine(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= SHOWN_CHARACTERS ? line : line.substring(0, SHOWN_CHARACTERS) + "...";
  }

  private static Optional<String> nearest(String key) {
    String best = null;
    int bestDistance = Math.max(2, key.length() / 3) + 1;
    List<String> known = new ArrayList<>();
    JobOptions.definitions().forEach(definition -> known.add(definition.option().key()));
    JobOptions.PASS_THROUGH.forEach(group -> known.add(group.prefix() + "*"));
    for (String candidate : known) {
      int distance = distance(key, candidate);
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return Optional.ofNullable(best);
  }

  /** The Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }

  private void problem(Entry entry, String problem) {
    problems.add(at(entry.key()) + oneLine(entry.key()) + " " + problem);
  }

  private String at(String key) {
    int line = lines.getOrDefault(key, 0);
    return line > 0 ? source + ":" + line + ": " : source + ": ";
  }

  private void throwProblems() throws ConfigurationException {
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
  }
}
