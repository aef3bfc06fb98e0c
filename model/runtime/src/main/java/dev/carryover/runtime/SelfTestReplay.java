package dev.carryover.runtime;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Feeds a file's recorded inputs from the zero state and compares the head's output after each step
 * with what the trainer saw, to {@value #TOLERANCE} of the largest output that was recorded.
 *
 * <p>The largest of all steps and not of the one compared: the single output of a regression or of
 * a binary classifier crosses zero, where an error relative to itself says nothing.
 *
 * <p>What was recorded is of the weights as they are. So they are what proves a file; where the
 * model runs on rounded ones, these are replayed too, to the tolerance of {@link RuntimeOptions}.
 */
public final class SelfTestReplay {
  static final float TOLERANCE = 1e-4f;

  private SelfTestReplay() {}

  /**
   * A model whose file is proven.
   *
   * @param weights what its weights are and what their rounding changed, in words; empty where they
   *     are as the file has them
   */
  public record Proven<M>(M model, String weights) {}

  /**
   * Packs a model, and replays its self-tests, with the weights of the file and then with those
   * that it is to run on. The former are not kept.
   *
   * @param pack makes the model with weights in some precision
   * @param outputs what a model gives for a self-test, {@code [T, O]}
   * @throws SelfTestFailedException if an output is off by more than the tolerance
   */
  public static <M> Proven<M> load(
      ModelFile file,
      RuntimeOptions options,
      Function<WeightPrecision, M> pack,
      BiFunction<M, SelfTest, float[][]> outputs) {
    if (options.weights() == WeightPrecision.FP32) {
      return new Proven<>(exact(file, pack, outputs), "");
    }
    exact(file, pack, outputs); // proves the file, and is not held while the other one is packed
    M rounded = pack.apply(options.weights());
    double tolerance = options.weightTolerance();
    float difference = compare(file, tolerance, rounded, options.weights(), outputs);
    return new Proven<>(rounded, report(file.selfTests(), options, difference));
  }

  private static <M> M exact(
      ModelFile file,
      Function<WeightPrecision, M> pack,
      BiFunction<M, SelfTest, float[][]> outputs) {
    M model = pack.apply(WeightPrecision.FP32);
    compare(file, TOLERANCE, model, WeightPrecision.FP32, outputs);
    return model;
  }

  private static String report(List<SelfTest> tests, RuntimeOptions options, float difference) {
    if (tests.isEmpty()) {
      return options.weights() + " weights, and no self-test to show what their rounding changes";
    }
    return String.format(
        Locale.ROOT,
        "%s weights, which move the outputs of the self-tests by up to %.2g, %.2g %% of the largest"
            + " (allowed are %.3g %%)",
        options.weights(),
        difference,
        100 * difference / largestOutput(tests),
        100 * options.weightTolerance());
  }

  /** The largest difference of an output from what was recorded. */
  private static <M> float compare(
      ModelFile file,
      double tolerance,
      M model,
      WeightPrecision weights,
      BiFunction<M, SelfTest, float[][]> outputs) {
    List<SelfTest> tests = file.selfTests();
    Comparison comparison =
        new Comparison(file.config().modelId(), weights, largestOutput(tests), tolerance);
    for (int test = 0; test < tests.size(); test++) {
      float[][] given = outputs.apply(model, tests.get(test));
      for (int step = 0; step < given.length; step++) {
        comparison.add(test, step, tests.get(test).logits(step), given[step]);
      }
    }
    return comparison.difference;
  }

  /** The outputs of a model that steps, {@code [T, O]}. */
  static float[][] step(RecurrentModel model, SelfTest test) {
    Session session = model.newSession(1);
    float[] state = new float[model.stateLayout().floats()];
    float[][] outputs = new float[test.steps()][model.head().outputSize()];
    for (int step = 0; step < outputs.length; step++) {
      feed(session, test, step, state);
      session.readOutput(0, outputs[step]);
    }
    return outputs;
  }

  private static float largestOutput(List<SelfTest> tests) {
    float largest = 1e-6f;
    for (SelfTest test : tests) {
      for (int step = 0; step < test.steps(); step++) {
        for (float value : test.logits(step)) {
          largest = Math.max(largest, Math.abs(value));
        }
      }
    }
    return largest;
  }

  private static void feed(Session session, SelfTest test, int step, float[] state) {
    session.clear();
    if (test.tokenInput()) {
      session.addToken(state, test.token(step));
    } else {
      session.addNormalizedFeatures(state, test.features(step));
    }
    session.run();
    session.readState(0, state);
  }

  private static final class Comparison {
    private final String modelId;
    private final WeightPrecision weights;
    private final float largest;
    private final double tolerance;
    private float difference;

    private Comparison(String modelId, WeightPrecision weights, float largest, double tolerance) {
      this.modelId = modelId;
      this.weights = weights;
      this.largest = largest;
      this.tolerance = tolerance;
    }

    private void add(int test, int step, float[] recorded, float[] output) {
      for (int j = 0; j < output.length; j++) {
        float off = Math.abs(output[j] - recorded[j]);
        if (!(off <= tolerance * largest)) {
          String where = ": self-test %d, step %d, output %d; ".formatted(test, step, j);
          throw new SelfTestFailedException(
              weights == WeightPrecision.FP32
                  ? notOfOneModel(output[j], recorded[j], where)
                  : movedTooFar(output[j], recorded[j], off, where));
        }
        difference = Math.max(difference, off);
      }
    }

    private String notOfOneModel(float output, float recorded, String where) {
      return "model '"
          + modelId
          + "' gives "
          + output
          + " where its trainer recorded "
          + recorded
          + where
          + "export it again, the weights and the self-test are not of one model";
    }

    private String movedTooFar(float output, float recorded, float off, String where) {
      return String.format(
          Locale.ROOT,
          "model '%s' gives %s with %s weights where its trainer recorded %s, off by %.3g %% of the"
              + " largest output, and %.3g %% are allowed%srun it with fp32 weights, or allow more",
          modelId,
          output,
          weights,
          recorded,
          100.0 * off / largest,
          100 * tolerance,
          where);
    }
  }
}
