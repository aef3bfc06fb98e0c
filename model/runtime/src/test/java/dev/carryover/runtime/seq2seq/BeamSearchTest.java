package dev.carryover.runtime.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.TensorShapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What greedy and beam search find, in what order, and when they stop. */
class BeamSearchTest {
  private static final long SEED = 20261103L;
  private static final int BEGIN = 0;
  private static final int END = 1;

  static Stream<ModelConfig> everyKind() {
    return TestingTransducers.everyKind().stream();
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void greedySearchTakesTheLikeliestTokenAtEveryStep(ModelConfig config) {
    Seq2SeqModel model = Seq2SeqModel.load(TestingTransducers.random(config, SEED));
    for (int[] source : TestingTransducers.sources(5, 20, SEED)) {
      Encoding encoding = model.encodeWhole(source);
      Hypothesis found = best(model, encoding, DecodingOptions.greedy(15));
      List<Integer> written = new ArrayList<>();
      double score = 0;
      boolean ended = false;
      while (written.size() < 15 && !ended) {
        double[] logProbabilities = logSoftmax(next(model, encoding, written));
        int token = 0;
        for (int id = 1; id < logProbabilities.length; id++) {
          token = logProbabilities[id] > logProbabilities[token] ? id : token;
        }
        score += logProbabilities[token];
        ended = token == END;
        if (!ended) {
          written.add(token);
        }
      }
      assertThat(found.tokens()).as("seed=%d, %s", SEED, config).containsExactly(ints(written));
      assertThat(found.ended()).isEqualTo(ended);
      assertThat((double) found.score()).isCloseTo(score, Offset.offset(1e-4));
      assertThat(found.normalizedScore()).isEqualTo(found.score());
    }
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void beamThatNothingLeavesFindsWhatTryingAllFinds(ModelConfig kind) {
    ModelConfig config =
        kind.toBuilder()
            .encoderDecoder(
                new EncoderDecoder(
                    TestingTransducers.vocabulary(4, "t0", "t1"),
                    kind.encoderDecoder().encoderHiddenSize(),
                    kind.encoderDecoder().bidirectionalEncoder(),
                    kind.encoderDecoder().attention(),
                    kind.encoderDecoder().attentionSize(),
                    4))
            .build();
    Seq2SeqModel model = Seq2SeqModel.load(TestingTransducers.random(config, SEED));
    Encoding encoding = model.encodeWhole(new int[] {3, 1, 4, 1, 5});
    List<Tried> all = new ArrayList<>();
    tryAll(model, encoding, List.of(), 0, all);
    assertThat(all).hasSize(1 + 3 + 9 + 27 + 81);
    all.sort(Comparator.comparingDouble(tried -> -tried.score));

    List<Hypothesis> found =
        model.newDecoder(200).decode(List.of(encoding), model.options(200).withNBest(200)).get(0);

    assertThat(found).hasSameSizeAs(all);
    for (int i = 0; i < all.size(); i++) {
      assertThat(found.get(i).tokens())
          .as("seed=%d, %s, answer %d", SEED, config, i)
          .containsExactly(ints(all.get(i).tokens));
      assertThat(found.get(i).ended()).isEqualTo(all.get(i).ended);
      assertThat((double) found.get(i).score()).isCloseTo(all.get(i).score, Offset.offset(1e-4));
    }
  }

  private record Tried(List<Integer> tokens, double score, boolean ended) {}

  private static void tryAll(
      Seq2SeqModel model, Encoding encoding, List<Integer> prefix, double score, List<Tried> to) {
    if (prefix.size() == 4) {
      to.add(new Tried(prefix, score, false));
      return;
    }
    double[] logProbabilities = logSoftmax(next(model, encoding, prefix));
    to.add(new Tried(prefix, score + logProbabilities[END], true));
    for (int token : new int[] {BEGIN, 2, 3}) {
      List<Integer> longer = new ArrayList<>(prefix);
      longer.add(token);
      tryAll(model, encoding, longer, score + logProbabilities[token], to);
    }
  }

  private static float[] next(Seq2SeqModel model, Encoding encoding, List<Integer> prefix) {
    int[] target = Arrays.copyOf(ints(prefix), prefix.size() + 1);
    return model.force(encoding, target).logits()[prefix.size()];
  }

  private static double[] logSoftmax(float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    double[] result = new double[logits.length];
    for (int id = 0; id < result.length; id++) {
      result[id] = logits[id] - Math.log(sum);
    }
    return result;
  }

  private static int[] ints(List<Integer> tokens) {
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  private static Hypothesis best(Seq2SeqModel model, Encoding encoding, DecodingOptions options) {
    return model.newDecoder(options.beamWidth()).decode(List.of(encoding), options).get(0).get(0);
  }

  private static List<Hypothesis> search(Seq2SeqModel model, DecodingOptions options) {
    Encoding encoding = model.encodeWhole(new int[] {1});
    return model.newDecoder(options.beamWidth()).decode(List.of(encoding), options).get(0);
  }

  @Test
  void equallyLikelyTokensGoByTheirIds() {
    Seq2SeqModel model = TestingTransducers.constantLogits(0, 0, 0, 0, 0, 0);
    List<Hypothesis> found = search(model, DecodingOptions.beam(3, 1).withNBest(3));

    assertThat(found).extracting(Hypothesis::ended).containsExactly(true, false, false);
    assertThat(found)
        .extracting(Hypothesis::tokens)
        .containsExactly(new int[0], new int[] {0}, new int[] {2});
    assertThat(found).extracting(Hypothesis::score).containsOnly((float) -Math.log(6));
    assertThat(search(model, DecodingOptions.greedy(4)).get(0).tokens())
        .containsExactly(0, 0, 0, 0);
  }

  @Test
  void itIsOverWhenAsManyAsTheBeamIsWideHaveEnded() {
    Seq2SeqModel model = TestingTransducers.constantLogits(-9, 3, 1, 0, -9);
    Decoding decoding =
        model.begin(model.encodeWhole(new int[] {1}), DecodingOptions.beam(2, 9).withNBest(2));
    DecoderSession session = model.newDecoder(2);
    assertThat(decoding.rows()).isEqualTo(1);
    session.step(List.of(decoding));
    assertThat(decoding.rows()).isEqualTo(2);
    assertThat(decoding.finished()).isFalse();
    assertThatThrownBy(decoding::nBest)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the decoding is not finished after 1 steps: step it until it is");
    session.step(List.of(decoding));

    assertThat(decoding.finished()).isTrue();
    assertThat(decoding.rows()).isZero();
    assertThat(decoding.steps()).isEqualTo(2);
    assertThat(decoding.nBest())
        .extracting(Hypothesis::tokens)
        .containsExactly(new int[0], new int[] {2});
    assertThat(decoding.nBest()).allMatch(Hypothesis::ended);
    assertThat(session.step(List.of(decoding))).isZero();
  }

  @Test
  void whatIsStillFollowedJoinsOnlyWhereTooFewHaveEnded() {
    // After two steps two have ended, less likely than what is followed: that was not to its end.
    Seq2SeqModel model = TestingTransducers.constantLogits(-9, 0, 3, -9);
    List<Hypothesis> wide = search(model, DecodingOptions.beam(2, 9).withNBest(2));
    assertThat(wide).allMatch(Hypothesis::ended);
    assertThat(wide).extracting(Hypothesis::tokens).containsExactly(new int[0], new int[] {2});

    List<Hypothesis> cut = search(model, DecodingOptions.beam(4, 2).withNBest(4));
    assertThat(cut).extracting(Hypothesis::ended).contains(true, false);
    assertThat(cut.get(0).tokens()).containsExactly(2, 2);
    assertThat(cut.get(0).ended()).isFalse();
  }

  @Test
  void theEndTokenCountsInTheScoreAndInTheLength() {
    Seq2SeqModel model = TestingTransducers.constantLogits(-20, 0, 0.7f, -20);
    float end = (float) -Math.log(1 + Math.exp(0.7));
    float other = end + 0.7f;
    List<Hypothesis> plain = search(model, DecodingOptions.beam(3, 6).withNBest(3));
    assertThat(plain)
        .extracting(Hypothesis::tokens)
        .containsExactly(new int[0], new int[] {2}, new int[] {2, 2});
    assertThat(plain.get(2).score()).isCloseTo(2 * other + end, Offset.offset(1e-5f));

    List<Hypothesis> longer =
        search(model, DecodingOptions.beam(3, 6).withNBest(3).withLengthPenalty(6));
    assertThat(longer)
        .extracting(Hypothesis::tokens)
        .containsExactly(new int[] {2, 2}, new int[] {2}, new int[0]);
    assertThat(longer.get(0).score()).isEqualTo(plain.get(2).score());
    assertThat((double) longer.get(0).normalizedScore())
        .isCloseTo(longer.get(0).score() / Math.pow(8 / 6.0, 6), Offset.offset(1e-6));
    assertThat((double) longer.get(2).normalizedScore())
        .isCloseTo(longer.get(2).score(), Offset.offset(1e-6));
  }

  @Test
  void noAnswerIsLongerThanTheMaximum() {
    Seq2SeqModel model = TestingTransducers.constantLogits(0, -1, 1, 0.5f);
    for (int longest : new int[] {1, 2, 17, 40}) {
      for (Hypothesis answer : search(model, DecodingOptions.beam(4, longest).withNBest(4))) {
        assertThat(answer.tokens().length + (answer.ended() ? 1 : 0)).isLessThanOrEqualTo(longest);
      }
      assertThat(search(model, DecodingOptions.greedy(longest)).get(0).tokens())
          .hasSize(longest)
          .containsOnly(2);
    }
  }

  @Test
  void aVocabularySmallerThanTheProposalsIsSearchedWhole() {
    Seq2SeqModel model = TestingTransducers.constantLogits(0, 1);
    assertThat(search(model, DecodingOptions.beam(8, 3).withNBest(8)))
        .extracting(Hypothesis::tokens)
        .containsExactly(new int[0], new int[] {0}, new int[] {0, 0}, new int[] {0, 0, 0});
  }

  @Test
  void numbersThatAreNotFiniteGiveNoAnswer() {
    ModelConfig config =
        TestingTransducers.config(Cell.RNN_RELU, Attention.NONE, false, 3, 3).build();
    Map<String, float[]> tensors = TestingTransducers.randomTensors(config, SEED);
    Arrays.fill(tensors.get(TensorShapes.HEAD_WEIGHT), 3e38f);
    Arrays.fill(tensors.get("decoder.bias_ih_l0"), 3e38f);
    Seq2SeqModel model = Seq2SeqModel.load(ModelFile.of(config, tensors));
    assertThat(search(model, model.options(3).withNBest(3))).isEmpty();
  }

  @Test
  void attentionHasARowForEachTokenOfAnAnswer() {
    ModelConfig config =
        TestingTransducers.config(Cell.GRU, Attention.ADDITIVE, true, 16, 9).build();
    Seq2SeqModel model = Seq2SeqModel.load(TestingTransducers.random(config, SEED));
    int ended = 0;
    for (int[] source : TestingTransducers.sources(30, 50, SEED)) {
      Encoding encoding = model.encodeWhole(source);
      DecodingOptions options = model.options(3).withNBest(3).withAttention(true);
      for (Hypothesis answer : model.newDecoder(3).decode(List.of(encoding), options).get(0)) {
        assertThat(answer.attention()).hasDimensions(answer.tokens().length, source.length);
        // Weights are those that the decoder has when it is made to write the answer.
        assertThat(answer.attention())
            .isDeepEqualTo(model.force(encoding, answer.tokens()).attention());
        ended += answer.ended() ? 1 : 0;
      }
    }
    assertThat(ended).as("answers that ended").isBetween(10, 80);
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> DecodingOptions.beam(0, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the beam width is 0; it is 1 to 1024");
    assertThatThrownBy(() -> DecodingOptions.beam(4, 5).withNBest(5))
        .hasMessage("the number of answers is 5; it is 1 to 4");
    assertThatThrownBy(() -> DecodingOptions.greedy(0))
        .hasMessage("the maximum length is 0; it is 1 to 65536");
    assertThatThrownBy(() -> DecodingOptions.greedy(5).withLengthPenalty(Float.NaN))
        .hasMessage("the length penalty is NaN; it is a number of at least 0");
  }
}
