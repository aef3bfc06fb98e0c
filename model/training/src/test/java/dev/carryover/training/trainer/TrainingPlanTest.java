package dev.carryover.training.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.spec.Cell;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPlanTest {
  @Test
  void whatIsNotSaidIsAsInTheDefaults() {
    TrainingPlan plan = TrainingPlan.parse("cell: lstm\nhidden-size: 256\n", "plan.yaml");
    assertThat(plan.cell()).isEqualTo(Cell.LSTM);
    assertThat(plan.hiddenSize()).isEqualTo(256);
    assertThat(plan.epochs()).isEqualTo(TrainingPlan.DEFAULTS.epochs());
    assertThat(TrainingPlan.parse("", "plan.yaml")).isEqualTo(TrainingPlan.DEFAULTS);
  }

  @Test
  void aPlanIsReadBackFromItsYaml() {
    TrainingPlan plan =
        TrainingPlan.DEFAULTS
            .with("schedule", "cosine")
            .with("seed", -5)
            .with("attention", "general")
            .with("scheduled-sampling", "inverse-sigmoid");
    assertThat(TrainingPlan.parse(plan.toYaml(), "again")).isEqualTo(plan);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hiden-size: 3 | there is no key 'hiden-size'; the keys are [model-id, cell",
        "cell: gru2 | cell is gru2; it is one of [rnn_tanh, rnn_relu, lstm, gru]",
        "epochs: 0 | epochs is 0; it is at least 1",
        "epochs: 2.5 | epochs is 2.5; it is a whole number",
        "epochs: many | epochs is many; it is a whole number",
        "dropout: 1 | dropout is 1.0; it is at least 0 and below 1",
        "learning-rate: -1 | learning-rate is -1.0; it is above 0",
        "optimizer: adagrad | it is one of [adam, adamw, sgd]",
        "gru-reset: before\\ncell: lstm | gru-reset is before; it is before for cell gru alone",
        "epochs: null | epochs is null; it is a whole number",
        "bidirectional: 3 | bidirectional is 3; it is true or false",
        "attention: luong | attention is luong; it is one of [none, additive, dot, general]",
        "scheduled-sampling: cosine | it is one of [none, linear, exponential, inverse-sigmoid]",
        "label-smoothing: 1 | label-smoothing is 1.0; it is at least 0 and below 1",
        "sampling-lowest: 1.5 | sampling-lowest is 1.5; it is 0 to 1",
        "averaging: 1 | averaging is 1.0; it is at least 0 and below 1",
        "maximum-output-length: 0 | maximum-output-length is 0; it is at least 1",
        "- a | the plan is no mapping",
        "'cell: [' | line 1",
        "model-id: a b | model id 'a b' does not match",
      })
  void whatIsWrongIsNamed(String yaml, String message) {
    assertThatThrownBy(() -> TrainingPlan.parse(yaml.replace("\\n", "\n"), "plan.yaml"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("plan.yaml")
        .hasMessageContaining(message);
  }
}
