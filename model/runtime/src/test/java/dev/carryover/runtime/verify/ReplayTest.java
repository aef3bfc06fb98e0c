package dev.carryover.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RecurrentModel;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A network small enough to be worked out with a pocket calculator: H = E = 1, V = 2. */
class ReplayTest {

  private static final double W_IH = 0.5;
  private static final double W_HH = -0.25;
  private static final double[] EMBEDDING = {1, -2};
  private static final double[] HEAD = {2, -1};
  private static final int[] TOKENS = {0, 1, 1, 0};

  private final RecurrentModel model = RecurrentModel.load(file());

  @Test
  void aRecordingOfTheSameNetworkAgrees() throws RecordedCasesException {
    ReplayReport report = Replay.run(model, RecordedCases.parse(recording(0), "cases.json"));
    assertThat(report.steps()).isEqualTo(TOKENS.length);
    assertThat(report.errors())
        .extracting(VectorError::vector)
        .containsExactly("layer 0 h", "logits", "log-softmax", "surprisal");
    assertThat(report.errors()).extracting(VectorError::steps).containsExactly(4, 4, 4, 3);
    assertThat(report.within(1e-6)).as("worst: %s", report.worst()).isTrue();
  }

  @Test
  void aDeviationIsFoundWithItsVectorAndStep() throws RecordedCasesException {
    ReplayReport report = Replay.run(model, RecordedCases.parse(recording(1e-3), "cases.json"));
    assertThat(report.within(1e-5)).isFalse();
    assertThat(report.worst().vector()).isEqualTo("layer 0 h");
    assertThat(report.worst().step()).isEqualTo(2);
    assertThat(report.worst().absolute()).isBetween(0.9e-3, 1.1e-3);
  }

  @Test
  void aRecordingOfAnotherModelIsRefusedBeforeTheFirstStep() {
    assertRefused(
        "{\"features\": [1], \"logits\": [1, 2]}", "feeds features, and model tiny reads tokens");
    assertRefused(
        "{\"token\": 2, \"logits\": [1, 2]}",
        "feeds token 2, and the vocabulary of model tiny ends at 1");
    assertRefused(
        "{\"token\": 0, \"logits\": [1]}",
        "steps[0].logits has 1 elements, and model tiny has 2 there");
    assertRefused("{\"token\": 0, \"log_softmax\": [1]}", "steps[0].log_softmax has 1 elements");
    assertRefused(
        "{\"token\": 0, \"state\": [{\"h\": [1, 2]}]}", "steps[0].state[0].h has 2 elements");
    assertRefused(
        "{\"token\": 0, \"state\": [{\"h\": [1]}, {\"h\": [1]}]}", "steps[0].state has 2 layers");
    assertRefused(
        "{\"token\": 0, \"state\": [{\"h\": [1], \"c\": [1]}]}",
        "has a c, and the cell of model tiny is rnn_tanh");
  }

  private void assertRefused(String step, String message) {
    assertThatThrownBy(
            () ->
                Replay.run(
                    model,
                    RecordedCases.parse(
                        "{\"config\": {}, \"steps\": [" + step + "]}", "cases.json")))
        .isInstanceOf(RecordedCasesException.class)
        .hasMessageContaining(message);
  }

  /** Works the network out in double; {@code deviation} is added to h of step 2. */
  private static String recording(double deviation) {
    StringBuilder json = new StringBuilder("{\"config\": {}, \"steps\": [");
    double h = 0;
    for (int t = 0; t < TOKENS.length; t++) {
      h = Math.tanh(W_IH * EMBEDDING[TOKENS[t]] + W_HH * h);
      double[] logits = {HEAD[0] * h, HEAD[1] * h};
      double sum = Math.log(Math.exp(logits[0]) + Math.exp(logits[1]));
      json.append(t == 0 ? "" : ",")
          .append(
              String.format(
                  Locale.ROOT,
                  "{\"token\": %d, \"logits\": [%.12f, %.12f], \"log_softmax\": [%.12f, %.12f],"
                      + " \"state\": [{\"h\": [%.12f]}]}",
                  TOKENS[t],
                  logits[0],
                  logits[1],
                  logits[0] - sum,
                  logits[1] - sum,
                  h + (t == 2 ? deviation : 0)));
    }
    return json.append("]}").toString();
  }

  private static ModelFile file() {
    ModelConfig config =
        ModelConfig.builder()
            .modelId("tiny")
            .task(Task.NEXT_TOKEN)
            .cell(Cell.RNN_TANH)
            .vocabulary(Vocabulary.of(List.of("a", "b"), null, null, null))
            .embeddingSize(1)
            .hiddenSize(1)
            .bias(false)
            .build();
    return ModelFile.of(
        config,
        Map.of(
            "embedding.weight", new float[] {(float) EMBEDDING[0], (float) EMBEDDING[1]},
            "rnn.weight_ih_l0", new float[] {(float) W_IH},
            "rnn.weight_hh_l0", new float[] {(float) W_HH},
            "head.weight", new float[] {(float) HEAD[0], (float) HEAD[1]},
            "head.bias", new float[2]));
  }
}
