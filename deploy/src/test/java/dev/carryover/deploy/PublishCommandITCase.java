package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.carryover.deploy.TestingCommandLine.Result;
import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.deploy.kafka.ReadCommittedReader;
import dev.carryover.deploy.publish.TestingModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.schemas.AnnouncementSignature;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RecordDecodingException;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** publish and keygen against a broker; every test has topics of its own. */
class PublishCommandITCase {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final AtomicInteger TOPICS = new AtomicInteger();

  private static EmbeddedBroker broker;

  @TempDir private Path folder;
  private Path store;
  private Path model;
  private String topic;
  private String statusTopic;

  @BeforeAll
  static void startBroker() throws IOException {
    broker = EmbeddedBroker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void prepare() throws IOException {
    store = folder.resolve("store");
    model = TestingModelFile.write(folder.resolve("model.safetensors"), "clicks", 1);
    topic = "models-" + TOPICS.incrementAndGet();
    statusTopic = topic + "-status";
    broker.createTopic(topic, 2);
    broker.createTopic(statusTopic, 1);
  }

  @Test
  void aModelIsCopiedUnderANameOfItsContentAndThenAnnounced() throws Exception {
    Result result = publish();

    assertThat(result.exitCode()).as("%s", result).isZero();
    String sha256 = ModelFileReader.read(model).sha256();
    Path copy = store.resolve("clicks-" + sha256.substring(0, 16) + ".safetensors");
    assertThat(copy).hasSameBinaryContentAs(model);
    ConsumerRecord<byte[], byte[]> record = records().get(0);
    assertThat(record.key()).asString(StandardCharsets.UTF_8).isEqualTo("clicks");
    ModelAnnouncement announcement = announcements().get(0);
    assertThat(announcement)
        .isEqualTo(
            new ModelAnnouncement(
                "clicks",
                2L,
                announcement.getUri(),
                sha256,
                Files.size(model),
                null,
                StatePolicy.CARRY,
                null,
                null));
    assertThat(Path.of(URI.create(announcement.getUri()))).isEqualTo(copy);
    assertThat(result.out())
        .contains("2 of clicks, the first that is announced: jobs begin at revision 1")
        .contains(announcement.getUri() + ", copied there")
        .contains("SHA-256 " + sha256)
        .contains("at once, as soon as it is ready")
        .contains("carry: running sequences keep their hidden state")
        .contains("Signed     no")
        .containsPattern("Announced +in " + topic + "-[01]@0")
        .contains("publish --list --topic " + topic + " --status-topic TOPIC")
        .doesNotContain("Warning");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void aSecondAnnouncementOfAFileKeepsItsCopyAndCountsOn() throws Exception {
    assertThat(publish().exitCode()).isZero();
    Path copy = onlyFile(store);
    FileTime written = FileTime.from(Instant.EPOCH);
    Files.setLastModifiedTime(copy, written);

    Result again = publish("--state-policy", "drain");

    assertThat(again.exitCode()).as("%s", again).isZero();
    assertThat(again.out()).contains("3 of clicks, the one after 2").contains("was there already");
    assertThat(onlyFile(store)).isEqualTo(copy);
    assertThat(Files.getLastModifiedTime(copy)).isEqualTo(written);
    assertThat(announcements())
        .extracting(ModelAnnouncement::getRevision, ModelAnnouncement::getStatePolicy)
        .containsExactly(tuple(2L, StatePolicy.CARRY), tuple(3L, StatePolicy.DRAIN));
  }

  @Test
  void everythingThatIsSaidIsAnnounced() throws Exception {
    Result result =
        publish(
            "--effective-from",
            "2026-01-31T12:00:00+01:00",
            "--state-policy",
            "replay",
            "--replay-length",
            "32",
            "--revision",
            "7");
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("with the events of 2026-01-31T11:00:00Z and later")
        .contains("replay 32: the last inputs of running sequences are run again")
        .contains("7 of clicks, as --revision says");
    ModelAnnouncement announcement = announcements().get(0);
    assertThat(announcement.getEffectiveFromMs())
        .isEqualTo(Instant.parse("2026-01-31T11:00:00Z").toEpochMilli());
    assertThat(announcement.getStatePolicy()).isEqualTo(StatePolicy.REPLAY);
    assertThat(announcement.getReplayLength()).isEqualTo(32);
    assertThat(announcement.getRevision()).isEqualTo(7);

    assertOneLine(
        publish("--revision", "7"), "--revision is 7, and revision 7 of clicks is announced");
    answer(9, RevisionStatus.ACTIVE, null, 0);
    assertThat(publish("--status-topic", statusTopic).out())
        .contains("10 of clicks, the one after 9");
  }

  @Test
  void aSignedAnnouncementIsVerifiedWithTheOtherHalfOfThePair() throws Exception {
    Path privateKey = folder.resolve("private.pem");
    Path publicKey = folder.resolve("public.pem");
    Result keygen =
        TestingCommandLine.execute("keygen", "--private", privateKey, "--public", publicKey);
    assertThat(keygen.exitCode()).as("%s", keygen).isZero();
    assertThat(keygen.out()).contains(privateKey.toString(), publicKey.toString());

    Result result = publish("--sign", privateKey);

    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out()).contains("Signed     yes");
    String secret = Files.readString(privateKey).lines().toList().get(1);
    assertThat(keygen.out() + result.out()).doesNotContain(secret);
    assertThat(
            AnnouncementSignature.verify(
                announcements().get(0),
                AnnouncementSignature.readPublicKey(Files.readString(publicKey), "public.pem")))
        .isTrue();

    assertOneLine(
        TestingCommandLine.execute("keygen", "--private", privateKey, "--public", publicKey),
        publicKey + " exists and is not written over");
    assertOneLine(publish("--sign", publicKey), "a PEM block 'PUBLIC KEY'");
    assertThat(announcements()).hasSize(1);
  }

  @Test
  void theListShowsWhatBecameOfEachRevisionNewestFirst() throws Exception {
    publish();
    TestingModelFile.write(model, "clicks", 2);
    publish("--state-policy", "reset", "--effective-from", "1769857200000");
    TestingModelFile.write(model, "clicks", 3);
    publish();
    answer(2, RevisionStatus.ACTIVE, null, 0);
    answer(2, RevisionStatus.ACTIVE, null, 1);
    answer(3, RevisionStatus.REJECTED, "SHA256_MISMATCH", 0);
    answer(3, RevisionStatus.REJECTED, "SHA256_MISMATCH", 1);
    ModelAnnouncement steering = ModelAnnouncement.newBuilder(announcements().get(0)).build();
    steering.setRevision(1);
    steering.setUri("file:///\u001b[2J");
    send(topic, RecordCodec.of(ModelAnnouncement.class).encode(steering));
    send(topic, "no announcement".getBytes(StandardCharsets.UTF_8));

    Result list = list("--status-topic", statusTopic);

    assertThat(list.exitCode()).as("%s", list).isZero();
    assertThat(list.out())
        .contains("Model clicks\n")
        .containsPattern("4 +[^ ]+Z  at once +carry  no answer +file:")
        .containsPattern(
            "3 +[^ ]+Z  2026-01-31T11:00:00Z  reset  rejected on 2 of 2: SHA256_MISMATCH +file:")
        .containsPattern(
            "2 +[^ ]+Z  at once +carry  active on 2 of 2 since 1970-01-01T00:00:02Z  file:")
        .containsPattern("(?s)\n4 .*\n3 .*\n2 .*\n1 .* file:///[?]\\[2J\n")
        .containsOnlyOnce("Revision 3: SHA256_MISMATCH: the detail of 3")
        .containsPattern("No announcement: " + topic + "-[01]@\\d+: ")
        .doesNotContain("\u001b");
    assertThat(list().out())
        .contains("What became of them is shown with --status-topic.")
        .doesNotContain("no answer");
    assertThat(list("--id", "other").out())
        .contains("Topic " + topic + " has no announcement of other.");
  }

  @Test
  void goingBackAnnouncesTheFormerFileAgain() throws Exception {
    publish("--state-policy", "replay", "--replay-length", "5");
    TestingModelFile.write(model, "clicks", 2);
    publish("--state-policy", "drain");
    answer(2, RevisionStatus.SUPERSEDED, null, 0);
    answer(3, RevisionStatus.ACTIVE, null, 0);
    List<Path> files = files(store);

    Result result = rollback("--status-topic", statusTopic);

    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out()).contains("4 of clicks").contains("that of revision 2");
    assertThat(files(store)).isEqualTo(files);
    List<ModelAnnouncement> announcements = announcements();
    ModelAnnouncement expected = ModelAnnouncement.newBuilder(announcements.get(0)).build();
    expected.setRevision(4);
    assertThat(announcements.get(2)).isEqualTo(expected);

    Result named = rollback("--to-revision", "3", "--state-policy", "reset");
    assertThat(named.exitCode()).as("%s", named).isZero();
    ModelAnnouncement last = announcements().get(3);
    assertThat(last.getRevision()).isEqualTo(5);
    assertThat(last.getSha256()).isEqualTo(announcements.get(1).getSha256());
    assertThat(last.getStatePolicy()).isEqualTo(StatePolicy.RESET);

    assertOneLine(rollback(), "it is not known which revision is active", "--to-revision");
    assertOneLine(rollback("--to-revision", "9"), "--to-revision is 9", "[2, 3, 4, 5]");
    Files.delete(Path.of(URI.create(last.getUri())));
    assertThat(rollback("--to-revision", "5").out())
        .containsPattern("Warning +the file was not found from here.* does not exist");
  }

