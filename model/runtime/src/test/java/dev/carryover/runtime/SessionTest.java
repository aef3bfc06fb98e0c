package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.TestingModels.Equations;
import java.util.Arrays;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a session takes, what it refuses and with which words, and what it says of broken rows. */
class SessionTest {
  private static final long SEED = 20260309L;

  private final RecurrentModel tokens =
      RecurrentModel.load(TestingModels.random(Equations.GRU.nextToken(6, 3, 4).build(), SEED));
  private final RecurrentModel features =
      RecurrentModel.load(
          TestingModels.random(
              Equations.LSTM.features(2, 4).task(Task.CLASSIFY).outputSize(3).build(), SEED));

  @Test
  void rowsAreNumberedInTheOrderTheyAreAdded() {
    Session session = tokens.newSession(2);
    assertThat(session).hasToString("Session of testing, 0 of 2 rows");
    assertThat(session.capacity()).isEqualTo(2);
    assertThat(session.addToken(tokens.newState(), 3)).isZero();
    assertThat(session.addToken(tokens.newState(), 4)).isOne();
    assertThat(session.size()).isEqualTo(2);
    session.clear();
    assertThat(session.size()).isZero();
  }

  @Test
  void statesAreCopiedInAndOut() {
    Session session = tokens.newSession(1);
    float[] state = tokens.newState();
    session.addToken(state, 3);
    Arrays.fill(state, 9f);
    session.run();
    float[] advanced = new float[4];
    session.readState(0, advanced);
    assertThat(state).containsOnly(9f);
    Session again = tokens.newSession(1);
    again.addToken(tokens.newState(), 3);
    again.run();
    again.readState(0, state);
    assertThat(advanced).isEqualTo(state);
  }

  @Test
  void anEmptyMicroBatchMayBeRun() {
    Session session = tokens.newSession(1);
    session.run();
    assertThat(session.size()).isZero();
  }

  @Test
  void aModelOfTokensTakesNoFeaturesAndAModelOfFeaturesNoTokens() {
    assertRefused(
        () -> tokens.newSession(1).addFeatures(tokens.newState(), new float[2]),
        "model 'testing' takes tokens, got 2 features");
    assertRefused(
        () -> features.newSession(1).addToken(features.newState(), 0),
        "model 'testing' takes 2 features, not tokens");
  }

  @Test
  void tokensOutsideTheVocabularyAreRefused() {
    Session session = tokens.newSession(1);
    for (int token : new int[] {-1, 6}) {
      assertRefused(
          () -> session.addToken(tokens.newState(), token),
          "token id " + token + " is outside the vocabulary of 6 tokens");
    }
    assertThat(session.size()).as("a refused row is not added").isZero();
  }

  @Test
  void anotherNumberOfFeaturesIsRefused() {
    Session session = features.newSession(1);
    assertRefused(
        () -> session.addFeatures(features.newState(), new float[3]),
        "model 'testing' takes 2 features, got 3 features");
    assertThat(session.size()).as("a refused row is not added").isZero();
  }

  @Test
  void aStateOfAnotherLengthIsRefused() {
    Session session = features.newSession(1);
    String message = "a state of 7 floats does not fit model 'testing', which keeps 8";
    assertRefused(() -> session.addFeatures(new float[7], new float[2]), message);
    assertRefused(() -> session.addEnd(new float[7]), message);
    assertRefused(() -> features.initialState(new float[7]), message);
    session.addFeatures(features.newState(), new float[2]);
    session.run();
    assertRefused(() -> session.readState(0, new float[7]), message);
  }

  @Test
  void theEndIsRefusedWhereNothingAnswersIt() {
    ModelConfig config = Equations.GRU.nextToken(2, 3, 4).build();
    RecurrentModel model = RecurrentModel.load(TestingModels.random(config, SEED));
    assertRefused(
        () -> model.newSession(1).addEnd(model.newState()),
        "model 'testing' has no end token in its vocabulary,"
            + " so the end of a sequence has no score");
  }

  @Test
  void aFullMicroBatchTakesNoMoreRows() {
    Session session = tokens.newSession(1);
    session.addToken(tokens.newState(), 0);
    assertWrongMoment(
        () -> session.addToken(tokens.newState(), 0),
        "the micro-batch is full with 1 rows: run and clear it first");
  }

  @Test
  void aMicroBatchThatWasRunIsClearedFirst() {
    Session session = tokens.newSession(2);
    session.addToken(tokens.newState(), 0);
    session.run();
    assertWrongMoment(
        () -> session.addToken(tokens.newState(), 0),
        "the micro-batch was run: clear it before adding rows");
    assertWrongMoment(session::run, "the micro-batch was run already: clear it first");
    session.clear();
    assertThat(session.addToken(tokens.newState(), 0)).isZero();
  }

