package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.features;
import static dev.carryover.job.operator.TestingStreams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.ModelReference;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the model cannot use goes out whole, with what is wrong, where, and what to do. */
class OperatorDeadLettersTest {
  @TempDir Path folder;

  private void expectRefusal(
      TestingModels kind,
      TestingSettings settings,
      StreamEvent event,
      RejectReason reason,
      String detail)
      throws Exception {
    try (TestingHarness harness = TestingHarness.start(kind.in(folder), settings)) {
      harness.send(event);
      harness.end();
      assertThat(harness.inferences()).isEmpty();
      assertThat(harness.deadLetters()).containsExactly(event.withRejection(reason, detail));
      assertThat(harness.counter("reason." + reason + ".deadLetters")).isEqualTo(1);
      assertThat(harness.keyedStateEntries()).isZero();
    }
  }

  @Test
  void anUnknownTokenIsReadAsTheUnknownTokenWhenMapped() throws Exception {
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      harness.send(token("k", 1, "never seen"));
      harness.flush();
      assertThat(harness.inferences())
          .extracting(inference -> ((NextToken) inference.getPrediction()).getToken())
          .containsExactly("<unk>");
    }
  }

  @Test
  void anUnknownTokenIsADeadLetterWhenAskedFor() throws Exception {
    expectRefusal(
        TestingModels.NEXT_TOKEN,
        settings().refuseUnknown(),
        token("k", 1, "never seen"),
        RejectReason.UNKNOWN_TOKEN,
        "token 'never seen' is not among the 9 of model 'testing', at events-1@1; set"
            + " events.unknown-token to map to read it as the unknown token");
  }

  @Test
  void anUnknownTokenIsADeadLetterOfAModelWithoutUnknownToken() throws Exception {
    expectRefusal(
        TestingModels.REGRESS,
        settings(),
        token("k", 1, "x".repeat(70)),
        RejectReason.UNKNOWN_TOKEN,
        "token '"
            + "x".repeat(64)
            + "...' is not among the 7 of model 'testing', at events-1@1; the model has no unknown"
            + " token to read it as: train it with one");
  }

  @Test
  void nothingToReadIsMissingInput() throws Exception {
    expectRefusal(
        TestingModels.NEXT_TOKEN,
        settings(),
        token("k", 1, null),
        RejectReason.MISSING_INPUT,
        "model 'testing' reads a token, the event carries neither an input nor an end, at"
            + " events-1@1; compare events.mapping with the topic");
    expectRefusal(
        TestingModels.REGRESS_FEATURES,
        settings(),
        token("k", 1, null),
        RejectReason.MISSING_INPUT,
        "model 'testing' reads 2 features, the event carries neither an input nor an end, at"
            + " events-1@1; compare events.mapping with the topic");
  }

  @Test
  void theOtherKindOfInputIsUnexpected() throws Exception {
    expectRefusal(
        TestingModels.NEXT_TOKEN,
        settings(),
        features("k", 1, 1, 2, 3),
        RejectReason.UNEXPECTED_INPUT,
        "model 'testing' reads tokens, the event carries 3 features, at events-1@1; map only the"
            + " token");
    expectRefusal(
        TestingModels.REGRESS_FEATURES,
        settings(),
        token("k", 1, "w3"),
        RejectReason.UNEXPECTED_INPUT,
        "model 'testing' reads features, the event carries a token, at events-1@1; map only the"
            + " features");
  }

  @Test
  void anotherNumberOfFeaturesIsRefused() throws Exception {
    expectRefusal(
        TestingModels.REGRESS_FEATURES,
        settings(),
        features("k", 1, 1, 2, 3),
        RejectReason.FEATURE_COUNT,
        "model 'testing' reads 2 features, the event carries 3, at events-1@1; compare"
            + " events.mapping.features with the model");
  }

  /** h' = relu(x + w h), value = v h'. */
  private ModelReference growing(float w, float v) {
    ModelConfig config =
        ModelConfig.builder()
            .modelId("growing")
            .task(Task.REGRESS)
            .cell(Cell.RNN_RELU)
            .features(FeatureSchema.unscaled(1))
            .hiddenSize(1)
            .outputSize(1)
            .build();
    Map<String, float[]> weights = TestingModels.weights(config, 1);
    weights.values().forEach(values -> Arrays.fill(values, 0));
    weights.put(TensorShapes.inputWeight(0), new float[] {1});
    weights.put(TensorShapes.hiddenWeight(0), new float[] {w});
    weights.put(TensorShapes.HEAD_WEIGHT, new float[] {v});
    return TestingModels.write(
        ModelFile.of(config, weights), folder.resolve("growing.safetensors"));
  }

  @Test
  void aStateThatLeavesTheNumbersIsADeadLetterAndItsKeyBeginsAnew() throws Exception {
    ModelReference model = growing(1e30f, 1);
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      StreamEvent last = features("k", 3, 1);
      harness.send(features("k", 1, 1), features("k", 2, 1), last, features("k", 4, 1));
      harness.send(features("other", 1, 1));
      harness.flush();
      assertThat(harness.inferences())
          .extracting(Inference::getKey, Inference::getSequenceStartMs, Inference::getStep)
          .containsExactlyInAnyOrder(
              tuple("k", 1L, 1L), tuple("k", 1L, 2L), tuple("k", 4L, 1L), tuple("other", 1L, 1L));
      assertThat(harness.deadLetters())
          .containsExactly(
              last.withRejection(
                  RejectReason.NON_FINITE_STATE,
                  "model 'growing' left the finite numbers at event 3 of the sequence, whose state"
                      + " was reset, at events-1@3; look at the size of the features and of the"
                      + " weights"));
      assertThat(harness.counter("reason.NON_FINITE_STATE.deadLetters")).isEqualTo(1);
    }
  }

  @Test
  void anOutputThatIsNoNumberIsADeadLetterThoughTheStateIsFinite() throws Exception {
    ModelReference model = growing(1e30f, 1e30f);
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      harness.send(features("k", 1, 1), features("k", 2, 1));
      harness.flush();
      assertThat(harness.inferences()).hasSize(1);
      assertThat(harness.deadLetters())
          .extracting(StreamEvent::timestampMs, StreamEvent::rejection)
          .containsExactly(tuple(2L, RejectReason.NON_FINITE_STATE));
      assertThat(harness.keyedStateEntries()).isZero();
    }
  }

  @Test
  void theRestOfABatchFlowsPastBadEvents() throws Exception {
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    try (TestingHarness harness = TestingHarness.start(model, settings().batchSize(8))) {
      harness.send(
          token("k", 1, "w3"), features("k", 2, 1), token("k", 3, null), token("k", 4, "w4"));
      harness.flush();
      assertThat(harness.inferences()).extracting(Inference::getStep).containsExactly(1L, 2L);
      assertThat(harness.deadLetters()).hasSize(2);
    }
  }
}
