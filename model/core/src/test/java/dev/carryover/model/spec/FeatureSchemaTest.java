package dev.carryover.model.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureSchemaTest {
  private static final List<String> NAMES = List.of("a", "b");

  @Test
  void normalizingSubtractsTheMeanAndDividesByTheScale() {
    FeatureSchema schema = FeatureSchema.of(NAMES, new float[] {1, -2}, new float[] {2, 0.5f});
    float[] values = {5, 3};

    schema.normalize(values, values);

    assertThat(values).containsExactly(2, 10);
  }

  @Test
  void unscaledFeaturesKeepTheirBits() {
    float[] values = {0.1f, -0f, Float.MIN_VALUE, Float.MAX_VALUE};
    float[] normalized = new float[4];

    FeatureSchema.unscaled(4).normalize(values, normalized);

    assertThat(normalized).containsExactly(values);
    assertThat(FeatureSchema.unscaled(3).names()).containsExactly("0", "1", "2");
  }

  @Test
  void vectorOfAnotherLengthIsRefused() {
    assertThatThrownBy(() -> FeatureSchema.unscaled(2).normalize(new float[3], new float[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the model takes 2 features; source has 3 and target 2");
  }

  @Test
  void schemaThatFitsNoDataIsRefused() {
    refused(List.of(), new float[0], new float[0], "there are 0 features; name at least 1");
    refused(
        List.of("a", "a"),
        new float[2],
        new float[] {1, 1},
        "feature 'a' occurs twice; every feature name must be unique");
    refused(
        NAMES,
        new float[3],
        new float[] {1, 1},
        "there are 2 features and 3 values of mean; give one per feature");
    refused(
        NAMES,
        new float[2],
        new float[] {1},
        "there are 2 features and 1 values of scale; give one per feature");
    refused(
        NAMES,
        new float[] {0, Float.NaN},
        new float[] {1, 1},
        "the mean of feature 'b' is NaN; give a finite number");
    refused(
        NAMES,
        new float[2],
        new float[] {1, -0f},
        "the scale of feature 'b' is -0.0, and values are divided by it; use 1 for a constant"
            + " feature");
    assertThatThrownBy(() -> FeatureSchema.unscaled(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there are 0 features; name at least 1");
  }

  private static void refused(List<String> names, float[] mean, float[] scale, String message) {
    assertThatThrownBy(() -> FeatureSchema.of(names, mean, scale))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
