package dev.carryover.deploy.training;

import com.fasterxml.jackson.databind.JsonNode;
import dev.carryover.training.trainer.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A file that says how a model is made: what it is trained on, how, and how its alerts are
 * calibrated. Every section may be left out.
 *
 * <pre>{@code
 * data:
 *   format: lines
 *   task: next-token
 * training:
 *   model-id: hdfs-gru64
 *   cell: gru
 *   hidden-size: 64
 * calibration:
 *   false-alarm-rate: 0.001
 * }</pre>
 *
 * <p>A section {@code exercise} says what pairs {@code carryover lesson} makes up to train on;
 * nothing else reads it.
 *
 * @param data the section {@code data}
 * @param training the section {@code training}
 * @param calibration the section {@code calibration}, or {@code null}
 * @param exercise the section {@code exercise}, or {@code null}
 * @param folder where relative paths in it start
 */
public record TrainingRecipe(
    DataPlan data, TrainingPlan training, Calibration calibration, Exercise exercise, Path folder) {

  private static final List<String> SECTIONS =
      List.of("data", "training", "calibration", "exercise");

  /**
   * How alert thresholds are chosen.
   *
   * @param falseAlarmRate the share of normal sequences that may alert
   */
  public record Calibration(double falseAlarmRate) {

    /** Checks the rate. */
    public Calibration {
      if (!(falseAlarmRate > 0 && falseAlarmRate < 1)) {
        throw new IllegalArgumentException(
            "calibration.false-alarm-rate is " + falseAlarmRate + "; it is above 0 and below 1");
      }
    }
  }

  /**
   * Pairs that are made up: sources are random, and the answer follows from a rule.
   *
   * @param rule {@code reversal} (the source backwards) or {@code running-sum} (of digits, the sum
   *     of all so far, modulo the number of symbols)
   * @param symbols how many different tokens there are: 2 to 26 letters, or 2 to 10 digits
   * @param sources how many are learned from, those held back included
   * @param shortest their least length
   * @param longest their greatest length
   * @param tests how many others are answered at the end
   * @param longestTest the greatest length of these; the least is that of the sources
   * @param seed decides what they are
   */
  public record Exercise(
      String rule,
      int symbols,
      int sources,
      int shortest,
      int longest,
      int tests,
      int longestTest,
      long seed) {

    /** The source backwards. */
    public static final String REVERSAL = "reversal";

    /** The sum of all so far. */
    public static final String RUNNING_SUM = "running-sum";

    private static final int LONGEST = 1000;

    /** Checks the values. */
    public Exercise {
      if (!REVERSAL.equals(rule) && !RUNNING_SUM.equals(rule)) {
        throw new IllegalArgumentException(
            "exercise.rule is '%s'; it is %s or %s".formatted(rule, REVERSAL, RUNNING_SUM));
      }
      within("symbols", symbols, 2, RUNNING_SUM.equals(rule) ? 10 : 26);
      within("sources", sources, 2, 10_000_000);
      within("shortest", shortest, 1, LONGEST);
      within("longest", longest, shortest, LONGEST);
      within("tests", tests, 1, 10_000_000);
      within("longest-test", longestTest, shortest, LONGEST);
      // Twice as many as are asked for of each length, or the search for new ones takes for ever.
      double perLength =
          (double) sources / (longest - shortest + 1)
              + (double) tests / (longestTest - shortest + 1);
      if (Math.pow(symbols, shortest) < 2 * perLength) {
        throw new IllegalArgumentException(
            "exercise.symbols is %d and exercise.shortest %d: there are %,.0f sources of that length, and about %,.0f are wanted; raise one of the two, or want fewer"
                .formatted(symbols, shortest, Math.pow(symbols, shortest), perLength));
      }
    }

    private static void within(String key, int value, int least, int most) {
      if (value < least || value > most) {
        throw new IllegalArgumentException(
            "exercise.%s is %,d; it is %,d to %,d".formatted(key, value, least, most));
      }
    }
  }

  /**
   * Reads a recipe.
   *
   * @throws IOException when the file cannot be read
   * @throws IllegalArgumentException when a section, a key or a value is refused
   */
  public static TrainingRecipe read(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    return parse(Files.readString(file), file.toString(), folder);
  }

  /**
   * Reads a recipe from a text.
   *
   * @param source what the text is called in errors
   * @param folder where relative paths in it start
   * @throws IllegalArgumentException when a section, a key or a value is refused
   */
  public static TrainingRecipe parse(String yaml, String source, Path folder) {
    JsonNode sections = YamlSection.tree(yaml, source);
    for (Map.Entry<String, JsonNode> section : sections.properties()) {
      if (!SECTIONS.contains(section.getKey())) {
        throw new IllegalArgumentException(
            "%s: there is no section '%s'; the sections are %s"
                .formatted(source, section.getKey(), SECTIONS));
      }
      if (!section.getValue().isObject()) {
        throw new IllegalArgumentException(
            "%s: section %s is empty or no mapping; write indented lines of the form 'key: value' below it"
                .formatted(source, section.getKey()));
      }
    }
    return new TrainingRecipe(
        sections.has("data")
            ? YamlSection.read(sections.get("data"), DataPlan.class, source)
            : DataPlan.DEFAULTS,
        sections.has("training")
            ? TrainingPlan.parse(YamlSection.write(sections.get("training")), source)
            : TrainingPlan.DEFAULTS,
        sections.has("calibration")
            ? YamlSection.read(sections.get("calibration"), Calibration.class, source)
            : null,
        sections.has("exercise")
            ? YamlSection.read(sections.get("exercise"), Exercise.class, source)
            : null,
        folder);
  }

  /** This recipe with another seed of training; what is held back stays as it is. */
  public TrainingRecipe withSeed(long seed) {
    return new TrainingRecipe(data, training.with("seed", seed), calibration, exercise, folder);
  }

  /** This recipe with another number of threads that train. */
  public TrainingRecipe withThreads(int threads) {
    return new TrainingRecipe(
        data, training.with("threads", threads), calibration, exercise, folder);
  }
}
