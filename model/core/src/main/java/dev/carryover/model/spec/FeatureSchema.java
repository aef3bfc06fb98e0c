package dev.carryover.model.spec;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The {@code F} features of a model's input: their names, and the mean and scale by which a value
 * is brought to the range that the model was trained on, {@code (x - mean) / scale}.
 *
 * <p>Immutable and safe to share between threads.
 */
public final class FeatureSchema {
  private final List<String> names;
  private final float[] mean;
  private final float[] scale;

  private FeatureSchema(List<String> names, float[] mean, float[] scale) {
    this.names = List.copyOf(names);
    this.mean = mean.clone();
    this.scale = scale.clone();
    check();
  }

  /**
   * A schema of named features.
   *
   * @throws IllegalArgumentException when there is no feature, a name occurs twice, there is not
   *     one mean and one scale per name, a number is not finite, or a scale is zero
   */
  public static FeatureSchema of(List<String> names, float[] mean, float[] scale) {
    return new FeatureSchema(names, mean, scale);
  }

  /**
   * A schema of {@code size} features named 0, 1, ... that are used as they come (mean 0, scale 1).
   *
   * @throws IllegalArgumentException when {@code size} is not positive
   */
  public static FeatureSchema unscaled(int size) {
    float[] scale = new float[Math.max(size, 0)];
    Arrays.fill(scale, 1f);
    return new FeatureSchema(
        IntStream.range(0, size).mapToObj(Integer::toString).toList(),
        new float[scale.length],
        scale);
  }

  private void check() {
    if (names.isEmpty()) {
      throw new IllegalArgumentException("there are 0 features; name at least 1");
    }
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new IllegalArgumentException(
            "feature '" + name + "' occurs twice; every feature name must be unique");
      }
    }
    checkStatistic("mean", mean);
    checkStatistic("scale", scale);
    for (int i = 0; i < scale.length; i++) {
      if (scale[i] == 0f) {
        throw new IllegalArgumentException(
            "the scale of feature '"
                + names.get(i)
                + "' is "
                + scale[i]
                + ", and values are divided by it; use 1 for a constant feature");
      }
    }
  }

  private void checkStatistic(String what, float[] values) {
    if (values.length != names.size()) {
      throw new IllegalArgumentException(
          "there are "
              + names.size()
              + " features and "
              + values.length
              + " values of "
              + what
              + "; give one per feature");
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "the "
                + what
                + " of feature '"
                + names.get(i)
                + "' is "
                + values[i]
                + "; give a finite number");
      }
    }
  }

  /** The number of features, {@code F}. */
  public int size() {
    return names.size();
  }

  /** The names in the order of the input vector. */
  public List<String> names() {
    return names;
  }

  /** A copy of the means, {@code [F]}. */
  public float[] mean() {
    return mean.clone();
  }

  /** A copy of the scales, {@code [F]}; none is zero. */
  public float[] scale() {
    return scale.clone();
  }

  /**
   * Writes {@code (source[i] - mean[i]) / scale[i]} into {@code target}, both {@code [F]}; they may
   * be one array. Allocates nothing.
   *
   * @throws IllegalArgumentException when an array has another length
   */
  public void normalize(float[] source, float[] target) {
    if (source.length != mean.length || target.length != mean.length) {
      throw new IllegalArgumentException(
          "the model takes "
              + mean.length
              + " features; source has "
              + source.length
              + " and target "
              + target.length);
    }
    for (int i = 0; i < mean.length; i++) {
      target[i] = (source[i] - mean[i]) / scale[i];
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FeatureSchema that
        && names.equals(that.names)
        && Arrays.equals(mean, that.mean)
        && Arrays.equals(scale, that.scale);
  }

  @Override
  public int hashCode() {
    return Objects.hash(names, Arrays.hashCode(mean), Arrays.hashCode(scale));
  }

  @Override
  public String toString() {
    return size() + " features " + names;
  }
}
