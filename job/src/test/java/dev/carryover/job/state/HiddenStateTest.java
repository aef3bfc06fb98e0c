package dev.carryover.job.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HiddenStateTest {
  private static HiddenState begun() {
    HiddenState state = new HiddenState();
    state.begin(1, new float[] {1});
    return state;
  }

  private static HiddenState tokens(int limit, int... ids) {
    HiddenState state = begun();
    for (int id : ids) {
      state.rememberToken(id, limit);
    }
    return state;
  }

  private static List<Integer> tokens(HiddenState state) {
    List<Integer> tokens = new ArrayList<>();
    for (int i = 0; i < state.remembered(); i++) {
      tokens.add(state.rememberedToken(i));
    }
    return tokens;
  }

  private static HiddenState restored(HiddenState state) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    HiddenStateSerializer.INSTANCE.serialize(state, out);
    return HiddenStateSerializer.INSTANCE.deserialize(
        new DataInputDeserializer(out.getCopyOfBuffer()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 8, 9, 16, 31, 100})
  void theNewestInputsAreRememberedOldestFirst(int limit) throws IOException {
    HiddenState state = begun();
    List<Integer> all = new ArrayList<>();
    for (int id = 0; id < 250; id++) {
      state.rememberToken(id, limit);
      all.add(id);
      assertThat(tokens(state))
          .isEqualTo(all.subList(Math.max(0, all.size() - limit), all.size()))
          .isEqualTo(tokens(restored(state)));
    }
  }

  @Test
  void aRestoreBetweenAnyTwoInputsChangesNothing() throws IOException {
    HiddenState state = begun();
    HiddenState restoredEachTime = begun();
    for (int id = 0; id < 50; id++) {
      state.rememberToken(id, 13);
      restoredEachTime = restored(restoredEachTime);
      restoredEachTime.rememberToken(id, 13);
      assertThat(restoredEachTime).isEqualTo(state);
    }
  }

  @Test
  void nothingIsRememberedUnlessAskedFor() throws IOException {
    HiddenState state = tokens(0, 1, 2, 3);

    assertThat(state.remembered()).isZero();
    assertThat(restored(state)).isEqualTo(begun());
  }

  @Test
  void aLowerLimitKeepsTheNewest() throws IOException {
    HiddenState state = tokens(10, 1, 2, 3, 4, 5, 6, 7);
    state.rememberToken(8, 3);
    assertThat(tokens(state)).containsExactly(6, 7, 8);

    HiddenState restored = restored(tokens(10, 1, 2, 3, 4, 5, 6, 7));
    restored.rememberToken(8, 3);
    assertThat(tokens(restored)).containsExactly(6, 7, 8);

    restored.rememberToken(9, 0);
    assertThat(restored.remembered()).isZero();
  }

  @Test
  void aHigherLimitKeepsWhatIsThere() {
    HiddenState state = tokens(3, 1, 2, 3, 4);
    for (int id = 5; id < 25; id++) {
      state.rememberToken(id, 12);
    }
    assertThat(tokens(state)).containsExactly(13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24);
    assertThat(tokens(tokens(3, 1, 2, 3, 4))).containsExactly(2, 3, 4);
  }

  @Test
  void featuresComeBackToTheBit() throws IOException {
    HiddenState state = begun();
    state.rememberFeatures(new float[] {1, 2}, 2);
    state.rememberFeatures(new float[] {-0f, Float.MIN_VALUE}, 2);
    state.rememberFeatures(new float[] {Float.intBitsToFloat(0x7fc12345), 3e38f}, 2);

    for (HiddenState each : List.of(state, restored(state))) {
      float[] features = new float[2];
      each.readRememberedFeatures(0, features);
      assertThat(Float.floatToRawIntBits(features[0])).isEqualTo(0x80000000);
      assertThat(features[1]).isEqualTo(Float.MIN_VALUE);
      each.readRememberedFeatures(1, features);
      assertThat(Float.floatToRawIntBits(features[0])).isEqualTo(0x7fc12345);
      assertThat(features[1]).isEqualTo(3e38f);
      assertThat(each.remembered()).isEqualTo(2);
      assertThat(each.rememberedWidth()).isEqualTo(2);
    }
  }

  @Test
  void rememberedFeaturesAreCopied() {
    HiddenState state = begun();
    float[] features = {1, 2};
    state.rememberFeatures(features, 3);
    features[0] = 9;
    state.readRememberedFeatures(0, features);
    assertThat(features).containsExactly(1, 2);
  }

  @Test
  void theBeginningAndTheEndOfASequenceForgetItsInputs() {
    HiddenState begunAnew = tokens(3, 1, 2);
    begunAnew.begin(1, new float[] {1});
    assertThat(begunAnew.remembered()).isZero();

    HiddenState ended = tokens(3, 1, 2);
    ended.end();
    assertThat(ended.remembered()).isZero();
  }

  @Test
  void inputsOfAnotherKindAreForgotten() {
    HiddenState state = tokens(3, 1, 2);
    state.rememberFeatures(new float[] {5}, 3);
    assertThat(state.remembered()).isOne();
    state.rememberFeatures(new float[] {5, 6}, 3);
    assertThat(state.remembered()).isOne();
    state.rememberToken(7, 3);
    assertThat(tokens(state)).containsExactly(7);
  }

  @Test
  void whatIsNotRememberedCannotBeRead() {
    HiddenState tokens = tokens(3, 1, 2);
    HiddenState features = begun();
    features.rememberFeatures(new float[] {1, 2}, 3);

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> tokens.rememberedToken(2));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> begun().readRememberedFeatures(0, new float[1]));
    assertThatIllegalStateException()
        .isThrownBy(() -> features.rememberedToken(0))
        .withMessage(
            "the inputs that are remembered have 2 features and no token; look at rememberedWidth()"
                + " first");
    assertThatIllegalStateException()
        .isThrownBy(() -> features.readRememberedFeatures(0, new float[3]))
        .withMessage(
            "the inputs that are remembered have 2 features, 3 were asked for; look at"
                + " rememberedWidth() first");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> begun().rememberFeatures(new float[0], 3))
        .withMessage("an input of 0 features cannot be remembered; remember its token, or nothing");
  }

  @Test
  void theRevisionChangesWithoutAStep() {
    HiddenState state = begun();
    state.advance(3, 7);
    state.revision(4);
    assertThat(state.revision()).isEqualTo(4);
    assertThat(state.steps()).isOne();
    assertThat(state.lastMs()).isEqualTo(7);
  }
}
