package dev.carryover.runtime.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.SelfTestFailedException;
import dev.carryover.runtime.SequenceModel;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Loading, sessions and what they refuse. */
class Seq2SeqModelTest {
  private static final long SEED = 20261105L;

  private final ModelConfig plain =
      TestingTransducers.config(Cell.GRU, Attention.NONE, false, 6, 6).build();
  private final ModelConfig attentive =
      TestingTransducers.config(Cell.LSTM, Attention.ADDITIVE, true, 6, 4).build();

  static Stream<ModelConfig> everyKind() {
    return TestingTransducers.everyKind().stream();
  }

  private static Seq2SeqModel load(ModelConfig config) {
    return Seq2SeqModel.load(TestingTransducers.random(config, SEED));
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void aModelThatReproducesItsRecordingIsLoadedAndAnotherIsNot(ModelConfig config) {
    ModelFile file = TestingTransducers.random(config, SEED);
    Seq2SeqModel model = Seq2SeqModel.load(file);
    int[] source = {1, 5, 2, 8};
    int[] target = {3, 3, 7, 1};
    float[][] logits = model.force(model.encodeWhole(source), target).logits();
    SelfTest recorded = SelfTest.ofTransduction(source, target, logits);
    Map<String, float[]> tensors = tensors(file);
    Seq2SeqModel.load(ModelFile.of(config, tensors, List.of(recorded)));
    for (String name : tensors.keySet()) {
      Map<String, float[]> changed = tensors(file);
      float[] values = changed.get(name);
      for (int i = 0; i < values.length; i++) {
        values[i] = 0.1f - values[i];
      }
      ModelFile other = ModelFile.of(config, changed, List.of(recorded));
      assertThatThrownBy(() -> Seq2SeqModel.load(other))
          .as("seed=%d, %s, %s", SEED, config, name)
          .isInstanceOf(SelfTestFailedException.class)
          .hasMessageMatching(
              "model 'testing' gives \\S+ where its trainer recorded \\S+: self-test 0,"
                  + " step \\d+, output \\d+; export it again,"
                  + " the weights and the self-test are not of one model");
    }
  }

  private static Map<String, float[]> tensors(ModelFile file) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    file.config().tensorShapes().names().forEach(name -> tensors.put(name, file.tensor(name)));
    return tensors;
  }

