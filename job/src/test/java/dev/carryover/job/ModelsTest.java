package dev.carryover.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.operator.TestingModels;
import dev.carryover.job.operator.TestingTransducers;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.schemas.AnnouncementSignature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelsTest {
  @TempDir Path folder;

  private static void expectRefusal(String message, String uri, String... keysAndValues) {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> Models.reference(TestingConfigurations.minimal(uri, keysAndValues)))
        .withMessage(message);
  }

  @Test
  void theReferenceFixesTheBytesOfTheFile() throws Exception {
    ModelReference written = TestingModels.NEXT_TOKEN.in(folder);
    ModelReference reference =
        Models.reference(TestingConfigurations.full(written.uri(), "model.revision", "12"));
    assertThat(reference.uri()).isEqualTo(written.uri());
    assertThat(reference.sha256()).isEqualTo(written.sha256());
    assertThat(reference.revision()).isEqualTo(12);
  }

  @ParameterizedTest
  @EnumSource
  void everyChoiceOfKernelsArrives(JobOptions.Kernels kernels) throws Exception {
    String uri = TestingModels.NEXT_TOKEN.in(folder).uri();
    ModelReference reference =
        Models.reference(
            TestingConfigurations.minimal(
                uri, "model.kernels", kernels.name().toLowerCase(Locale.ROOT)));
    assertThat(reference.options().kernels().name()).isEqualTo(kernels.name());
  }

  @ParameterizedTest
  @EnumSource
  void everyPrecisionOfWeightsArrives(JobOptions.Weights weights) throws Exception {
    String uri = TestingModels.NEXT_TOKEN.in(folder).uri();
    RuntimeOptions options =
        Models.reference(
                TestingConfigurations.minimal(
                    uri,
                    "model.weights",
                    weights.name().toLowerCase(Locale.ROOT),
                    "model.weight-tolerance",
                    "0.25"))
            .options();
    assertThat(options.weights().name()).isEqualTo(weights.name());
    assertThat(options.weightTolerance()).isEqualTo(0.25);
  }

  @Test
  void aMissingModelIsOneClearLine() {
    String uri = folder.resolve("none.safetensors").toUri().toString();
    expectRefusal(
        "model.path: model file "
            + uri
            + " is refused: it does not exist, or may not be read; look at the path and its permissions",
        uri);
  }

  @Test
  void aFileSystemThatFlinkDoesNotHaveIsOneClearLine() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () ->
                Models.reference(
                    TestingConfigurations.minimal(
                        folder.toUri().toString(), "model.path", "nowhere://bucket/model")))
        .withMessageStartingWith(
            "model.path: model file nowhere://bucket/model is refused: Could not");
  }

  @Test
  void bareWeightsAreNoModel() throws Exception {
    Path weights = Files.writeString(folder.resolve("weights.safetensors"), "{}");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () -> Models.reference(TestingConfigurations.minimal(weights.toUri().toString())))
        .withMessageStartingWith("model.path: model file " + weights.toUri() + " is refused: ");
  }

  @Test
  void aBidirectionalModelIsRefusedAtSubmission() {
    String uri = TestingModels.bidirectional(folder).uri();
    expectRefusal(
        "model.path: model file "
            + uri
            + " holds a bidirectional model: no end exists in a stream to run backwards from; use a"
            + " one-directional model",
        uri);
  }

  @ParameterizedTest
  @EnumSource(names = {"CLASSIFY", "LABEL", "REGRESS"})
  void alertsAreOfNextTokenModelsOnly(TestingModels kind) {
    String uri = kind.in(folder).uri();
    expectRefusal(
        "alerts.topic: alerts are of next-token models, and "
            + uri
            + " has the task "
            + kind.file().config().task().configName()
            + "; leave alerts.* out",
        uri,
        "alerts.topic",
        "alerts",
        "alerts.rank",
        "3");
  }

  @Test
  void anAlertsTopicNeedsThresholdsOfTheJobOrOfTheModel() throws Exception {
    String bare = TestingModels.NEXT_TOKEN.in(folder).uri();
    expectRefusal(
        "alerts.topic is set, but neither alerts.rank nor alerts.surprisal is, and "
            + bare
            + " carries no calibrated thresholds; say what alerts",
        bare,
        "alerts.topic",
        "alerts");
    String calibrated = TestingModels.NEXT_TOKEN_CALIBRATED.in(folder).uri();
    assertThat(
            Models.reference(TestingConfigurations.minimal(calibrated, "alerts.topic", "alerts")))
        .isNotNull();
  }

  private static JobConfiguration announced(String uri, String... keysAndValues) throws Exception {
    Map<String, String> all = new HashMap<>();
    all.put("models.topic", "models");
    all.put("models.status-topic", "status");
    for (int i = 0; i < keysAndValues.length; i += 2) {
      all.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return TestingConfigurations.minimal(
        uri,
        all.entrySet().stream()
            .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
            .toArray(String[]::new));
  }

  @Test
  void aJobWithoutAControlTopicTakesNoAnnouncements() throws Exception {
    String uri = TestingModels.NEXT_TOKEN.in(folder).uri();
    assertThat(
            Models.settings(
                TestingConfigurations.minimal(
                    uri, "models.replay-length", "12", "models.missing", "reset")))
        .isEqualTo(
            new ModelSettings(false, List.of(), null, 512 << 20, 60_000, 4, 12, true, false));
  }

  @Test
  void everyOptionOfModelsArrives() throws Exception {
    String uri = TestingModels.NEXT_TOKEN.in(folder).uri();
    KeyPair keys = AnnouncementSignature.generateKeys();
    Path pem =
        Files.writeString(
            folder.resolve("public.pem"), AnnouncementSignature.toPem(keys.getPublic()));
    assertThat(
            Models.settings(
                announced(
                    uri,
                    "models.public-key",
                    pem.toString(),
                    "models.allowed-locations",
                    "s3://a/b, hdfs://c/d",
                    "models.maximum-size",
                    "1 mb",
                    "models.load-timeout",
                    "5 s",
                    "models.maximum-resident",
                    "3",
                    "models.replay-length",
                    "7",
                    "alerts.topic",
                    "alerts")))
        .isEqualTo(
            new ModelSettings(
                true,
                List.of("s3://a/b", "hdfs://c/d"),
                Base64.getEncoder().encodeToString(keys.getPublic().getEncoded()),
                1 << 20,
                5_000,
                3,
                7,
                false,
                true));
  }

  @Test
  void thresholdsOfTheModelDoNotCountWhereTheJobHasItsOwn() throws Exception {
    String uri = TestingModels.NEXT_TOKEN.in(folder).uri();
    assertThat(
            Models.settings(announced(uri, "alerts.topic", "alerts", "alerts.rank", "3"))
                .alertsFromModel())
        .isFalse();
  }

  private void expectRefusedKey(Path pem, String message) {
    String uri = TestingModels.NEXT_TOKEN.in(folder).uri();
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> Models.settings(announced(uri, "models.public-key", pem.toString())))
        .withMessage("models.public-key: " + message);
  }

  @Test
  void aPublicKeyThatIsMissingIsOneClearLine() {
    Path pem = folder.resolve("none.pem");
    expectRefusedKey(
        pem,
        "there is no file "
            + pem
            + "; make a pair with 'carryover keygen' and give its public file");
  }

  @Test
  void aPublicKeyThatIsAFolderIsOneClearLine() {
    expectRefusedKey(
        folder, "file " + folder + " cannot be read (IOException); look at its permissions");
  }

  @Test
  void aPrivateKeyIsNotTakenForThePublicOne() throws Exception {
    KeyPair keys = AnnouncementSignature.generateKeys();
    Path pem =
        Files.writeString(
            folder.resolve("private.pem"), AnnouncementSignature.toPem(keys.getPrivate()));
    expectRefusedKey(
        pem,
        "a PEM block 'PRIVATE KEY', a 'PUBLIC KEY' is needed; "
            + pem
            + "; make a pair with 'carryover keygen' and give its public file");
  }

  @Test
  void anAllowedLocationWithCredentialsIsRefusedAtSubmission() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () ->
                Models.settings(
                    announced(
                        TestingModels.NEXT_TOKEN.in(folder).uri(),
                        "models.allowed-locations",
                        "s3://user:secret@bucket/models")))
        .withMessageStartingWith("models.allowed-locations: ")
        .withMessageNotContaining("secret");
  }

  @Test
  void transductionIsOfSeq2SeqModelsOnly() {
    String uri = TestingModels.CLASSIFY.in(folder).uri();
    expectRefusal(
        "transduction.beam-width, transduction.slice is set, but "
            + uri
            + " holds a model of the task classify, and only seq2seq transduces; remove it",
        uri,
        "transduction.slice",
        "5 ms",
        "transduction.beam-width",
        "2");
  }

  @Test
  void aTransducerAnswersNotEveryEvent() {
    String uri = TestingTransducers.PLAIN.in(folder).uri();
    expectRefusal(
        "inferences.emit is every-event, but "
            + uri
            + " holds a seq2seq model, which answers when a sequence has ended; remove it",
        uri,
        "inferences.emit",
        "every-event");
  }

  private static String[] json(String... keysAndValues) {
    return Stream.concat(
            Stream.of(
                "events.format",
                "json",
                "events.mapping.key",
                "k",
                "events.mapping.timestamp",
                "t",
                "events.mapping.token",
                "w"),
            Stream.of(keysAndValues))
        .toArray(String[]::new);
  }

  @Test
  void aTransducerWhoseSequencesNobodyEndsIsRefused() throws Exception {
    String uri = TestingTransducers.TWO_DIRECTIONS.in(folder).uri();
    String refusal =
        "model.path: model file "
            + uri
            + " holds a seq2seq model, which reads a sequence from its end too, and answers when it"
            + " has ended, and nothing in the configuration ends a sequence; set sequence.gap,"
            + " sequence.maximum-length or events.mapping.end";
    expectRefusal(refusal, uri, json());
    expectRefusal(
        refusal,
        uri,
        json("transduction.beyond", "dead-letter", "sequence.maximum-length", "2000"));
    expectRefusal(
        refusal,
        uri,
        json("transduction.beyond", "dead-letter", "transduction.maximum-source-length", "9"));
    for (String[] ends :
        new String[][] {
          {"sequence.gap", "1 min"},
          {"sequence.maximum-length", "2000"},
          {"events.mapping.end", "e"},
          {"transduction.maximum-source-length", "9"}
        }) {
      assertThat(Models.reference(TestingConfigurations.minimal(uri, json(ends)))).isNotNull();
    }
    assertThat(Models.reference(TestingConfigurations.minimal(uri))).isNotNull();
  }

  @Test
  void attentionIsToldByModelsThatHaveItOrMayComeToHaveIt() throws Exception {
    String uri = TestingTransducers.PLAIN.in(folder).uri();
    expectRefusal(
        "transduction.attention is true, but "
            + uri
            + " holds a model without attention; remove it, or use a model with attention",
        uri,
        "transduction.attention",
        "true");
    assertThat(Models.reference(announced(uri, "transduction.attention", "true"))).isNotNull();
    String attends = TestingTransducers.ADDITIVE.in(folder).uri();
    assertThat(
            Models.reference(
                TestingConfigurations.minimal(attends, "transduction.attention", "true")))
        .isNotNull();
  }
}
