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
 * @param data the section {@code data}
 * @param training the section {@code training}
 * @param calibration the section {@code calibration}, or {@code null}
 * @param folder where relative paths in it start
 */
public record TrainingRecipe(
    DataPlan data, TrainingPlan training, Calibration calibration, Path folder) {

  private static final List<String> SECTIONS = List.of("data", "training", "calibration");

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
        folder);
  }

  /** This recipe with another seed of training; what is held back stays as it is. */
  public TrainingRecipe withSeed(long seed) {
    return new TrainingRecipe(data, training.with("seed", seed), calibration, folder);
  }
}
