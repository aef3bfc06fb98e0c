package dev.carryover.job.revisions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompatibilityTest {
  private static final List<String> TOKENS = List.of("<bos>", "<eos>", "<unk>", "a", "b");

  private static ModelConfig.Builder tokens(Task task, Vocabulary vocabulary) {
    return ModelConfig.builder()
        .modelId("testing")
        .task(task)
        .cell(Cell.GRU)
        .vocabulary(vocabulary)
        .embeddingSize(4)
        .hiddenSize(8);
  }

  private static Vocabulary vocabulary(List<String> tokens) {
    return Vocabulary.of(tokens, "<bos>", "<eos>", "<unk>");
  }

  private static ModelConfig.Builder nextToken() {
    return tokens(Task.NEXT_TOKEN, vocabulary(TOKENS));
  }

  private static ModelConfig.Builder classify(String... labels) {
    return tokens(Task.CLASSIFY, vocabulary(TOKENS)).labels(List.of(labels));
  }

  private static ModelConfig.Builder regress(int outputs) {
    return tokens(Task.REGRESS, vocabulary(TOKENS)).outputSize(outputs);
  }

  private static ModelConfig.Builder features(List<String> names, float[] mean, float[] scale) {
    return ModelConfig.builder()
        .modelId("testing")
        .task(Task.REGRESS)
        .cell(Cell.LSTM)
        .features(FeatureSchema.of(names, mean, scale))
        .hiddenSize(8)
        .outputSize(1);
  }

  private static ModelConfig.Builder features(String... names) {
    float[] scale = new float[names.length];
    java.util.Arrays.fill(scale, 1);
    return features(List.of(names), new float[names.length], scale);
  }

  private static Compatibility compatibility(ModelConfig.Builder job, boolean alertsFromModel) {
    return new Compatibility(
        job.build(), new ModelSettings(true, List.of(), null, 1, 1, 2, 0, false, alertsFromModel));
  }

  private static void expectPass(ModelConfig.Builder job, ModelConfig.Builder candidate) {
    assertThatCode(() -> compatibility(job, false).check(candidate.build()))
        .doesNotThrowAnyException();
  }

  private static void expect(
      ModelConfig.Builder job, ModelConfig.Builder candidate, RejectionCode code, String detail) {
    expect(compatibility(job, false), candidate, code, detail);
  }

  private static void expect(
      Compatibility compatibility,
      ModelConfig.Builder candidate,
      RejectionCode code,
      String detail) {
    ModelRejectedException rejected =
        catchThrowableOfType(
            ModelRejectedException.class, () -> compatibility.check(candidate.build()));
    assertThat(rejected).as(detail).isNotNull();
    assertThat(rejected).hasMessage(detail);
    assertThat(rejected.code()).isEqualTo(code);
  }

  @Test
  void aModelOfAnotherMakeMayTakeOver() {
    expectPass(nextToken(), nextToken());
    expectPass(
        nextToken(),
        nextToken().cell(Cell.LSTM).hiddenSize(16).layers(2).embeddingSize(9).bias(false));
  }

  @Test
  void anotherModelIsRefused() {
    expect(
        nextToken(),
        nextToken().modelId("other"),
        RejectionCode.OTHER_MODEL,
        "the file is model 'other', expected 'testing'; announce a file of that model");
  }

  @Test
  void anotherTaskIsRefused() {
    expect(
        nextToken(),
        classify("x", "y"),
        RejectionCode.OTHER_TASK,
        "the file has the task classify, expected next-token; announce a model of that task");
    expect(
        classify("x", "y"),
        tokens(Task.LABEL, vocabulary(TOKENS)).labels(List.of("x", "y")),
        RejectionCode.OTHER_TASK,
        "the file has the task label, expected classify; announce a model of that task");
  }

  @Test
  void aBidirectionalModelIsRefused() {
    expect(
        classify("x", "y"),
        classify("x", "y").bidirectional(true),
        RejectionCode.UNSUPPORTED_MODEL,
        "the file holds a bidirectional model: no end exists in a stream to run backwards from; use a"
            + " one-directional model");
  }

  @Test
  void tokensAndFeaturesAreNotExchanged() {
    expect(
        regress(1),
        features("a", "b"),
        RejectionCode.OTHER_INPUTS,
        "the file reads features, expected tokens; announce a model of the same inputs");
    expect(
        features("a", "b"),
        regress(1),
        RejectionCode.OTHER_INPUTS,
        "the file reads tokens, expected features; announce a model of the same inputs");
  }

  @Test
  void featuresAreTheSameInTheSameOrder() {
    String remedy = "; announce a model of the same features in the same order";
    expect(
        features("a", "b"),
        features("a"),
        RejectionCode.OTHER_INPUTS,
        "the file has 1 features, expected 2 as the job's model" + remedy);
    expect(
        features("a", "b"),
        features("a", "b", "c"),
        RejectionCode.OTHER_INPUTS,
        "the file has 3 features, expected 2 as the job's model" + remedy);
    expect(
        features("a", "b"),
        features("b", "a"),
        RejectionCode.OTHER_INPUTS,
        "the file has the feature 'b' at index 0, expected 'a' as the job's model" + remedy);
  }

  @Test
  void featuresMayBeScaledAnew() {
    expectPass(
        features("a", "b"), features(List.of("a", "b"), new float[] {3, 4}, new float[] {5, 6}));
  }

  @Test
  void aVocabularyMayGrowAtItsEnd() {
    expectPass(
        nextToken(),
        tokens(
            Task.NEXT_TOKEN, vocabulary(List.of("<bos>", "<eos>", "<unk>", "a", "b", "c", "d"))));
  }

  @Test
  void aShorterVocabularyIsRefused() {
    expect(
        nextToken(),
        tokens(Task.NEXT_TOKEN, vocabulary(TOKENS.subList(0, 4))),
        RejectionCode.OTHER_VOCABULARY,
        "the file has a vocabulary of 4 tokens, expected at least the 5 of the job's model; train it"
            + " with that vocabulary; new tokens go to its end");
  }

  @Test
  void aVocabularyInAnotherOrderIsRefused() {
    expect(
        nextToken(),
        tokens(Task.NEXT_TOKEN, vocabulary(List.of("<bos>", "<eos>", "<unk>", "b", "a"))),
        RejectionCode.OTHER_VOCABULARY,
        "the file has the token 'b' at id 3, expected 'a' as the job's model; train it with that"
            + " vocabulary; new tokens go to its end");
  }

  @Test
  void aTokenThatIsInsertedIsRefused() {
    expect(
        nextToken(),
        tokens(Task.NEXT_TOKEN, vocabulary(List.of("<bos>", "<eos>", "<unk>", "new", "a", "b"))),
        RejectionCode.OTHER_VOCABULARY,
        "the file has the token 'new' at id 3, expected 'a' as the job's model; train it with that"
            + " vocabulary; new tokens go to its end");
  }

  @Test
  void otherSpecialTokensAreRefused() {
    String remedy = " as the job's model; train it with the same special tokens";
    expect(
        nextToken(),
        tokens(Task.NEXT_TOKEN, Vocabulary.of(TOKENS, null, "<eos>", "<unk>")),
        RejectionCode.OTHER_VOCABULARY,
        "the file has no begin token, expected its begin token at id 0" + remedy);
    expect(
        nextToken(),
        tokens(Task.NEXT_TOKEN, Vocabulary.of(TOKENS, "<bos>", "a", "<unk>")),
        RejectionCode.OTHER_VOCABULARY,
        "the file has its end token at id 3, expected its end token at id 1" + remedy);
    expect(
        tokens(Task.NEXT_TOKEN, Vocabulary.of(TOKENS, "<bos>", "<eos>", null)),
        nextToken(),
        RejectionCode.OTHER_VOCABULARY,
        "the file has its unknown token at id 2, expected no unknown token" + remedy);
  }

  @Test
  void labelsAreTheSameInTheSameOrder() {
    String remedy = "; announce a model of the same labels in the same order";
    expect(
        classify("x", "y", "z"),
        classify("x", "y"),
        RejectionCode.OTHER_OUTPUTS,
        "the file has 2 labels, expected 3 as the job's model" + remedy);
    expect(
        classify("x", "y", "z"),
        classify("x", "z", "y"),
        RejectionCode.OTHER_OUTPUTS,
        "the file has the label 'z' at index 1, expected 'y' as the job's model" + remedy);
  }

  @Test
  void twoLabelsMayComeFromOneOutputOrFromTwo() {
    expectPass(classify("no", "yes"), classify("no", "yes").outputSize(1));
  }

  @Test
  void aRegressionPredictsAsManyValues() {
    expectPass(regress(2), regress(2));
    expect(
        regress(2),
        regress(3),
        RejectionCode.OTHER_OUTPUTS,
        "the file predicts 3 values, expected 2 as the job's model; announce a model of as many");
  }

  @Test
  void thresholdsAreNeededWhereAlertsComeFromTheModel() {
    ModelConfig.Builder calibrated =
        nextToken().alerts(new AlertThresholds(3, 2f, 2.2f, true, 0.01f));
    Compatibility compatibility = compatibility(calibrated, true);
    assertThatCode(() -> compatibility.check(calibrated.build())).doesNotThrowAnyException();
    expectPass(calibrated, nextToken());
    expect(
        compatibility,
        nextToken(),
        RejectionCode.NO_ALERT_THRESHOLDS,
        "the file has no alert thresholds, and the job takes them from its model; calibrate the"
            + " model, or set alerts.rank or alerts.surprisal");
  }

  private static ModelConfig.Builder seq2seq(List<String> source, List<String> target) {
    return tokens(Task.SEQ2SEQ, Vocabulary.of(source, null, null, null))
        .encoderDecoder(EncoderDecoder.to(Vocabulary.of(target, "<bos>", "<eos>", null)));
  }

  @Test
  void aTransducerMayGainAttentionAndSourceTokens() {
    expectPass(
        seq2seq(List.of("a", "b"), TOKENS),
        seq2seq(List.of("a", "b", "c"), TOKENS)
            .encoderDecoder(
                EncoderDecoder.to(Vocabulary.of(TOKENS, "<bos>", "<eos>", null))
                    .withBidirectionalEncoder(true)
                    .withAttention(Attention.ADDITIVE)));
  }

  @Test
  void aTransducerWritesTheSameTokens() {
    expect(
        seq2seq(List.of("a", "b"), TOKENS),
        seq2seq(List.of("a", "x"), TOKENS),
        RejectionCode.OTHER_VOCABULARY,
        "the file has the token 'x' at id 1, expected 'b' as the job's model; train it with that"
            + " vocabulary; new tokens go to its end");
    expect(
        seq2seq(List.of("a"), List.of("<bos>", "<eos>", "p", "q")),
        seq2seq(List.of("a"), List.of("<bos>", "<eos>", "p", "r")),
        RejectionCode.OTHER_OUTPUTS,
        "the file has the target token 'r' at index 3, expected 'q' as the job's model; announce a"
            + " model of the same target tokens in the same order");
    expect(
        seq2seq(List.of("a"), List.of("<bos>", "<eos>", "p")),
        seq2seq(List.of("a"), List.of("<bos>", "<eos>", "p"))
            .encoderDecoder(
                EncoderDecoder.to(
                    Vocabulary.of(List.of("<bos>", "<eos>", "p"), "<bos>", "p", null))),
        RejectionCode.OTHER_OUTPUTS,
        "the file has its end token at id 2, expected its end token at id 1 as the job's model;"
            + " train it with the same special tokens");
  }
}
