package dev.carryover.training.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is asked to stop finishes its batch and leaves a checkpoint to go on from. */
class ShutdownTest {
  private static final TrainingPlan ENDLESS =
      TrainingPlan.parse("hidden-size: 12\nembedding-size: 4\nepochs: 1000000\n", "test");
  private static final int BATCHES = 8;

  @TempDir Path folder;

  @Test
  void stoppingTheProcessKeepsTheLastCheckpoint() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Run.class.getName(),
            folder.toString());
    builder.environment().put("OMP_NUM_THREADS", "1");
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (BufferedReader output = process.inputReader()) {
      assertThat(output.readLine()).isEqualTo("step " + BATCHES);
      process.destroy();
      process.waitFor();
    } finally {
      process.destroyForcibly();
    }
    Checkpoint checkpoint = Checkpoint.read(folder.resolve(TrainingRun.LAST));
    assertThat(checkpoint.optimizerSteps()).isGreaterThanOrEqualTo(BATCHES);
    TrainingPlan rest = ENDLESS.with("epochs", checkpoint.epoch() + 1);
    TrainingResult resumed =
        Trainer.resume(rest, TestingData.counting(), folder, TrainingListener.SILENT);
    assertThat(resumed.interrupted()).isFalse();
    assertThat(resumed.history().epochs()).hasSize(checkpoint.epoch() + 1);
  }

  /** Trains until it is stopped. */
  static final class Run {
    private Run() {}

    public static void main(String[] arguments) throws Exception {
      Trainer.train(
          ENDLESS,
          TestingData.counting(),
          Path.of(arguments[0]),
          new TrainingListener() {
            @Override
            public void step(RunHistory.Step step, long totalSteps, Duration left) {
              if (step.step() == BATCHES) {
                System.out.println("step " + BATCHES);
              }
            }
          });
    }
  }
}
