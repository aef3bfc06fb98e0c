package dev.carryover.job.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/**
 * The configuration of a job, checked: every key is known, every value is allowed, and they fit
 * each other.
 *
 * <pre>{@code
 * JobConfiguration configuration = JobConfiguration.read(Path.of("job.yaml"));
 * Duration linger = configuration.get(JobOptions.BATCH_LINGER);
 * }</pre>
 *
 * <p>{@code ${env:NAME}} in a value stands for an environment variable. What comes from there, and
 * the value of a Kafka or Flink key that sounds like a secret, is never shown: not by {@link
 * #toString} and not in a message.
 *
 * <p>Immutable. Not serializable, so that no secret travels in a job graph by accident.
 */
public final class JobConfiguration {
  /** Prefix of the properties of the control topic's consumers. */
  static final String CONTROL_PROPERTIES = "models.properties.";

  private final List<Entry> entries;
  private final Map<String, Object> values;
  private final Map<String, String> passedThrough;
  private final Path folder;

  JobConfiguration(
      List<Entry> entries,
      Map<String, Object> values,
      Map<String, String> passedThrough,
      Path folder) {
    this.entries = List.copyOf(entries);
    this.values = Map.copyOf(values);
    this.passedThrough = Map.copyOf(passedThrough);
    this.folder = folder;
  }

  /**
   * Reads a YAML file.
   *
   * @throws ConfigurationException if the file cannot be read or is refused
   */
  public static JobConfiguration read(Path file) throws ConfigurationException {
    String yaml;
    try {
      if (Files.size(file) > 4L * YamlReader.MAX_CHARACTERS) {
        throw new ConfigurationException(
            "%s: the file has %d bytes, allowed are %d: this is not a job configuration"
                .formatted(file, Files.size(file), 4L * YamlReader.MAX_CHARACTERS));
      }
      yaml = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new ConfigurationException(
          file + ": there is no such file; give the path of a YAML file");
    } catch (IOException e) {
      throw new ConfigurationException(
          "%s: cannot be read as UTF-8 text (%s)".formatted(file, e.getClass().getSimpleName()));
    }
    Path folder = file.toAbsolutePath().getParent();
    return parse(yaml, file.toString(), folder, System::getenv);
  }

  /**
   * Reads YAML text; relative paths in it start at the working directory.
   *
   * @param sourceName what messages call the text
   * @throws ConfigurationException if the text is refused
   */
  public static JobConfiguration parse(String yaml, String sourceName)
      throws ConfigurationException {
    return parse(yaml, sourceName, Path.of(""), System::getenv);
  }

  /**
   * Takes keys and values from a map; a list is written with commas.
   *
   * @throws ConfigurationException if a key or value is refused
   */
  public static JobConfiguration of(Map<String, String> values) throws ConfigurationException {
    List<Entry> entries = new ArrayList<>();
    new TreeMap<>(values).forEach((key, value) -> entries.add(Entry.of(key, value)));
    return new ConfigurationLoader("configuration", System::getenv).load(entries, Path.of(""));
  }

  static JobConfiguration parse(
      String yaml, String sourceName, Path folder, UnaryOperator<String> environment)
      throws ConfigurationException {
    return new ConfigurationLoader(sourceName, environment)
        .load(YamlReader.read(yaml, sourceName), folder);
  }

  /**
   * Returns the value of an option: the one that is set, else that of its fallback, else its
   * default.
   *
   * @throws NoSuchElementException if it has none of these; see {@link #find}
   */
  public <T> T get(ConfigOption<T> option) {
    return find(option)
        .orElseThrow(
            () -> new NoSuchElementException(option.key() + " is not set and has no default"));
  }

  /** Returns the value of an option, or nothing where it is not set and has no default. */
  public <T> Optional<T> find(ConfigOption<T> option) {
    Object value = values.get(option.key());
    if (value == null) {
      for (var fallback : option.fallbackKeys()) {
        value = value == null ? values.get(fallback.getKey()) : value;
      }
    }
    if (value == null) {
      return Optional.ofNullable(option.defaultValue());
    }
    @SuppressWarnings("unchecked") // the loader parsed it with the type of the same option
    T typed = (T) value;
    return Optional.of(typed);
  }

