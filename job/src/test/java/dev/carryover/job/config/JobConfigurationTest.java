package dev.carryover.job.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.job.config.JobOptions.EventFormat;
import dev.carryover.job.config.JobOptions.Ordering;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobConfigurationTest {
  private static final String MINIMAL =
      """
      job.name: scoring
      kafka.bootstrap-servers: localhost:9092
      events.topics: events
      model.path: model.safetensors
      inferences.topic: inferences
      dead-letters.topic: dead-letters
      """;

  private static final Map<String, String> ENVIRONMENT =
      Map.of("KAFKA_PASSWORD", "hunter2", "BROKER", "kafka-1", "PARALLELISM", "many", "EMPTY", "");

  @TempDir Path folder;

  @Test
  void minimalConfigurationHasTheDefaults() throws Exception {
    JobConfiguration configuration = parse(MINIMAL);

    assertThat(configuration.get(JobOptions.JOB_NAME)).isEqualTo("scoring");
    assertThat(configuration.get(JobOptions.EVENTS_TOPICS)).containsExactly("events");
    assertThat(configuration.get(JobOptions.EVENTS_FORMAT)).isEqualTo(EventFormat.EVENT);
    assertThat(configuration.get(JobOptions.ORDERING_MODE)).isEqualTo(Ordering.ARRIVAL);
    assertThat(configuration.get(JobOptions.BATCH_SIZE)).isEqualTo(256);
    assertThat(configuration.get(JobOptions.BATCH_LINGER)).isEqualTo(Duration.ofMillis(5));
    assertThat(configuration.get(JobOptions.DELIVERY_GUARANTEE))
        .isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
    assertThat(configuration.get(JobOptions.EVENTS_MAX_RECORD_SIZE))
        .isEqualTo(MemorySize.ofMebiBytes(1));
    assertThat(configuration.get(JobOptions.EVENTS_GROUP_ID)).isEqualTo("scoring");
    assertThat(configuration.get(JobOptions.DELIVERY_TRANSACTIONAL_ID_PREFIX)).isEqualTo("scoring");
    assertThat(configuration.find(JobOptions.SEQUENCE_GAP)).isEmpty();
    assertThat(configuration.isSet(JobOptions.BATCH_SIZE)).isFalse();
    assertThatThrownBy(() -> configuration.get(JobOptions.SEQUENCE_GAP))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessage("sequence.gap is not set and has no default");
  }

  @Test
  void nestedAndDottedKeysAreTheSame() throws Exception {
    String nested =
        """
        job: {name: scoring}
        kafka:
          bootstrap-servers: ["a:1", "b:2"]
          properties:
            security:
              protocol: SASL_SSL
            sasl.mechanism: PLAIN
        events:
          topics:
            - one
            - two
          properties.max.poll.records: 100
        model.path: m
        inferences: {topic: inferences}
        dead-letters.topic: dead-letters
        sequence: {gap: 6 h, maximum-length: 1000}
        delivery.properties.compression.type: lz4
        flink.taskmanager.numberOfTaskSlots: 2
        """;

    JobConfiguration configuration = parse(nested);

    assertThat(configuration.get(JobOptions.EVENTS_TOPICS)).containsExactly("one", "two");
    assertThat(configuration.get(JobOptions.SEQUENCE_GAP)).isEqualTo(Duration.ofHours(6));
    assertThat(configuration.get(JobOptions.SEQUENCE_MAXIMUM_LENGTH)).isEqualTo(1000L);
    assertThat(configuration.kafkaProperties())
        .containsOnly(
            Map.entry("bootstrap.servers", "a:1,b:2"),
            Map.entry("security.protocol", "SASL_SSL"),
            Map.entry("sasl.mechanism", "PLAIN"));
    assertThat(configuration.consumerProperties())
        .containsEntry("max.poll.records", "100")
        .containsEntry("security.protocol", "SASL_SSL")
        .doesNotContainKey("compression.type");
    assertThat(configuration.producerProperties())
        .containsEntry("compression.type", "lz4")
        .doesNotContainKey("max.poll.records");
    assertThat(configuration.flinkConfiguration().toMap())
        .containsOnly(Map.entry("taskmanager.numberOfTaskSlots", "2"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parallelism: 0 | parallelism is \"0\"; allowed is a whole number from 1 to 32767",
        "parallelism: 1.5 | parallelism is \"1.5\"; allowed is a whole number from 1 to 32767",
        "parallelism: [1] | parallelism is a list; allowed is a whole number from 1 to 32767",
        "batch.linger: 5 | batch.linger is \"5\"; allowed is a duration with its unit (ms, s, min, h, d) from 0 s to 1 min",
        "batch.linger: -5 ms | batch.linger is \"-5 ms\"; allowed is a duration with its unit (ms, s, min, h, d) from 0 s to 1 min",
        "batch.linger: 5 parsecs | batch.linger is \"5 parsecs\"; allowed is a duration with its unit (ms, s, min, h, d) from 0 s to 1 min",
        "batch.linger: 99999999999999999999 d | batch.linger is \"99999999999999999999 d\"; allowed is a duration with its unit (ms, s, min, h, d) from 0 s to 1 min",
        "sequence.gap: 0 s | sequence.gap is \"0 s\"; allowed is a duration with its unit (ms, s, min, h, d) from 1 ms to 36500 d",
        "sequence.maximum-length: 0 | sequence.maximum-length is \"0\"; allowed is a whole number of at least 1",
        "events.max-record-size: 5 | events.max-record-size is \"5\"; allowed is a size with its unit (b, kb, mb, gb) from 64 bytes to 512 mb",
        "events.max-record-size: 5 tb | events.max-record-size is \"5 tb\"; allowed is a size with its unit (b, kb, mb, gb) from 64 bytes to 512 mb",
        "events.format: protobuf | events.format is \"protobuf\"; allowed is one of event, avro, json",
        "events.format: EVENT | events.format is \"EVENT\"; allowed is one of event, avro, json",
        "delivery.guarantee: none | delivery.guarantee is \"none\"; allowed is one of exactly-once, at-least-once",
        "deduplication: yes | deduplication is \"yes\"; allowed is true or false",
        "alerts.surprisal: NaN | alerts.surprisal is \"NaN\"; allowed is a finite number of at least 0.0",
        "model.weights: fp16 | model.weights is \"fp16\"; allowed is one of fp32, bf16",
        "model.weight-tolerance: -0.1 | model.weight-tolerance is \"-0.1\"; allowed is a finite number of at least 0.0",
        "alerts.topic: a/b | alerts.topic is \"a/b\"; allowed is a topic name: 1 to 249 of the characters a-z A-Z 0-9 . _ -",
        "alerts.topic: .. | alerts.topic is \"..\"; allowed is a topic name: 1 to 249 of the characters a-z A-Z 0-9 . _ -",
        "events.group-id: ' ' | events.group-id is \" \"; allowed is any text",
        "events.mapping.features: [a, ''] | events.mapping.features is \"a, \"; allowed is a list, each entry a field path",
        "event.topics: x | event.topics is no option of a job; did you mean events.topics? (job/OPTIONS.md lists them all)",
        "batch.lingr: 5 ms | batch.lingr is no option of a job; did you mean batch.linger? (job/OPTIONS.md lists them all)",
        "kafka.propertes.x: 1 | kafka.propertes.x is no option of a job; did you mean kafka.properties.*? (job/OPTIONS.md lists them all)",
        "zzz: 1 | zzz is no option of a job (job/OPTIONS.md lists them all)",
        "kafka.properties.group.id: x | kafka.properties.group.id cannot be set here; set events.group-id",
        "events.properties.auto.offset.reset: x | events.properties.auto.offset.reset cannot be set here; set events.start",
        "delivery.properties.transactional.id: x | delivery.properties.transactional.id cannot be set here; set delivery.transactional-id-prefix",
        "kafka.properties.key.serializer: x | kafka.properties.key.serializer cannot be set; the job depends on its own value",
        "kafka.properties.x: [1, 2] | kafka.properties.x is a list; write it as one value, as the system that it goes to wants it",
        "models.maximum-resident: 1 | models.maximum-resident is \"1\"; allowed is a whole number from 2 to 64",
        "models.replay-length: 10001 | models.replay-length is \"10001\"; allowed is a whole number from 0 to 10000",
        "models.maximum-size: 3 gb | models.maximum-size is \"3 gb\"; allowed is a size with its unit (b, kb, mb, gb) from 1 kb to 2 gb",
        "models.load-timeout: 60 | models.load-timeout is \"60\"; allowed is a duration with its unit (ms, s, min, h, d) from 1 s to 1 h",
        "models.missing: ignore | models.missing is \"ignore\"; allowed is one of fail, reset",
        "models.topics: x | models.topics is no option of a job; did you mean models.topic? (job/OPTIONS.md lists them all)",
        "models.properties.group.id: x | models.properties.group.id cannot be set; the job depends on its own value",
        "models.properties.auto.offset.reset: latest | models.properties.auto.offset.reset cannot be set; the job depends on its own value",
        "models.properties.bootstrap.servers: x | models.properties.bootstrap.servers cannot be set here; set kafka.bootstrap-servers",
        "models.properties.value.deserializer: x | models.properties.value.deserializer cannot be set; the job depends on its own value",
        "transduction.beam-width: 0 | transduction.beam-width is \"0\"; allowed is a whole number from 1 to 1024",
        "transduction.beyond: drop | transduction.beyond is \"drop\"; allowed is one of end, dead-letter",
        "transduction.slice: 5 | transduction.slice is \"5\"; allowed is a duration with its unit (ms, s, min, h, d) from 0 s to 1 min",
        "transduction.maximum-source-length: 100001 | transduction.maximum-source-length is \"100001\"; allowed is a whole number from 1 to 100000",
        "flink.parallelism.default: 3 | flink.parallelism.default cannot be set here; set parallelism",
        "flink.execution.checkpointing.interval: 3 s | flink.execution.checkpointing.interval cannot be set here; set checkpoints.interval",
      })
  void wrongLineIsRefusedByName(String line, String problem) {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> parse(MINIMAL + line + "\n"))
        .withMessage("job.yaml:7: " + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ordering.mode: event-time | late.topic is missing, but ordering.mode is event-time, which needs it",
        "alerts.rank: 9 | alerts.topic is missing, but alerts.rank is set, which needs it",
        "alerts.surprisal: 9 | alerts.topic is missing, but alerts.surprisal is set, which needs it",
        "delivery.transaction-timeout: 10 s | delivery.transaction-timeout is 10 s, but must be longer than checkpoints.interval (10 s), which commits a transaction",
        "checkpoints.interval: 1 h | delivery.transaction-timeout is 15 min, but must be longer than checkpoints.interval (1 h), which commits a transaction",
        "sequence.gap: 8 d | sequence.gap is 8 d, but must be shorter than sequence.expire-after (7 d), which drops the state",
        "{deduplication: true, sequence.expire-after: 0 s} | deduplication is true, but sequence.expire-after is 0 s, so the last sequence number of every key would be kept forever; set sequence.expire-after",
        "late.topic: events | late.topic is \"events\", as is events.topics; give each its own topic",
        "late.topic: dead-letters | late.topic is \"dead-letters\", as is dead-letters.topic; give each its own topic",
        "dead-letters.max-part-size: 1 mb | dead-letters.max-part-size is 1048576 bytes, but with 16384 bytes beside them must fit max.request.size of the producer (1048576); lower it or set delivery.properties.max.request.size",
        "models.topic: models | models.status-topic is missing, but models.topic is set, which needs it",
        "{models.topic: events, models.status-topic: status} | models.topic is \"events\", as is events.topics; give each its own topic",
        "{models.topic: models, models.status-topic: models} | models.status-topic is \"models\", as is models.topic; give each its own topic",
        "{models.topic: models, models.status-topic: inferences} | models.status-topic is \"inferences\", as is inferences.topic; give each its own topic",
        "{models.topic: models, models.status-topic: status, models.allowed-locations: 's3:models'} | models.allowed-locations names \"s3:models\", which is not the URI of a folder; write s3://bucket/folder",
        "{models.topic: models, models.status-topic: status, models.allowed-locations: 's3://a b/c'} | models.allowed-locations names \"s3://a b/c\", which is not the URI of a folder; write s3://bucket/folder",
        "models.status-topic: status | models.status-topic is set, but models.topic is not, so the job takes no announcements; set it or remove this",
        "models.public-key: key.pem | models.public-key is set, but models.topic is not, so the job takes no announcements; set it or remove this",
        "models.allowed-locations: s3://a | models.allowed-locations is set, but models.topic is not, so the job takes no announcements; set it or remove this",
        "models.maximum-size: 1 mb | models.maximum-size is set, but models.topic is not, so the job takes no announcements; set it or remove this",
        "models.load-timeout: 5 s | models.load-timeout is set, but models.topic is not, so the job takes no announcements; set it or remove this",
        "models.maximum-resident: 3 | models.maximum-resident is set, but models.topic is not, so the job takes no announcements; set it or remove this",
        "models.properties.fetch.max.wait.ms: 9 | models.properties.fetch.max.wait.ms is set, but models.topic is not, so the job takes no announcements; set it or remove this",
        "transduction.n-best: 5 | transduction.n-best is 5, but transduction.beam-width is 4, and a beam finds no more answers than it is wide; lower it or widen the beam",
        "transduction.length-penalty: 101 | transduction.length-penalty is 101.0, but at most 100.0 is allowed, where only length counts; lower it, 0.6 to 1 is usual",
        "events.mapping.key: id | events.mapping.key is set, but events.format is event, which needs no mapping; remove one",
        "events.avro.schema: x | events.avro.schema is set, but events.format is not avro; remove one",
        "events.avro.writer-schemas.1: x | events.avro.writer-schemas.1 is set, but events.format is not avro; remove one",
      })
  void valuesThatDoNotFitEachOtherAreRefused(String lines, String problem) {
    String yaml = MINIMAL + lines.replaceAll("[{}]", "").replace(", ", "\n") + "\n";

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> parse(yaml))
        .withMessageEndingWith(": " + problem)
        .satisfies(e -> assertThat(e.problems()).hasSize(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "events.format: json | events.mapping.key is missing, but events.format is json, which needs it",
        "events.format: json | events.mapping.timestamp is missing, but events.format is json, which needs it",
        "events.format: json | events.mapping.token and events.mapping.features are both missing, but events.format is json; set the one that the model reads",
        "events.format: avro | events.avro.schema is missing, but events.format is avro, which needs it",
        "{events.format: json; deduplication: true} | deduplication is true, but events.mapping.sequence is missing; say where the sequence number is",
        "{events.format: avro; events.avro.framing: confluent} | events.avro.framing is confluent, but events.avro.writer-schemas has no entry; add ID: path for every schema id that occurs",
        "{events.format: avro; events.avro.framing: confluent; events.avro.writer-schemas.one: x} | events.avro.writer-schemas.one does not end in a schema id, a whole number of at least 0",
        "{events.format: avro; events.avro.writer-schemas.1: x} | events.avro.writer-schemas.1 is set, but events.avro.framing is none, so no record says its schema; remove one",
        "{events.format: json; events.mapping.timestamp: $timestamp; events.mapping.timestamp-unit: s} | events.mapping.timestamp-unit is set, but events.mapping.timestamp is $timestamp, which is in milliseconds; remove it",
      })
  void formatNeedsItsMapping(String lines, String problem) {
    String yaml = MINIMAL + lines.replaceAll("[{}]", "").replace("; ", "\n") + "\n";

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> parse(yaml))
        .satisfies(e -> assertThat(e.problems()).anyMatch(line -> line.endsWith(": " + problem)));
  }

  @Test
  void modelsMayLieBesideTheFirstUnlessOtherFoldersAreNamed() throws Exception {
    Path file = folder.resolve("job.yaml");
    String announced = MINIMAL + "models: {topic: models, status-topic: status}\n";
    Files.writeString(file, announced.replace("path: model", "path: files/model"));
    assertThat(JobConfiguration.read(file).allowedLocations())
        .containsExactly(folder.resolve("files").toUri() + "/");

    Files.writeString(file, announced.replace("path: model", "path: s3://bucket/model"));
    assertThat(JobConfiguration.read(file).allowedLocations()).containsExactly("s3://bucket/");

    Files.writeString(
        file, announced + "models.allowed-locations: [s3://b/models, ../shared, /m]\n");
    assertThat(JobConfiguration.read(file).allowedLocations())
        .containsExactly(
            "s3://b/models", folder.getParent().resolve("shared").toUri().toString(), "file:///m");
  }

  @Test
  void whatSequencesRememberMayBeSetBeforeThereIsAControlTopic() throws Exception {
    JobConfiguration configuration =
        parse(MINIMAL + "models.replay-length: 64\nmodels.missing: reset\n");
    assertThat(configuration.get(JobOptions.MODELS_REPLAY_LENGTH)).isEqualTo(64);
    assertThat(configuration.get(JobOptions.MODELS_MISSING))
        .isEqualTo(JobOptions.MissingRevision.RESET);
  }

  @Test
  void consumersOfTheControlTopicHaveTheirOwnProperties() throws Exception {
    JobConfiguration configuration =
        parse(
            MINIMAL
                + "models: {topic: models, status-topic: status, properties.fetch.max.wait.ms: 9}\n"
                + "kafka.properties.security.protocol: SASL_SSL\n"
                + "events.properties.max.poll.records: 100\n");
    assertThat(configuration.controlProperties())
        .containsOnly(
            Map.entry("bootstrap.servers", "localhost:9092"),
            Map.entry("security.protocol", "SASL_SSL"),
            Map.entry("fetch.max.wait.ms", "9"));
    assertThat(configuration.consumerProperties()).doesNotContainKey("fetch.max.wait.ms");
  }

  @Test
  void everyProblemIsToldAtOnce() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> parse("job.name: a\nbatch.size: x\nfoo: 1\nevents.topics: [a, 'b b']\n"))
        .satisfies(
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "job.yaml:2: batch.size is \"x\"; allowed is a whole number from 1 to 65536",
                        "job.yaml:3: foo is no option of a job (job/OPTIONS.md lists them all)",
                        "job.yaml:4: events.topics is \"a, b b\"; allowed is a list, each entry a topic"
                            + " name: 1 to 249 of the characters a-z A-Z 0-9 . _ -",
                        "job.yaml: kafka.bootstrap-servers is missing; it is a list, each entry a"
                            + " host:port",
                        "job.yaml: model.path is missing; it is a path",
                        "job.yaml: inferences.topic is missing; it is a topic name: 1 to 249 of the"
                            + " characters a-z A-Z 0-9 . _ -",
                        "job.yaml: dead-letters.topic is missing; it is a topic name: 1 to 249 of the"
                            + " characters a-z A-Z 0-9 . _ -"));
  }

  @Test
  void environmentFillsValues() throws Exception {
    JobConfiguration configuration =
        parse(
            MINIMAL.replace("localhost:9092", "${env:BROKER}:9092")
                + "kafka.properties.sasl.jaas.config: 'user=\"a\" password=\"${env:KAFKA_PASSWORD}\";'\n"
                + "kafka.properties.x: '${env:EMPTY}${other:y}$1\\'\n");

    assertThat(configuration.kafkaProperties())
        .containsEntry("bootstrap.servers", "kafka-1:9092")
        .containsEntry("sasl.jaas.config", "user=\"a\" password=\"hunter2\";")
        .containsEntry("x", "${other:y}$1\\");
  }

  @Test
  void missingVariableIsNamed() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> parse(MINIMAL + "kafka.properties.x: ${env:ABSENT}\n"))
        .withMessage(
            "job.yaml:7: kafka.properties.x refers to the environment variable ABSENT, which is not"
                + " set; set it or write the value");
  }

  @Test
  void whatComesFromTheEnvironmentIsNeverShown() throws Exception {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> parse(MINIMAL + "parallelism: ${env:PARALLELISM}\n"))
        .withMessage(
            "job.yaml:7: parallelism is not valid with what the environment holds"
                + " (${env:PARALLELISM}); allowed is a whole number from 1 to 32767");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> parse(MINIMAL + "events.topics2: ${env:KAFKA_PASSWORD}\n"))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter2"));
    assertThat(parse(MINIMAL + "kafka.properties.x: ${env:KAFKA_PASSWORD}\n").toString())
        .contains("kafka.properties.x: ${env:KAFKA_PASSWORD}\n")
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka.properties.sasl.jaas.config",
        "kafka.properties.ssl.keystore.password",
        "kafka.properties.ssl.key.password",
        "kafka.properties.ssl.keystore.key",
        "kafka.properties.ssl.keystore.certificate.chain",
        "kafka.properties.sasl.oauthbearer.client.credentials.client.secret",
        "events.properties.basic.auth.user.info",
        "delivery.properties.SSL.Truststore.PASSWORD",
        "flink.s3.secret-key",
        "flink.s3.access-key",
        "flink.fs.azure.account.key.x",
        "flink.fs.azure.apiKey",
        "flink.security.token",
        "flink.private",
      })
  void secretsAreHidden(String key) throws Exception {
    assertThat(parse(MINIMAL + key + ": hunter2\n").toString())
        .contains(key + ": ******\n")
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"kafka.password", "kafka.properties.ssl.keystore.password"})
  void secretUnderAWrongKeyIsNotShownEither(String key) {
    for (String value : List.of("hunter2", "[hunter2]", "{a: hunter2}", "hunter2: {", "'hunter2")) {
      try {
        JobConfiguration accepted = parse(MINIMAL + key + ": " + value + "\n");
        assertThat(accepted.toString()).doesNotContain("hunter2");
      } catch (ConfigurationException e) {
        assertThat(e).as(value).hasNoCause();
        assertThat(e.getMessage().replace(key + ".hunter2", ""))
            .as(value)
            .doesNotContain("hunter2");
      }
    }
  }

  @Test
  void userAndPasswordOfAUriAreHidden() throws Exception {
    assertThat(parse(MINIMAL + "checkpoints.directory: s3://id:hunter2@bucket/a@b\n").toString())
        .contains("checkpoints.directory: s3://******@bucket/a@b\n");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> parse(MINIMAL + "late.topic: s3://id:hunter2@bucket\n"))
        .withMessageContaining("late.topic is \"s3://******@bucket\"");
  }

  @Test
  void ownOptionsAreNoSecretsWhateverTheyAreCalled() throws Exception {
    String yaml =
        MINIMAL
            + "events.format: json\nevents.mapping: {key: $key, timestamp: $timestamp, token: word}\n";

    assertThat(parse(yaml).toString())
        .contains("events.mapping.key: $key\n")
        .contains("events.mapping.token: word\n");
  }

  @Test
  void pathsStartAtTheFolderOfTheFile() throws Exception {
    Path file = Files.writeString(folder.resolve("job.yaml"), MINIMAL);

    JobConfiguration configuration = JobConfiguration.read(file);

    assertThat(configuration.path(JobOptions.MODEL_PATH))
        .isEqualTo(folder.toAbsolutePath().resolve("model.safetensors"));
  }

  @Test
  void fileThatCannotBeReadIsRefusedInOneLine() throws IOException {
    Path absent = folder.resolve("absent.yaml");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> JobConfiguration.read(absent))
        .withMessage(absent + ": there is no such file; give the path of a YAML file");
    Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xFF, 0, 1});
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> JobConfiguration.read(binary))
        .withMessageStartingWith(binary + ": cannot be read as UTF-8 text");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> JobConfiguration.read(folder))
        .withMessageStartingWith(folder + ": ");
  }

  @Test
  void mapOfValuesIsReadLikeAFile() throws Exception {
    JobConfiguration configuration =
        JobConfiguration.of(
            Map.of(
                "job.name", "scoring",
                "kafka.bootstrap-servers", "a:1, b:2",
                "events.topics", "events",
                "model.path", "m",
                "inferences.topic", "inferences",
                "dead-letters.topic", "dead-letters"));

    assertThat(configuration.get(JobOptions.KAFKA_BOOTSTRAP_SERVERS)).containsExactly("a:1", "b:2");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> JobConfiguration.of(Map.of("job.nam", "x")))
        .withMessageStartingWith(
            "configuration: job.nam is no option of a job; did you mean job.name?");
  }

  @Test
  void configurationDoesNotTravelInAJobGraph() throws Exception {
    JobConfiguration configuration = parse(MINIMAL);

    assertThatExceptionOfType(NotSerializableException.class)
        .isThrownBy(
            () -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(configuration));
  }

  @Test
  void textOfAnySizeIsReadAsUtf8() throws Exception {
    Path file = folder.resolve("job.yaml");
    Files.write(file, (MINIMAL + "events.group-id: grüße\n").getBytes(StandardCharsets.UTF_8));

    assertThat(JobConfiguration.read(file).get(JobOptions.EVENTS_GROUP_ID)).isEqualTo("grüße");
  }

  private static JobConfiguration parse(String yaml) throws ConfigurationException {
    return JobConfiguration.parse(yaml, "job.yaml", Path.of(""), ENVIRONMENT::get);
  }
}
