package dev.carryover.job.config;

import dev.carryover.job.config.JobOptions.AvroFraming;
import dev.carryover.job.config.JobOptions.EventFormat;
import dev.carryover.job.config.JobOptions.Ordering;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.connector.base.DeliveryGuarantee;

/** What single values cannot say: which options need, exclude or bound each other. */
final class CrossChecks {
  /** The producer's own default of {@code max.request.size}. */
  private static final long DEFAULT_REQUEST_BYTES = 1 << 20;

  /** What a dead letter holds beside the bytes of the record: origin, reason, detail. */
  private static final long PART_OVERHEAD_BYTES = 16 << 10;

  private static final double LARGEST_LENGTH_PENALTY = 100;

  private static final List<ConfigOption<?>> MAPPING =
      List.of(
          JobOptions.EVENTS_MAPPING_KEY,
          JobOptions.EVENTS_MAPPING_TIMESTAMP,
          JobOptions.EVENTS_MAPPING_TIMESTAMP_UNIT,
          JobOptions.EVENTS_MAPPING_TOKEN,
          JobOptions.EVENTS_MAPPING_FEATURES,
          JobOptions.EVENTS_MAPPING_SEQUENCE,
          JobOptions.EVENTS_MAPPING_END);

  /** What means nothing to a job that takes no announcements. */
  private static final List<ConfigOption<?>> OF_ANNOUNCEMENTS =
      List.of(
          JobOptions.MODELS_STATUS_TOPIC,
          JobOptions.MODELS_PUBLIC_KEY,
          JobOptions.MODELS_ALLOWED_LOCATIONS,
          JobOptions.MODELS_MAXIMUM_SIZE,
          JobOptions.MODELS_LOAD_TIMEOUT,
          JobOptions.MODELS_MAXIMUM_RESIDENT);

  private final JobConfiguration configuration;
  private final BiConsumer<String, String> problems;

  /** Checks a configuration; each problem goes out with the key it is reported at. */
  CrossChecks(JobConfiguration configuration, BiConsumer<String, String> problems) {
    this.configuration = configuration;
    this.problems = problems;
  }

  void run() {
    checkFormat();
    checkTopics();
    checkAlerts();
    checkModels();
    checkTransduction();
    checkTimes();
    checkPartSize();
  }

  private void checkFormat() {
    EventFormat format = get(JobOptions.EVENTS_FORMAT);
    boolean avro = format == EventFormat.AVRO;
    if (format == EventFormat.EVENT) {
      for (ConfigOption<?> option : MAPPING) {
        if (isSet(option)) {
          report(option, "is set, but events.format is event, which needs no mapping; remove one");
        }
      }
    } else {
      String name = ValueType.configName(format);
      require(JobOptions.EVENTS_MAPPING_KEY, "events.format is " + name);
      require(JobOptions.EVENTS_MAPPING_TIMESTAMP, "events.format is " + name);
      if (!isSet(JobOptions.EVENTS_MAPPING_TOKEN) && !isSet(JobOptions.EVENTS_MAPPING_FEATURES)) {
        report(
            JobOptions.EVENTS_MAPPING_TOKEN,
            "and events.mapping.features are both missing, but events.format is "
                + name
                + "; set the one that the model reads");
      }
      if (isSet(JobOptions.DEDUPLICATION)
          && get(JobOptions.DEDUPLICATION)
          && !isSet(JobOptions.EVENTS_MAPPING_SEQUENCE)) {
        report(
            JobOptions.DEDUPLICATION,
            "is true, but events.mapping.sequence is missing; say where the sequence number is");
      }
      if (isSet(JobOptions.EVENTS_MAPPING_TIMESTAMP_UNIT)
          && isSet(JobOptions.EVENTS_MAPPING_TIMESTAMP)
          && get(JobOptions.EVENTS_MAPPING_TIMESTAMP).equals("$timestamp")) {
        report(
            JobOptions.EVENTS_MAPPING_TIMESTAMP_UNIT,
            "is set, but events.mapping.timestamp is $timestamp, which is in milliseconds; remove it");
      }
    }
    Set<String> writers = configuration.writerSchemas().keySet();
    if (!avro) {
      for (ConfigOption<?> option :
          List.of(JobOptions.EVENTS_AVRO_SCHEMA, JobOptions.EVENTS_AVRO_FRAMING)) {
        if (isSet(option)) {
          report(option, "is set, but events.format is not avro; remove one");
        }
      }
      for (String name : writers) {
        problems.accept(
            "events.avro.writer-schemas." + name,
            "is set, but events.format is not avro; remove one");
      }
      return;
    }
    require(JobOptions.EVENTS_AVRO_SCHEMA, "events.format is avro");
    AvroFraming framing = get(JobOptions.EVENTS_AVRO_FRAMING);
    if (framing == AvroFraming.CONFLUENT && writers.isEmpty()) {
      report(
          JobOptions.EVENTS_AVRO_FRAMING,
          "is confluent, but events.avro.writer-schemas has no entry;"
              + " add ID: path for every schema id that occurs");
    }
    for (String name : writers) {
      String key = "events.avro.writer-schemas." + name;
      if (framing == AvroFraming.NONE) {
        problems.accept(
            key,
            "is set, but events.avro.framing is none, so no record says its schema; remove one");
      } else if (framing == AvroFraming.CONFLUENT && !isSchemaId(name)) {
        problems.accept(key, "does not end in a schema id, a whole number of at least 0");
      }
    }
  }

