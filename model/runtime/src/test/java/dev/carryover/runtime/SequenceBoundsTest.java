package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.TestingModels.Equations;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a sequence begins, and what is said when it ends. */
class SequenceBoundsTest {
  private static final long SEED = 20260305L;

  @ParameterizedTest
  @EnumSource
  void theEndIsScoredLikeTheEndToken(Equations equations) {
    ModelFile file = TestingModels.random(equations.nextToken(9, 4, 7).build(), SEED);
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(2);
    assertThat(session.addEnd(model.newState())).isZero();
    assertThat(session.addToken(model.newState(), file.config().vocabulary().endId())).isOne();
    session.run();
    assertThat(session.surprisal(0)).isEqualTo(session.surprisal(1));
    assertThat(session.rank(0)).isEqualTo(session.rank(1));
  }

  @ParameterizedTest
  @EnumSource
  void otherTasksAnswerTheEndFromTheStateAsItIs(Equations equations) {
    ModelConfig config = equations.features(3, 7).task(Task.CLASSIFY).outputSize(4).build();
    RecurrentModel model = RecurrentModel.load(TestingModels.random(config, SEED));
    Session session = model.newSession(2);
    float[] state = model.newState();
    float[] afterEvent = new float[4];
    float[] atEnd = new float[4];
    session.addFeatures(state, TestingModels.rawFeatures(config, new Random(SEED)));
    session.run();
    session.readState(0, state);
    session.readOutput(0, afterEvent);
    session.clear();
    session.addFeatures(state, TestingModels.rawFeatures(config, new Random(SEED)));
    session.addEnd(state);
    session.run();
    session.readOutput(1, atEnd);
    assertThat(atEnd).isEqualTo(afterEvent);
  }

  @ParameterizedTest
  @EnumSource
  void aSequenceBeginsAfterTheBeginToken(Equations equations) {
    ModelFile file = TestingModels.random(equations.nextToken(9, 4, 7).layers(2).build(), SEED);
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(1);
    float[] state = new float[model.stateLayout().floats()];
    session.addToken(state, file.config().vocabulary().beginId());
    session.run();
    session.readState(0, state);
    float[] initial = new float[state.length];
    model.initialState(initial);
    assertThat(initial).isEqualTo(state);
    assertThat(model.newState()).isEqualTo(state).isNotSameAs(model.newState());
  }

  @Test
  void aSequenceWithoutBeginTokenBeginsAtZero() {
    ModelConfig tokens = Equations.LSTM.nextToken(2, 4, 7).build();
    ModelConfig features =
        ModelConfig.builder()
            .task(Task.REGRESS)
            .outputSize(1)
            .cell(Cell.RNN_TANH)
            .features(FeatureSchema.unscaled(2))
            .hiddenSize(5)
            .build();
    for (ModelConfig config : new ModelConfig[] {tokens, features}) {
      float[] state = RecurrentModel.load(TestingModels.random(config, SEED)).newState();
      assertThat(state).hasSize(config.stateLayout().floats()).containsOnly(0f);
    }
  }

  @Test
  void onlyAModelWithAnEndTokenAnswersAtTheEndOfATokenSequence() {
    assertThat(answersAtEnd(Equations.GRU.nextToken(3, 2, 2))).isTrue();
    assertThat(answersAtEnd(Equations.GRU.nextToken(2, 2, 2))).isFalse();
    assertThat(answersAtEnd(Equations.GRU.tokens(2, 2, 2).task(Task.CLASSIFY).outputSize(2)))
        .isTrue();
    assertThat(answersAtEnd(Equations.GRU.features(2, 2).task(Task.REGRESS).outputSize(2)))
        .isTrue();
  }

  private static boolean answersAtEnd(ModelConfig.Builder config) {
    return RecurrentModel.load(TestingModels.random(config.build(), SEED)).answersAtEnd();
  }
}
