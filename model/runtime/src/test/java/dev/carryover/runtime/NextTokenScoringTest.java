package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.TestingModels.Equations;
import dev.carryover.runtime.kernels.KernelProvider;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Surprisal, rank and the most likely tokens, against softmax as the textbook has it, in double.
 */
class NextTokenScoringTest {
  private static final long SEED = 20260304L;
  private static final int[] VOCABULARIES = {1, 2, 3, 31, 32, 33, 64, 65, 207, 5000};
  private static final int SCORED = 40;

  static Stream<KernelProvider.Selection> kernels() {
    return TestingKernels.all().stream();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void scoresAreThoseOfTheSoftmax(KernelProvider.Selection kernels) {
    Random random = new Random(SEED);
    for (int vocabulary : VOCABULARIES) {
      for (float spread : new float[] {1e-3f, 1f, 30f}) {
        float[] logits = new float[vocabulary];
        for (int id = 0; id < vocabulary; id++) {
          logits[id] = (float) (spread * random.nextGaussian());
        }
        check(kernels, logits, random, "%d tokens, spread %g".formatted(vocabulary, spread));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void tiesAreBrokenByTheLowerId(KernelProvider.Selection kernels) {
    Random random = new Random(SEED);
    for (int vocabulary : VOCABULARIES) {
      for (int levels : new int[] {1, 2, 5}) {
        float[] logits = new float[vocabulary];
        for (int id = 0; id < vocabulary; id++) {
          logits[id] = random.nextInt(levels) - levels / 2;
        }
        check(kernels, logits, random, "%d tokens, %d levels".formatted(vocabulary, levels));
      }
    }
  }

  private static void check(
      KernelProvider.Selection kernels, float[] logits, Random random, String what) {
    String where = "seed=%d, %s, %s".formatted(SEED, kernels.kernels().name(), what);
    RecurrentModel model =
        RecurrentModel.load(TestingModels.constantLogits(logits), kernels, TestingKernels.FOLDED);
    int[] tokens =
        logits.length <= SCORED
            ? IntStream.range(0, logits.length).toArray()
            : random.ints(SCORED, 0, logits.length).toArray();
    Session session = model.newSession(tokens.length);
    for (int token : tokens) {
      session.addToken(model.newState(), token);
    }
    session.run();
    Textbook textbook = new Textbook(logits);
    for (int row = 0; row < tokens.length; row++) {
      int token = tokens[row];
      String which = where + ", token " + token;
      assertThat((double) session.surprisal(row))
          .as(which)
          .isCloseTo(textbook.surprisal(token), Offset.offset(1e-5 * (1 + textbook.largest())));
      assertThat(session.rank(row)).as(which).isEqualTo(textbook.rank(token));
    }
    for (int k : new int[] {0, 1, 3, logits.length, logits.length + 3}) {
      checkMostLikely(session, tokens.length - 1, textbook, k, where);
    }
  }

  private static void checkMostLikely(
      Session session, int row, Textbook textbook, int k, String where) {
    int written = Math.min(k, textbook.order.length);
    int[] ids = new int[k];
    float[] probabilities = new float[k];
    Arrays.fill(ids, -7);
    assertThat(session.expected(row, k, ids, probabilities))
        .as("%s, k=%d", where, k)
        .isEqualTo(written);
    for (int place = 0; place < k; place++) {
      String which = "%s, k=%d, place %d".formatted(where, k, place);
      assertThat(ids[place]).as(which).isEqualTo(place < written ? textbook.order[place] : -7);
      double probability = place < written ? textbook.probability(ids[place]) : 0;
      assertThat((double) probabilities[place])
          .as(which)
          .isCloseTo(probability, Offset.offset(2e-5 * probability + 1e-30));
    }
    int[] next = new int[k];
    float[] nextProbabilities = new float[k];
    session.next(row, k, next, nextProbabilities);
    // The logits do not depend on the state, so what comes next is what was expected.
    assertThat(Arrays.copyOf(next, written)).as(where).isEqualTo(Arrays.copyOf(ids, written));
    assertThat(nextProbabilities).as(where).isEqualTo(probabilities);
  }

  @Test
  void theOnlyTokenOfAVocabularyIsNoSurprise() {
    RecurrentModel model = RecurrentModel.load(TestingModels.constantLogits(new float[] {-3.5f}));
    Session session = model.newSession(1);
    session.addToken(model.newState(), 0);
    session.run();
    assertThat(session.surprisal(0)).isZero();
    assertThat(session.rank(0)).isZero();
    float[] probability = new float[1];
    assertThat(session.expected(0, 4, new int[1], probability)).isEqualTo(1);
    assertThat(probability).containsExactly(1f);
  }

  @Test
  void aTokenBeyondTheReachOfFloatsKeepsAFiniteSurprisal() {
    RecurrentModel model =
        RecurrentModel.load(TestingModels.constantLogits(new float[] {500f, -500f, 0f}));
    Session session = model.newSession(1);
    session.addToken(model.newState(), 1);
    session.run();
    assertThat(session.surprisal(0)).isEqualTo(1000f);
    assertThat(session.rank(0)).isEqualTo(2);
    assertThat(session.finite(0)).isTrue();
    float[] probabilities = new float[3];
    int[] ids = new int[3];
    session.expected(0, 3, ids, probabilities);
    assertThat(ids).containsExactly(0, 2, 1);
    assertThat(probabilities).containsExactly(1f, 0f, 0f);
  }

  @ParameterizedTest
  @EnumSource
  void aTokenIsScoredOnTheStateBeforeIt(Equations equations) {
    ModelFile file = TestingModels.random(equations.nextToken(9, 4, 7).build(), SEED);
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(1);
    float[] state = model.newState();
    int[] before = new int[9];
    float[] probabilitiesBefore = new float[9];
    int[] ids = new int[9];
    float[] probabilities = new float[9];
    for (int token : new int[] {4, 2, 8, 8, 0}) {
      session.clear();
      session.addToken(state, token);
      session.run();
      session.expected(0, 9, ids, probabilities);
      assertThat(ids[session.rank(0)]).isEqualTo(token);
      assertThat((double) session.surprisal(0))
          .isCloseTo(-Math.log(probabilities[session.rank(0)]), Offset.offset(1e-5));
      if (probabilitiesBefore[0] > 0) {
        assertThat(ids).as("what came next is what is expected").isEqualTo(before);
        assertThat(probabilities).isEqualTo(probabilitiesBefore);
      }
      session.next(0, 9, before, probabilitiesBefore);
      session.readState(0, state);
    }
  }

  /** Softmax, ranks and order by definition. */
  private static final class Textbook {
    private final float[] logits;
    private final double logSumExp;
    private final int[] order;

    Textbook(float[] logits) {
      this.logits = logits;
      double max = Double.NEGATIVE_INFINITY;
      for (float logit : logits) {
        max = Math.max(max, logit);
      }
      double sum = 0;
      for (float logit : logits) {
        sum += Math.exp(logit - max);
      }
      logSumExp = max + Math.log(sum);
      order =
          IntStream.range(0, logits.length)
              .boxed()
              .sorted(
                  Comparator.<Integer>comparingDouble(id -> -logits[id]).thenComparing(id -> id))
              .mapToInt(Integer::intValue)
              .toArray();
    }

    double surprisal(int token) {
      return logSumExp - logits[token];
    }

    double probability(int token) {
      return Math.exp(-surprisal(token));
    }

    double largest() {
      return surprisal(order[order.length - 1]);
    }

    int rank(int token) {
      return IntStream.range(0, order.length).filter(place -> order[place] == token).sum();
    }
  }
}