  private void checkTopics() {
    if (get(JobOptions.ORDERING_MODE) == Ordering.EVENT_TIME) {
      require(JobOptions.LATE_TOPIC, "ordering.mode is event-time");
    }
    List<String> events = get(JobOptions.EVENTS_TOPICS);
    if (new HashSet<>(events).size() < events.size()) {
      report(JobOptions.EVENTS_TOPICS, "names a topic twice");
    }
    Map<String, String> users = new HashMap<>();
    events.forEach(topic -> users.put(topic, JobOptions.EVENTS_TOPICS.key()));
    for (ConfigOption<String> option :
        List.of(
            JobOptions.INFERENCES_TOPIC,
            JobOptions.ALERTS_TOPIC,
            JobOptions.DEAD_LETTERS_TOPIC,
            JobOptions.LATE_TOPIC,
            JobOptions.MODELS_TOPIC,
            JobOptions.MODELS_STATUS_TOPIC)) {
      if (isSet(option)) {
        String user = users.putIfAbsent(get(option), option.key());
        if (user != null) {
          report(option, "is \"" + get(option) + "\", as is " + user + "; give each its own topic");
        }
      }
    }
  }

  private void checkAlerts() {
    for (ConfigOption<?> option : List.of(JobOptions.ALERTS_RANK, JobOptions.ALERTS_SURPRISAL)) {
      if (isSet(option)) {
        require(JobOptions.ALERTS_TOPIC, option.key() + " is set");
      }
    }
  }

  private void checkModels() {
    if (isSet(JobOptions.MODELS_TOPIC)) {
      require(JobOptions.MODELS_STATUS_TOPIC, "models.topic is set");
      for (String location : configuration.allowedLocations()) {
        checkLocation(location);
      }
      return;
    }
    String problem =
        "is set, but models.topic is not, so the job takes no announcements; set it or remove this";
    for (ConfigOption<?> option : OF_ANNOUNCEMENTS) {
      if (isSet(option)) {
        report(option, problem);
      }
    }
    configuration.controlPropertyKeys().forEach(key -> problems.accept(key, problem));
  }