  @Test
  void goingBackSignsNothingThatSomebodyElseAnnounced() throws Exception {
    Path privateKey = folder.resolve("private.pem");
    TestingCommandLine.execute(
        "keygen", "--private", privateKey, "--public", folder.resolve("public.pem"));
    publish("--sign", privateKey);
    ModelAnnouncement forged = ModelAnnouncement.newBuilder(announcements().get(0)).build();
    forged.setRevision(3);
    forged.setUri("file:///elsewhere");
    send(topic, RecordCodec.of(ModelAnnouncement.class).encode(forged));

    assertOneLine(
        rollback("--to-revision", "3", "--sign", privateKey),
        "the announcement of revision 3 at " + topic,
        "is not signed with the key of --sign");
    Result genuine = rollback("--to-revision", "2", "--sign", privateKey);
    assertThat(genuine.exitCode()).as("%s", genuine).isZero();
    assertThat(genuine.out()).contains("Signed     yes");
  }

  @Test
  void severalModelsInATopicAreToldApartById() throws Exception {
    publish();
    TestingModelFile.write(model, "views", 2);
    publish();
    assertOneLine(rollback("--to-revision", "2"), "has announcements of [clicks, views]", "--id");
    assertThat(rollback("--to-revision", "2", "--id", "views").out()).contains("3 of views");
    assertThat(list().out()).contains("Model clicks\n", "Model views\n");
    assertThat(list("--id", "views").out()).contains("Model views\n").doesNotContain("clicks");
  }