  @Test
  void aModelIsLoadedAsWhatItIs() {
    ModelFile file = TestingTransducers.random(plain, SEED);
    String message =
        "model 'testing' has the task seq2seq, an encoder and a decoder; load it as a Seq2SeqModel";
    assertThatThrownBy(() -> RecurrentModel.load(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> SequenceModel.load(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    ModelConfig other =
        ModelConfig.builder()
            .modelId("other")
            .task(Task.CLASSIFY)
            .cell(Cell.GRU)
            .vocabulary(plain.vocabulary())
            .embeddingSize(2)
            .hiddenSize(2)
            .outputSize(2)
            .build();
    ModelFile classifier = ModelFile.of(other, TestingTransducers.randomTensors(other, SEED));
    assertThatThrownBy(() -> Seq2SeqModel.load(classifier))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "model 'other' has the task classify, which has no decoder; load it as a"
                + " RecurrentModel or a SequenceModel");
  }

  @Test
  void anEncoderOfTwoDirectionsIsNotStreamed() {
    Seq2SeqModel model = load(attentive);
    assertThat(model.streamable()).isFalse();
    assertThat(load(plain).streamable()).isTrue();
    assertThatThrownBy(() -> model.newEncoder(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "model 'testing' has an encoder of two directions, which cannot step from event to"
                + " event: no end is there yet to run backwards from; keep the tokens and encode"
                + " them when the sequence ends, or use an encoder of one direction");
  }

  @Test
  void sourcesThatCannotBeReadAreRefused() {
    Seq2SeqModel model = load(plain);
    assertThatThrownBy(() -> model.encodeWhole(new int[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a source has 0 tokens and model 'testing' reads at least 1; leave it out");
    assertThatThrownBy(() -> model.encodeAll(List.of(new int[] {1}, new int[] {8, 9})))
        .hasMessage("token id 9 at step 1 is outside the source vocabulary of 9 tokens");
    assertThatThrownBy(() -> model.force(model.encodeWhole(new int[] {1}), new int[] {11}))
        .hasMessage("token id 11 at step 0 is outside the target vocabulary of 11 tokens");
    assertThat(model.encodeAll(List.of())).isEmpty();
  }

  @Test
  void encodingsThatDoNotFitAreRefused() {
    Seq2SeqModel model = load(attentive);
    assertThatThrownBy(() -> model.encoding(new float[8], new float[8]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an encoder state of 8 floats does not fit model 'testing', which keeps 16");
    assertThatThrownBy(() -> model.encoding(new float[16], new float[9]))
        .hasMessage(
            "encoder outputs of 9 floats are no steps of model 'testing', which gives 8 floats a"
                + " step and needs at least one");
    assertThatThrownBy(() -> model.encoding(new float[16], new float[0]))
        .hasMessageContaining("needs at least one");
    Encoding other = load(plain).encodeWhole(new int[] {1, 2});
    assertThatThrownBy(() -> model.begin(other, model.options(1)))
        .hasMessage(
            "an encoding of 2 steps, 6 floats of state and 12 of outputs does not fit model"
                + " 'testing'; encode the source with it");
    assertThatThrownBy(
            () -> load(plain).begin(other, DecodingOptions.greedy(3).withAttention(true)))
        .hasMessage(
            "attention weights are asked for, and model 'testing' has no attention; leave them out");
  }

  @Test
  void withoutAttentionTheStateIsAllThatIsKept() {
    Seq2SeqModel model = load(plain);
    Encoding whole = model.encodeWhole(new int[] {1, 2, 3});
    Encoding kept = model.encoding(whole.state(), new float[0]);
    assertThat(kept.steps()).isZero();
    DecodingOptions options = model.options(3).withNBest(3);
    List<List<Hypothesis>> answers = model.newDecoder(6).decode(List.of(whole, kept), options);
    assertThat(OneArithmeticOfTransductionTest.text(answers.get(1)))
        .isEqualTo(OneArithmeticOfTransductionTest.text(answers.get(0)));
  }

  @Test
  void arraysAreCopiedInAndOut() {
    Seq2SeqModel model = load(plain);
    float[] state = model.newEncoderState();
    Encoding encoding = model.encoding(state, new float[6]);
    state[0] = 5;
    encoding.state()[0] = 6;
    encoding.outputs()[0] = 7;
    assertThat(encoding.state()).containsOnly(0f);
    assertThat(encoding.outputs()).containsOnly(0f);
    assertThat(model.newEncoderState()).containsOnly(0f);
  }

  @Test
  void whatDoesNotFitIntoAStepWaits() {
    Seq2SeqModel model = TestingTransducers.constantLogits(0, -5, 1, 0.5f);
    Encoding encoding = model.encodeWhole(new int[] {1});
    Decoding first = model.begin(encoding, DecodingOptions.beam(2, 3));
    Decoding second = model.begin(encoding, DecodingOptions.beam(3, 3));
    Decoding third = model.begin(encoding, DecodingOptions.greedy(3));
    List<Decoding> all = List.of(first, second, third);
    DecoderSession session = model.newDecoder(3);
    assertThat(session.step(all)).isEqualTo(3);
    // Rows are now 2, 3 and 1: the second does not fit beside the first, the third does.
    assertThat(session.step(all)).isEqualTo(2);
    assertThat(all).extracting(Decoding::steps).containsExactly(2, 1, 2);
    int calls = 0;
    while (session.step(all) > 0) {
      calls++;
    }
    assertThat(calls).isEqualTo(3);
    assertThat(all).allMatch(Decoding::finished);
  }

  @Test
  void decodingsThatASessionCannotStepAreRefused() {
    Seq2SeqModel model = load(plain);
    Encoding encoding = model.encodeWhole(new int[] {1});
    Decoding wide = model.begin(encoding, model.options(4));
    assertThatThrownBy(() -> model.newDecoder(3).step(List.of(wide)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a beam of 4 does not fit a session of 3 rows; make the session larger");
    Decoding twice = model.begin(encoding, model.options(1));
    assertThatThrownBy(() -> model.newDecoder(3).step(List.of(twice, twice)))
        .hasMessage(
            "a decoding stands twice in one list; it takes one step at a time, list it once");
    // A step that was refused leaves everything as it was.
    assertThat(model.newDecoder(3).step(List.of(twice))).isEqualTo(1);
    assertThatThrownBy(() -> load(plain).newDecoder(4).step(List.of(wide)))
        .hasMessage(
            "a decoding of model 'testing' is of another load than this session of model 'testing';"
                + " step it in a session of its own model");
  }

  @Test
  void encoderSessionsCheckWhatTheyAreGiven() {
    Seq2SeqModel model = load(plain);
    EncoderSession session = model.newEncoder(1);
    float[] state = model.newEncoderState();
    assertThat(session.capacity()).isEqualTo(1);
    assertThatThrownBy(() -> session.addToken(new float[5], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the state has 5 floats, that of the encoder of model 'testing' has 6");
    assertThatThrownBy(() -> session.addToken(state, 9))
        .hasMessage("token id 9 is outside the source vocabulary of 9 tokens");
    assertThatThrownBy(() -> session.readState(0, state))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the micro-batch was not run yet");
    session.addToken(state, 3);
    assertThat(session.size()).isEqualTo(1);
    assertThatThrownBy(() -> session.addToken(state, 3))
        .hasMessage("the micro-batch is full with 1 rows: run and clear it first");
    session.run();
    assertThatThrownBy(session::run).hasMessage("the micro-batch was run already: clear it first");
    assertThatThrownBy(() -> session.addToken(state, 3))
        .hasMessage("the micro-batch was run: clear it before adding rows");
    assertThatThrownBy(() -> session.readOutput(0, new float[7]))
        .hasMessage("the output has 7 floats, that of the encoder of model 'testing' has 6");
    assertThatThrownBy(() -> session.readOutput(1, new float[6]))
        .hasMessage("row 1 is outside the micro-batch of 1 rows");
    session.clear();
    session.run();
    assertThat(session.size()).isZero();
  }

  @Test
  void aStateThatOverflowsIsNotFinite() {
    ModelConfig config =
        TestingTransducers.config(Cell.RNN_RELU, Attention.NONE, false, 2, 2).build();
    Map<String, float[]> tensors = TestingTransducers.randomTensors(config, SEED);
    Arrays.fill(tensors.get("encoder.weight_hh_l0"), 3e38f);
    Arrays.fill(tensors.get("encoder.bias_ih_l0"), 100f);
    Seq2SeqModel model = Seq2SeqModel.load(ModelFile.of(config, tensors));
    EncoderSession session = model.newEncoder(1);
    float[] state = {1e10f, 1e10f};
    session.addToken(state, 0);
    session.run();
    assertThat(session.finite(0)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void warmingUpChangesNothing(ModelConfig config) {
    Seq2SeqModel model = load(config);
    List<Encoding> encoding = List.of(model.encodeWhole(new int[] {4, 2}));
    String before =
        OneArithmeticOfTransductionTest.text(
            model.newDecoder(2).decode(encoding, model.options(2)).get(0));
    model.warmUp(Duration.ofMillis(20));
    model.warmUp(Duration.ZERO);
    assertThat(
            OneArithmeticOfTransductionTest.text(
                model.newDecoder(2).decode(encoding, model.options(2)).get(0)))
        .isEqualTo(before);
  }
}