  private void checkTransduction() {
    int answers = get(JobOptions.TRANSDUCTION_N_BEST);
    int width = get(JobOptions.TRANSDUCTION_BEAM_WIDTH);
    if (answers > width) {
      report(
          JobOptions.TRANSDUCTION_N_BEST,
          "is %d, but transduction.beam-width is %d, and a beam finds no more answers than it is wide;"
                  .formatted(answers, width)
              + " lower it or widen the beam");
    }
    double penalty = get(JobOptions.TRANSDUCTION_LENGTH_PENALTY);
    if (penalty > LARGEST_LENGTH_PENALTY) {
      report(
          JobOptions.TRANSDUCTION_LENGTH_PENALTY,
          "is %s, but at most %s is allowed, where only length counts; lower it, 0.6 to 1 is usual"
              .formatted(penalty, LARGEST_LENGTH_PENALTY));
    }
  }

  /** Whatever could not be compared with where an announced file is. */
  private void checkLocation(String location) {
    URI uri;
    try {
      uri = new URI(location);
    } catch (URISyntaxException e) {
      uri = null;
    }
    if (uri == null || uri.getScheme() == null || uri.getRawPath() == null) {
      report(
          JobOptions.MODELS_ALLOWED_LOCATIONS,
          "names \"" + location + "\", which is not the URI of a folder; write s3://bucket/folder");
    }
  }

  private void checkTimes() {
    Duration interval = get(JobOptions.CHECKPOINTS_INTERVAL);
    Duration timeout = get(JobOptions.DELIVERY_TRANSACTION_TIMEOUT);
    if (get(JobOptions.DELIVERY_GUARANTEE) == DeliveryGuarantee.EXACTLY_ONCE
        && timeout.compareTo(interval) <= 0) {
      report(
          JobOptions.DELIVERY_TRANSACTION_TIMEOUT,
          "is %s, but must be longer than checkpoints.interval (%s), which commits a transaction"
              .formatted(ValueType.durationText(timeout), ValueType.durationText(interval)));
    }
    Duration expiry = get(JobOptions.SEQUENCE_EXPIRE_AFTER);
    configuration
        .find(JobOptions.SEQUENCE_GAP)
        .filter(gap -> !expiry.isZero() && gap.compareTo(expiry) >= 0)
        .ifPresent(
            gap ->
                report(
                    JobOptions.SEQUENCE_GAP,
                    "is %s, but must be shorter than sequence.expire-after (%s), which drops the state"
                        .formatted(ValueType.durationText(gap), ValueType.durationText(expiry))));
    if (get(JobOptions.DEDUPLICATION) && expiry.isZero()) {
      report(
          JobOptions.DEDUPLICATION,
          "is true, but sequence.expire-after is 0 s, so the last sequence number of every key would"
              + " be kept forever; set sequence.expire-after");
    }
  }

  private void checkPartSize() {
    String request = configuration.producerProperties().getProperty("max.request.size");
    long requestBytes;
    try {
      requestBytes = request == null ? DEFAULT_REQUEST_BYTES : Long.parseLong(request.strip());
    } catch (NumberFormatException e) {
      return; // the producer refuses it with a message of its own
    }
    long part = get(JobOptions.DEAD_LETTERS_MAX_PART_SIZE).getBytes();
    if (part + PART_OVERHEAD_BYTES > requestBytes) {
      report(
          JobOptions.DEAD_LETTERS_MAX_PART_SIZE,
          "is %d bytes, but with %d bytes beside them must fit max.request.size of the producer (%d);"
                  .formatted(part, PART_OVERHEAD_BYTES, requestBytes)
              + " lower it or set delivery.properties.max.request.size");
    }
  }

  private void require(ConfigOption<?> option, String reason) {
    if (!isSet(option)) {
      report(option, "is missing, but " + reason + ", which needs it");
    }
  }

  private void report(ConfigOption<?> option, String problem) {
    problems.accept(option.key(), problem);
  }

  private <T> T get(ConfigOption<T> option) {
    return configuration.get(option);
  }

  private boolean isSet(ConfigOption<?> option) {
    return configuration.isSet(option);
  }

  private static boolean isSchemaId(String name) {
    try {
      return Integer.parseInt(name) >= 0;
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