  @Test
  void aModelThatNoJobServesIsRefusedBeforeAnythingIsWritten() throws Exception {
    byte[] bytes = Files.readAllBytes(model);
    Files.write(model, Arrays.copyOf(bytes, bytes.length - 1));
    assertOneLine(publish(), model.toString());
    TestingModelFile.writeBidirectional(model);
    assertOneLine(publish(), model + " holds a bidirectional model");
    TestingModelFile.writeWithWrongSelfTest(model);
    assertOneLine(publish(), "self-test");
    Files.delete(model);
    assertOneLine(publish(), model.toString());
    assertThat(store).doesNotExist();
    assertThat(records()).isEmpty();
  }

  @Test
  void aTopicThatIsNotThereIsToldAndNotMade() throws Exception {
    topic = "absent-topic";
    assertOneLine(
        publish(),
        "there is no topic 'absent-topic' at " + broker.bootstrapServers(),
        "create it, with retention.ms=-1");
    assertOneLine(list(), "there is no topic 'absent-topic'");
    assertThat(store).doesNotExist();
    topic = statusTopic;
    assertOneLine(
        list("--status-topic", "no-answers"),
        "there is no topic 'no-answers'",
        "models.status-topic");
    assertThat(store).doesNotExist();
  }

  @Test
  void aTopicThatForgetsIsWarnedOf() throws Exception {
    topic = topic + "-short";
    broker.createTopic(topic, 1, Map.of("retention.ms", "604800000"));
    Result result = publish();
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .containsPattern("Warning +topic " + topic + " has retention.ms=604800000");
    topic = topic + "-compacted";
    broker.createTopic(topic, 1, Map.of("cleanup.policy", "compact"));
    assertThat(publish().out()).containsPattern("Warning +topic " + topic + " is compacted");
  }

