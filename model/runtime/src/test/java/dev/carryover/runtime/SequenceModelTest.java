package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.TestingModels.Equations;
import dev.carryover.runtime.kernels.KernelProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole sequences, in one direction and in two. */
class SequenceModelTest {
  private static final long SEED = 20261120L;
  private static final int[] LENGTHS = {5, 1, 12, 0, 12, 7};
  private static final double TOLERANCE = 1e-5;

  @ParameterizedTest
  @EnumSource
  void bothDirectionsAreFollowedOverTokens(Equations equations) {
    for (int hidden : new int[] {1, 7, 33}) {
      ModelFile file =
          TestingModels.random(
              equations
                  .tokens(9, 6, hidden)
                  .task(Task.LABEL)
                  .outputSize(3)
                  .layers(2)
                  .bias(hidden > 1)
                  .bidirectional(true)
                  .build(),
              SEED);
      List<int[]> sequences = tokens(9);

      float[][][] outputs = SequenceModel.load(file).ofTokens(sequences);

      for (int i = 0; i < LENGTHS.length; i++) {
        int[] read = new int[LENGTHS[i] + 1];
        read[0] = file.config().vocabulary().beginId();
        System.arraycopy(sequences.get(i), 0, read, 1, LENGTHS[i]);
        double[][] expected = TestingReference.ofTokens(file, read);
        check(outputs[i], Arrays.copyOfRange(expected, 1, expected.length), file.config());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void bothDirectionsAreFollowedOverFeatures(Equations equations) {
    ModelFile file =
        TestingModels.random(
            equations
                .features(5, 20)
                .task(Task.CLASSIFY)
                .outputSize(1)
                .layers(3)
                .bidirectional(true)
                .build(),
            SEED);
    List<float[][]> sequences = features(file.config());

    float[][][] outputs = SequenceModel.load(file).ofFeatures(sequences);

    for (int i = 0; i < LENGTHS.length; i++) {
      check(outputs[i], TestingReference.ofFeatures(file, sequences.get(i)), file.config());
    }
  }

  @ParameterizedTest
  @EnumSource
  void inOneDirectionTheOutputsAreThoseOfStepping(Equations equations) {
    ModelConfig.Builder tokens = equations.tokens(9, 6, 13).layers(2);
    equalsStepping(TestingModels.random(tokens.task(Task.NEXT_TOKEN).build(), SEED));
    equalsStepping(TestingModels.random(tokens.task(Task.LABEL).outputSize(4).build(), SEED));
    equalsStepping(
        TestingModels.random(
            equations.features(5, 31).task(Task.REGRESS).outputSize(2).build(), SEED));
  }

  private static void equalsStepping(ModelFile file) {
    ModelConfig config = file.config();
    RecurrentModel stepping = RecurrentModel.load(file);
    SequenceModel whole = SequenceModel.load(file);
    List<int[]> tokens = config.tokenInput() ? tokens(config.vocabulary().size()) : null;
    List<float[][]> features = config.tokenInput() ? null : features(config);
    float[][][] outputs = tokens != null ? whole.ofTokens(tokens) : whole.ofFeatures(features);
    Session session = stepping.newSession(1);
    float[] expected = new float[config.outputSize()];
    for (int i = 0; i < LENGTHS.length; i++) {
      assertThat(outputs[i]).hasDimensions(LENGTHS[i], LENGTHS[i] == 0 ? 0 : expected.length);
      float[] state = stepping.newState();
      for (int step = 0; step < LENGTHS[i]; step++) {
        session.clear();
        if (tokens != null) {
          session.addToken(state, tokens.get(i)[step]);
        } else {
          session.addFeatures(state, features.get(i)[step]);
        }
        session.run();
        session.readState(0, state);
        session.readOutput(0, expected);
        assertThat(outputs[i][step])
            .as("seed=%d, %s, sequence %d, step %d", SEED, config, i, step)
            .containsExactly(expected);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void outputsHaveTheSameBitsInEveryBatchAndFromEveryKernel(Equations equations) {
    ModelFile file =
        TestingModels.random(
            equations
                .tokens(9, 6, 33)
                .task(Task.LABEL)
                .outputSize(3)
                .layers(2)
                .bidirectional(true)
                .build(),
            SEED);
    List<int[]> sequences = tokens(9);
    SequenceModel scalar = SequenceModel.load(file, TestingKernels.scalar(), TestingKernels.FOLDED);
    List<float[][]> alone = new ArrayList<>();
    for (int[] sequence : sequences) {
      alone.add(scalar.ofTokens(List.of(sequence))[0]);
    }
    for (KernelProvider.Selection kernels : TestingKernels.all()) {
      for (RuntimeOptions folded : List.of(TestingKernels.FOLDED, TestingKernels.UNFOLDED)) {
        float[][][] together = SequenceModel.load(file, kernels, folded).ofTokens(sequences);
        for (int i = 0; i < LENGTHS.length; i++) {
          assertThat(together[i])
              .as("seed=%d, %s, %s, sequence %d", SEED, equations, kernels.kernels().name(), i)
              .isDeepEqualTo(alone.get(i));
        }
      }
    }
  }

  @Test
  void selfTestsAreReplayedInBothDirections() {
    ModelConfig config =
        Equations.LSTM.tokens(9, 4, 7).task(Task.LABEL).outputSize(2).bidirectional(true).build();
    ModelFile plain = TestingModels.random(config, SEED);
    int[] tokens = {0, 4, 8, 3};
    double[][] reference = TestingReference.ofTokens(plain, tokens);
    float[][] logits = new float[tokens.length][2];
    for (int step = 0; step < tokens.length; step++) {
      logits[step] = new float[] {(float) reference[step][0], (float) reference[step][1]};
    }
    ModelFile good = withSelfTest(plain, SelfTest.ofTokens(tokens, logits));
    logits[1][1] += 0.5f;
    ModelFile bad = withSelfTest(plain, SelfTest.ofTokens(tokens, logits));

    assertThat(SequenceModel.load(good).config()).isEqualTo(config);
    assertThatThrownBy(() -> SequenceModel.load(bad))
        .isInstanceOf(SelfTestFailedException.class)
        .hasMessageContaining("model 'testing' gives")
        .hasMessageContaining("self-test 0, step 1, output 1;");
  }

  private static ModelFile withSelfTest(ModelFile file, SelfTest selfTest) {
    return ModelFile.of(file.config(), TestingModels.tensors(file), List.of(selfTest));
  }

  @Test
  void aBidirectionalModelDoesNotStepFromEventToEvent() {
    ModelFile file =
        TestingModels.random(
            Equations.GRU
                .tokens(9, 4, 7)
                .task(Task.LABEL)
                .outputSize(2)
                .bidirectional(true)
                .build(),
            SEED);

    assertThatThrownBy(() -> RecurrentModel.load(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "model 'testing' is bidirectional and cannot step from event to event: no end exists in"
                + " a stream to run backwards from; use a one-directional model");
  }

  @Test
  void whatTheModelDoesNotReadIsRefused() {
    SequenceModel tokens =
        SequenceModel.load(
            TestingModels.random(
                Equations.GRU.tokens(9, 4, 7).task(Task.LABEL).outputSize(2).build(), SEED));
    SequenceModel features =
        SequenceModel.load(
            TestingModels.random(
                Equations.GRU.features(2, 7).task(Task.LABEL).outputSize(2).build(), SEED));

    assertThat(tokens.ofTokens(List.of())).isEmpty();
    assertThatThrownBy(() -> tokens.ofTokens(List.of(new int[] {3, 9})))
        .hasMessage("token id 9 at step 1 is outside the vocabulary of 9 tokens");
    assertThatThrownBy(() -> tokens.ofFeatures(List.<float[][]>of(new float[][] {{1}})))
        .hasMessage("model 'testing' takes tokens, got 1 features at step 0");
    assertThatThrownBy(() -> features.ofTokens(List.of(new int[] {3})))
        .hasMessage("model 'testing' takes 2 features, not tokens");
    assertThatThrownBy(() -> features.ofFeatures(List.<float[][]>of(new float[][] {{1, 2}, {3}})))
        .hasMessage("model 'testing' takes 2 features, got 1 features at step 1");
  }

  private static List<int[]> tokens(int vocabularySize) {
    Random random = new Random(SEED);
    return Arrays.stream(LENGTHS)
        .mapToObj(length -> random.ints(length, 0, vocabularySize).toArray())
        .toList();
  }

  private static List<float[][]> features(ModelConfig config) {
    Random random = new Random(SEED);
    List<float[][]> sequences = new ArrayList<>();
    for (int length : LENGTHS) {
      float[][] sequence = new float[length][];
      for (int step = 0; step < length; step++) {
        sequence[step] = TestingModels.rawFeatures(config, random);
      }
      sequences.add(sequence);
    }
    return sequences;
  }

  private static void check(float[][] actual, double[][] expected, ModelConfig config) {
    assertThat(actual.length).isEqualTo(expected.length);
    double scale = 1;
    double error = 0;
    for (int step = 0; step < expected.length; step++) {
      for (int i = 0; i < expected[step].length; i++) {
        scale = Math.max(scale, Math.abs(expected[step][i]));
        error = Math.max(error, Math.abs(expected[step][i] - actual[step][i]));
      }
    }
    assertThat(error).as("seed=%d, %s", SEED, config).isLessThanOrEqualTo(TOLERANCE * scale);
  }
}