  @Test
  void resultsAreThereForRowsThatWereRun() {
    Session session = tokens.newSession(3);
    session.addToken(tokens.newState(), 0);
    ThrowingCallable[] reads = {
      () -> session.surprisal(1),
      () -> session.rank(1),
      () -> session.expected(1, 0, new int[0], new float[0]),
      () -> session.next(1, 0, new int[0], new float[0]),
      () -> session.readOutput(1, new float[6]),
      () -> session.readState(1, new float[4]),
      () -> session.finite(1),
      () -> session.finite(-1)
    };
    for (ThrowingCallable read : reads) {
      assertWrongMoment(read, "the micro-batch was not run yet");
    }
    session.run();
    for (ThrowingCallable read : reads) {
      assertThatIllegalStateException()
          .isThrownBy(read)
          .withMessageMatching("row -?1 is outside the micro-batch of 1 rows");
    }
  }

  @Test
  void onlyNextTokenModelsScoreTokens() {
    Session session = features.newSession(1);
    session.addFeatures(features.newState(), new float[2]);
    session.run();
    String message = "model 'testing' has the task classify: only next-token models score tokens";
    assertWrongMoment(() -> session.surprisal(0), message);
    assertWrongMoment(() -> session.rank(0), message);
    assertWrongMoment(() -> session.expected(0, 1, new int[1], new float[1]), message);
    assertWrongMoment(() -> session.next(0, 1, new int[1], new float[1]), message);
  }

  @Test
  void arraysForTheMostLikelyTokensHoldAsManyAsAreAskedFor() {
    Session session = tokens.newSession(1);
    session.addToken(tokens.newState(), 0);
    session.run();
    assertRefused(
        () -> session.expected(0, 3, new int[2], new float[3]),
        "the 3 most likely tokens do not fit arrays of 2 and 3");
    assertRefused(
        () -> session.next(0, 3, new int[3], new float[2]),
        "the 3 most likely tokens do not fit arrays of 3 and 2");
    assertRefused(
        () -> session.expected(0, -1, new int[2], new float[2]),
        "the -1 most likely tokens do not fit arrays of 2 and 2");
    assertThat(session.expected(0, 100, new int[6], new float[6]))
        .as("a vocabulary has no more tokens than it has")
        .isEqualTo(6);
  }

  @Test
  void anArrayForTheOutputIsOfItsLength() {
    Session session = features.newSession(1);
    session.addFeatures(features.newState(), new float[2]);
    session.run();
    assertRefused(() -> session.readOutput(0, new float[4]), "the head has 3 outputs, the array 4");
  }

  @Test
  void aSessionHasRoomForAtLeastOneRowAndAtMostOneArray() {
    assertRefused(
        () -> tokens.newSession(0), "rows need a positive size, got capacity 0 and width 128");
    assertRefused(
        () -> tokens.newSession(1 << 25),
        "a micro-batch of 33554432 rows of 128 floats does not fit one array:"
            + " lower the batch size");
  }

  @ParameterizedTest
  @EnumSource
  void aStateThatIsNotFiniteIsFoundAndSpoilsNoOtherRow(Equations equations) {
    ModelFile file = TestingModels.random(equations.nextToken(6, 3, 5).layers(2).build(), SEED);
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(3);
    float[] clean = model.newState();
    float[] expected = new float[clean.length];
    session.addToken(clean, 2);
    session.run();
    session.readState(0, expected);
    for (int at = 0; at < clean.length; at++) {
      float[] broken = clean.clone();
      broken[at] = Float.NaN;
      session.clear();
      session.addToken(clean, 2);
      session.addToken(broken, 2);
      session.addToken(clean, 2);
      session.run();
      assertThat(session.finite(1)).as("seed=%d, NaN at %d", SEED, at).isFalse();
      for (int row : new int[] {0, 2}) {
        float[] advanced = new float[clean.length];
        session.readState(row, advanced);
        assertThat(session.finite(row)).isTrue();
        assertThat(advanced).isEqualTo(expected);
      }
    }
    session.clear();
    session.addToken(clean, 2);
    session.addToken(clean, 2);
    session.run();
    assertThat(session.finite(1)).as("the row that was broken before").isTrue();
  }

  @Test
  void aStateThatGrowsWithoutBoundIsFoundWhenItOverflows() {
    ModelConfig config = Equations.ELMAN_RELU.nextToken(3, 1, 2).build();
    Map<String, float[]> weights = TestingModels.randomTensors(config, SEED);
    weights.put(TensorShapes.hiddenWeight(0), new float[] {1e10f, 1e10f, 1e10f, 1e10f});
    weights.put(TensorShapes.inputBias(0), new float[] {5f, 5f});
    RecurrentModel model = RecurrentModel.load(ModelFile.of(config, weights));
    Session session = model.newSession(1);
    float[] state = model.newState();
    int steps = 0;
    boolean finite = true;
    while (finite && steps < 20) {
      session.clear();
      session.addToken(state, 0);
      session.run();
      session.readState(0, state);
      finite = session.finite(0);
      steps++;
    }
    assertThat(steps).as("1e10 to the fourth is beyond floats").isBetween(2, 5);
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatIllegalArgumentException().isThrownBy(call).withMessage(message);
  }

  private static void assertWrongMoment(ThrowingCallable call, String message) {
    assertThatIllegalStateException().isThrownBy(call).withMessage(message);
  }
}