  @Test
  void brokersAndPropertiesComeFromTheJobsConfiguration() throws Exception {
    Path job =
        Files.writeString(
            folder.resolve("job.yaml"),
            """
            job.name: test
            kafka.bootstrap-servers: %s
            kafka.properties.client.id: of-the-job
            events.topics: [events]
            model.path: absent.safetensors
            inferences.topic: inferences
            dead-letters.topic: dead-letters
            """
                .formatted(broker.bootstrapServers()));
    Result result =
        TestingCommandLine.execute(
            "publish", "--model", model, "--to", store, "--topic", topic, "--config", job);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("--config " + job)
        .contains(
            "Warning    --topic is " + topic + ", and models.topic of " + job + " is not set");
    assertThat(announcements()).hasSize(1);
    assertOneLine(
        TestingCommandLine.execute("publish", "--list", "--config", job),
        "models.topic is not set in " + job);
  }

  @Test
  void topicsAndTheFirstRevisionComeFromTheJobsConfiguration() throws Exception {
    Path own = TestingModelFile.write(folder.resolve("own.safetensors"), "clicks", 7);
    Path job = job(own, "model.revision: 5");
    assertOneLine(
        announceTo(job, "--revision", 5),
        "the job would refuse it (LOWER_REVISION)",
        "is of revision 5, the job begins with 5 (model.revision)");

    Result result = announceTo(job);

    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("6 of clicks, the first that is announced: the job begins at revision 5")
        .contains("publish --list --config " + job)
        .doesNotContain("--topic", "Warning");
    assertThat(announcements()).extracting(ModelAnnouncement::getRevision).containsExactly(6L);
    answer(6, RevisionStatus.ACTIVE, null, 0);
    Result list = TestingCommandLine.execute("publish", "--list", "--config", job);
    assertThat(list.out()).containsPattern("6 .* active on 1 of 2 since");

    assertThat(announceTo(job, "--topic", statusTopic).out())
        .contains("Warning    --topic is " + statusTopic)
        .contains("models.topic of " + job + " is " + topic);
  }

