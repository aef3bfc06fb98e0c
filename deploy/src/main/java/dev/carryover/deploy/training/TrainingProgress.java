package dev.carryover.deploy.training;

import dev.carryover.training.trainer.RunHistory;
import dev.carryover.training.trainer.TrainingListener;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows how training goes: a bar with loss, tokens per second and time left on a terminal, else a
 * line for every epoch and every half minute.
 *
 * <p>Belongs to the training thread.
 */
public final class TrainingProgress implements TrainingListener, AutoCloseable {

  /** How much of a running mean stays with each step: the last fifty or so count. */
  private static final double MEMORY = 0.98;

  private static final long SILENCE_NANOS = Duration.ofSeconds(30).toNanos();

  private final PrintWriter out;
  private final boolean terminal;
  private final int epochs;
  private ProgressBar bar;
  private double weight;
  private double loss;
  private double tokensPerSecond;
  private String validation = "";
  private Duration left = Duration.ZERO;
  private long lastLine = System.nanoTime();

  /**
   * @param out where lines go
   * @param terminal whether there is one, for a bar
   * @param epochs how many there will be, at most
   */
  public TrainingProgress(PrintWriter out, boolean terminal, int epochs) {
    this.out = out;
    this.terminal = terminal;
    this.epochs = epochs;
  }

  @Override
  public void started(String backend, String model, long totalSteps) {
    line("Backend    " + backend);
    line("Model      " + model);
  }

  /** A run that goes on begins where it stopped: the time left is not that of the whole. */
  private static ProgressBar bar(long firstStep, long totalSteps) {
    return new ProgressBarBuilder()
        .setTaskName("Training")
        .setInitialMax(totalSteps)
        .startsFrom(firstStep - 1, Duration.ZERO)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(200)
        .build();
  }

  @Override
  public void warning(String message) {
    line("Warning    " + message);
  }

  @Override
  public void step(RunHistory.Step step, long totalSteps, Duration timeLeft) {
    left = timeLeft;
    weight = MEMORY * weight + 1 - MEMORY;
    loss += (1 - MEMORY) / weight * (step.loss() - loss);
    tokensPerSecond += (1 - MEMORY) / weight * (step.tokensPerSecond() - tokensPerSecond);
    if (terminal && bar == null) {
      bar = bar(step.step(), totalSteps);
    }
    if (bar != null) {
      bar.stepTo(step.step());
      bar.setExtraMessage(
          String.format(
              Locale.ROOT,
              " epoch %d/%d, loss %.4f%s, %,.0f tokens/s",
              step.epoch(),
              epochs,
              loss,
              validation,
              tokensPerSecond));
    } else if (System.nanoTime() - lastLine > SILENCE_NANOS) {
      line(
          String.format(
              Locale.ROOT,
              "Step %,d of %,d: loss %.4f, %,.0f tokens/s, %s left",
              step.step(),
              totalSteps,
              loss,
              tokensPerSecond,
              DurationText.rounded(left)));
    }
  }

  @Override
  public void epoch(RunHistory.Epoch epoch) {
    validation =
        Double.isNaN(epoch.validationLoss())
            ? ""
            : String.format(Locale.ROOT, ", validation %.4f", epoch.validationLoss());
    Double wrong = epoch.metrics().get("word_error_rate");
    if (wrong != null) {
      validation += String.format(Locale.ROOT, ", WER %.2f %%", 100 * wrong);
    }
    if (bar == null) {
      line(
          String.format(
              Locale.ROOT,
              "Epoch %d of %d: loss %.4f%s%s, %,.0f tokens/s, %s left",
              epoch.epoch(),
              epochs,
              epoch.trainingLoss(),
              validation,
              epoch.best() ? " (best)" : "",
              tokensPerSecond,
              DurationText.rounded(left)));
    }
  }

  private void line(String text) {
    out.println(text);
    out.flush();
    lastLine = System.nanoTime();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
