package dev.carryover.deploy.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.training.trainer.RunHistory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TrainingProgressTest {

  @Test
  void withoutATerminalEveryEpochIsALine() {
    StringWriter text = new StringWriter();
    try (TrainingProgress progress = new TrainingProgress(new PrintWriter(text), false, 20)) {
      progress.started("a backend", "a model", 40);
      progress.step(new RunHistory.Step(1, 1, 3.0, 0.1, 1, 1000), 40, Duration.ofSeconds(200));
      progress.step(new RunHistory.Step(2, 1, 2.0, 0.1, 1, 3000), 40, Duration.ofSeconds(125));
      progress.epoch(new RunHistory.Epoch(1, 2, 2.5, 2.25, 3, true));
      progress.epoch(new RunHistory.Epoch(2, 4, 2.4, Double.NaN, 3, false));
    }
    assertThat(text.toString().lines())
        .containsExactly(
            "Backend    a backend",
            "Model      a model",
            "Epoch 1 of 20: loss 2.5000, validation 2.2500 (best), 2,010 tokens/s, 2 min 5 s left",
            "Epoch 2 of 20: loss 2.4000, 2,010 tokens/s, 2 min 5 s left");
  }
}