  @Test
  void theModelsOfTheJobAreToldApartFromOthersOnItsTopic() throws Exception {
    Path own = TestingModelFile.write(folder.resolve("own.safetensors"), "clicks", 7);
    Path job = job(own);
    publish();
    TestingModelFile.write(model, "views", 2);
    publish();
    Result result =
        TestingCommandLine.execute("publish", "--rollback", "--to-revision", 2, "--config", job);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out()).contains("3 of clicks");
  }

  @Test
  void whatTheJobWouldRefuseIsRefusedBeforeAnythingIsWritten() throws Exception {
    Path own = TestingModelFile.write(folder.resolve("own.safetensors"), "clicks", 7);
    Path job = job(own);
    Path other = folder.resolve("other.safetensors");

    TestingModelFile.write(other, "views", 1);
    assertOneLine(
        announceTo(job, "--model", other),
        "the job would refuse it (OTHER_MODEL)",
        "is model 'views', expected 'clicks'");
    TestingModelFile.writeClassifier(other, "clicks");
    assertOneLine(
        announceTo(job, "--model", other),
        "the job would refuse it (OTHER_TASK)",
        "has the task classify, expected next-token");
    TestingModelFile.write(other, "clicks", 1, List.of("<bos>", "<eos>", "<unk>", "b", "a"), 4);
    assertOneLine(
        announceTo(job, "--model", other),
        "the job would refuse it (OTHER_VOCABULARY)",
        "has the token 'b' at id 3, expected 'a'");
    TestingModelFile.write(other, "clicks", 1, List.of("<bos>", "<eos>", "<unk>", "a", "b"), 5);
    assertOneLine(
        announceTo(job, "--model", other),
        "the job would refuse it (OTHER_STATE_LAYOUT)",
        "hiddenSize=5",
        "announce it with reset, replay or drain");
    assertOneLine(
        announceTo(job, "--to", folder.resolve("elsewhere")),
        "the job would refuse it (LOCATION_FORBIDDEN)",
        "elsewhere",
        store.toUri().toString().replaceAll("/$", ""));
    assertOneLine(
        announceTo(job, "--state-policy", "replay", "--replay-length", 3),
        "the job would refuse it (REPLAY_TOO_LONG)",
        "replay_length 3, the job remembers 0");
    assertThat(store).doesNotExist();
    assertThat(folder.resolve("elsewhere")).doesNotExist();
    assertThat(records()).isEmpty();

    assertThat(announceTo(job, "--model", other, "--state-policy", "drain").exitCode()).isZero();
  }

  @Test
  void aJobWithAPublicKeyIsAnnouncedToWithTheOtherHalfOnly() throws Exception {
    Path own = TestingModelFile.write(folder.resolve("own.safetensors"), "clicks", 7);
    TestingCommandLine.execute(
        "keygen",
        "--private",
        folder.resolve("private.pem"),
        "--public",
        folder.resolve("public.pem"));
    TestingCommandLine.execute(
        "keygen",
        "--private",
        folder.resolve("other.pem"),
        "--public",
        folder.resolve("other.pub.pem"));
    Path job = job(own, "models.public-key: public.pem");

    assertOneLine(announceTo(job), "the job would refuse it (UNSIGNED)", "models.public-key");
    assertOneLine(
        announceTo(job, "--sign", folder.resolve("other.pem")),
        "the job would refuse it (SIGNATURE_INVALID)");
    assertThat(announceTo(job, "--sign", folder.resolve("private.pem")).exitCode()).isZero();

    Files.delete(folder.resolve("public.pem"));
    assertOneLine(announceTo(job), "the job would refuse it (UNSIGNED)");
    assertThat(announceTo(job, "--sign", folder.resolve("private.pem")).out())
        .contains("Warning    only the job can say whether the signature is right: ")
        .contains("there is no file " + folder.resolve("public.pem"));
  }

  @Test
  void aJobWhoseModelCannotBeReadFromHereIsLeftToJudge() throws Exception {
    Path job = job(Path.of("absent.safetensors"));
    Result result = announceTo(job);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains(
            "Warning    only the job can say whether the model can take over from the job's own")
        .contains("absent.safetensors");
  }

  private Path job(Path own, String... more) throws IOException {
    return Files.writeString(
        folder.resolve("job.yaml"),
        """
        job.name: test
        kafka.bootstrap-servers: %s
        events.topics: [events]
        model.path: %s
        models.topic: %s
        models.status-topic: %s
        models.allowed-locations: [store]
        inferences.topic: inferences
        dead-letters.topic: dead-letters
        %s
        """
            .formatted(
                broker.bootstrapServers(), own, topic, statusTopic, String.join("\n", more)));
  }

  private Result announceTo(Path job, Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("publish", "--config", job));
    List<Object> given = List.of(more);
    if (!given.contains("--model")) {
      arguments.addAll(List.of("--model", model));
    }
    if (!given.contains("--to")) {
      arguments.addAll(List.of("--to", store));
    }
    arguments.addAll(given);
    return TestingCommandLine.execute(arguments.toArray());
  }

  @Test
  void noKafkaPropertyIsShown() throws Exception {
    Result result =
        publish(
            "--kafka-property", "client.id=hunter2", "--kafka-property", "client.rack=swordfish");
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("and the same --kafka-property")
        .doesNotContain("hunter2", "swordfish");
    Result refused =
        publish(
            "--kafka-property",
            "security.protocol=SASL_PLAINTEXT",
            "--kafka-property",
            "sasl.mechanism=PLAIN",
            "--kafka-property",
            "sasl.jaas.config=hunter2 required password=\"swordfish\";",
            "--debug");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .contains("no Kafka client can be made")
        .doesNotContain("hunter2", "swordfish");
    assertOneLine(publish("--kafka-property", "hunter2"), "write KEY=VALUE");
    assertThat(publish("--kafka-property", "hunter2").err()).doesNotContain("hunter2");
  }

  @Test
  void aBrokerThatIsNotThereIsTold() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    assertOneLine(
        TestingCommandLine.execute(
            "publish", "--list", "--topic", topic, "--bootstrap-servers", "127.0.0.1:" + port),
        "no Kafka broker answered at 127.0.0.1:" + port,
        "--bootstrap-servers");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--topic t | --model",
        "--topic t --list --rollback | mutually exclusive",
        "--list | the control topic is not known; give --topic or --config",
        "--topic t --model m | --model needs --to",
        "--topic t --list --to x | --to belongs to --model",
        "--topic t --rollback --to x | --to belongs to --model",
        "--topic t --model m --to x --to-revision 2 | --to-revision belongs to --rollback",
        "--topic t --model m --to x --id y | --id belongs to",
        "--topic t --list --effective-from 0 | --effective-from belongs to --model or --rollback",
        "--topic t --list --state-policy carry | --state-policy belongs to",
        "--topic t --list --revision 3 | --revision belongs to",
        "--topic t --list --sign k | --sign belongs to",
        "--topic t --list --replay-length 3 | --replay-length belongs to",
        "--topic t --model m --to x --revision 0 | --revision is 0; allowed is",
        "--topic t --model m --to x --revision two | 'two'",
        "--topic t --model m --to x --state-policy keep | --state-policy is keep; allowed is carry",
        "--topic t --model m --to x --state-policy replay | --replay-length is absent",
        "--topic t --model m --to x --replay-length 3 | --state-policy is not replay",
        "--topic t --rollback --replay-length 3 | --state-policy is not replay",
        "--topic t --model m --to x --effective-from 2026-01-31 | '2026-01-31' is no time",
      })
  void aWrongLineIsToldInOneLine(String line, String reason) {
    List<Object> arguments = new ArrayList<>(List.of("publish"));
    arguments.addAll(List.of(line.strip().split(" ")));
    arguments.addAll(List.of("--bootstrap-servers", "127.0.0.1:1"));
    assertOneLine(TestingCommandLine.execute(arguments.toArray()), reason);
  }

  @Test
  void brokersThatAreNotNamedAreAskedFor() {
    assertOneLine(
        TestingCommandLine.execute("publish", "--list", "--topic", "t"),
        "give --bootstrap-servers or --config");
  }

  private Result publish(Object... more) {
    return execute(List.of("--model", model, "--to", store), more);
  }

  private Result list(Object... more) {
    return execute(List.of("--list"), more);
  }

  private Result rollback(Object... more) {
    return execute(List.of("--rollback"), more);
  }

  private Result execute(List<Object> action, Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("publish", "--topic", topic));
    arguments.addAll(List.of("--bootstrap-servers", broker.bootstrapServers()));
    arguments.addAll(action);
    arguments.addAll(List.of(more));
    return TestingCommandLine.execute(arguments.toArray());
  }

  private List<ConsumerRecord<byte[], byte[]>> records() throws IOException, InterruptedException {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (ReadCommittedReader reader =
        new ReadCommittedReader(broker.bootstrapServers(), List.of(topic))) {
      reader.readToEnd(PATIENCE, records::add);
    }
    return records;
  }

  /** Those of one model id are in one partition, and so in their order. */
  private List<ModelAnnouncement> announcements() throws IOException, InterruptedException {
    RecordCodec<ModelAnnouncement> codec = RecordCodec.of(ModelAnnouncement.class);
    List<ModelAnnouncement> announcements = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records()) {
      try {
        announcements.add(codec.decode(record.value()));
      } catch (RecordDecodingException e) {
        throw new AssertionError(e);
      }
    }
    return announcements;
  }

  /** What instance {@code subtask} of two says of a revision, at second {@code revision}. */
  private void answer(long revision, RevisionStatus status, String reason, int subtask)
      throws ExecutionException, InterruptedException {
    send(
        statusTopic,
        RecordCodec.of(ModelStatus.class)
            .encode(
                new ModelStatus(
                    "clicks",
                    revision,
                    revision * 1000,
                    status,
                    reason,
                    reason == null ? null : "the detail of " + revision,
                    subtask,
                    2)));
  }

  private static void send(String topic, byte[] value)
      throws ExecutionException, InterruptedException {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer
          .send(new ProducerRecord<>(topic, "clicks".getBytes(StandardCharsets.UTF_8), value))
          .get();
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static Path onlyFile(Path folder) throws IOException {
    assertThat(files(folder)).hasSize(1);
    return files(folder).get(0);
  }

  private static void assertOneLine(Result result, String... parts) {
    assertThat(result.exitCode()).as("%s", result).isEqualTo(2);
    assertThat(result.err().lines()).as("%s", result.err()).hasSize(1);
    assertThat(result.err()).startsWith("carryover").contains(parts);
  }
}