  /** Whether an option is set, and not merely has a default. */
  public boolean isSet(ConfigOption<?> option) {
    return values.containsKey(option.key());
  }

  /** Returns an option that is a path; a relative one starts at the folder of the file. */
  public Path path(ConfigOption<String> option) {
    return folder.resolve(get(option));
  }

  /**
   * Where the model file is: {@code model.path} as it is when it names a file system, else as a
   * local path that starts at the folder of the file.
   */
  public String modelUri() {
    return uri(get(JobOptions.MODEL_PATH));
  }

  /**
   * URIs of the folders that announced model files may lie in or below, as {@code
   * models.allowed-locations} says; where it is not set, the folder of {@link #modelUri()}.
   */
  public List<String> allowedLocations() {
    if (!isSet(JobOptions.MODELS_ALLOWED_LOCATIONS)) {
      String model = modelUri();
      return List.of(model.substring(0, model.lastIndexOf('/') + 1));
    }
    return get(JobOptions.MODELS_ALLOWED_LOCATIONS).stream().map(this::uri).toList();
  }

  /** {@code models.topic}, or nothing where the job takes no announcements. */
  public Optional<String> controlTopic() {
    return find(JobOptions.MODELS_TOPIC);
  }

  /** {@code models.status-topic}, or nothing where the job takes no announcements. */
  public Optional<String> statusTopic() {
    return find(JobOptions.MODELS_STATUS_TOPIC);
  }

  private String uri(String path) {
    return path.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")
        ? path
        : folder.resolve(path).toAbsolutePath().normalize().toUri().toString();
  }

  /** What every Kafka client needs: the brokers and {@code kafka.properties.*}. */
  public Properties kafkaProperties() {
    Properties properties = new Properties();
    properties.putAll(section("kafka.properties."));
    properties.setProperty(
        "bootstrap.servers", String.join(",", get(JobOptions.KAFKA_BOOTSTRAP_SERVERS)));
    return properties;
  }

  /** {@link #kafkaProperties()} and {@code events.properties.*}. */
  public Properties consumerProperties() {
    Properties properties = kafkaProperties();
    properties.putAll(section("events.properties."));
    return properties;
  }

  /** {@link #kafkaProperties()} and {@code models.properties.*}. */
  public Properties controlProperties() {
    Properties properties = kafkaProperties();
    properties.putAll(section(CONTROL_PROPERTIES));
    return properties;
  }

  /** The keys of {@code models.properties.*} that are set. */
  List<String> controlPropertyKeys() {
    return section(CONTROL_PROPERTIES).keySet().stream().map(CONTROL_PROPERTIES::concat).toList();
  }

  /** {@link #kafkaProperties()} and {@code delivery.properties.*}. */
  public Properties producerProperties() {
    Properties properties = kafkaProperties();
    properties.putAll(section("delivery.properties."));
    return properties;
  }

  /** The files of {@code events.avro.writer-schemas.*} by their keys. */
  public Map<String, Path> writerSchemas() {
    Map<String, Path> files = new LinkedHashMap<>();
    section("events.avro.writer-schemas.")
        .forEach((name, file) -> files.put(name, folder.resolve(file)));
    return files;
  }

  /** What {@code flink.*} says, without the prefix. */
  public Configuration flinkConfiguration() {
    return Configuration.fromMap(section("flink."));
  }

  private Map<String, String> section(String prefix) {
    Map<String, String> section = new TreeMap<>();
    passedThrough.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            section.put(key.substring(prefix.length()), value);
          }
        });
    return section;
  }

  /** What was set, one key a line, as it was written; secrets are hidden. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Entry entry : entries) {
      text.append(entry.key()).append(": ").append(Secrets.shown(entry)).append('\n');
    }
    return text.toString();
  }
}
