package dev.carryover.runtime.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a source is transduced to has the same bits in every batch and order, on every thread, from
 * every kernel, and streamed or read whole. The measure is the specification: scalar kernels, every
 * source alone, embeddings folded.
 */
class OneArithmeticOfTransductionTest {
  private static final long SEED = 20261102L;
  private static final int SOURCES = 13;
  private static final int LONGEST = 35;

  static Stream<ModelConfig> everyKind() {
    return TestingTransducers.everyKind().stream();
  }

  static Stream<ModelConfig> everyKindWithAttention() {
    return everyKind().filter(config -> config.encoderDecoder().attention().hasContext());
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void answersHaveTheSameBitsInEveryArrangement(ModelConfig config) {
    ModelFile file = TestingTransducers.random(config, SEED);
    List<int[]> sources = TestingTransducers.sources(SOURCES, LONGEST, SEED);
    List<String> specified = specified(file, sources);
    for (KernelProvider.Selection kernels : TestingTransducers.kernels()) {
      for (RuntimeOptions budget :
          List.of(TestingTransducers.FOLDED, TestingTransducers.UNFOLDED)) {
        Seq2SeqModel model = Seq2SeqModel.load(file, kernels, budget);
        String what = "seed=%d, %s on %s".formatted(SEED, config, model.kernels());
        assertThat(together(model, sources)).as(what + ", together").isEqualTo(specified);
        assertThat(shuffled(model, sources, SEED)).as(what + ", shuffled").isEqualTo(specified);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void roundedWeightsGiveTheSameBitsInEveryArrangement(ModelConfig config) {
    ModelFile file = TestingTransducers.random(config, SEED);
    List<int[]> sources = TestingTransducers.sources(SOURCES, LONGEST, SEED);
    RuntimeOptions folded = TestingTransducers.FOLDED.withWeights(WeightPrecision.BF16);
    List<String> specified =
        specified(Seq2SeqModel.load(file, TestingTransducers.scalar(), folded), sources);
    assertThat(specified).as("seed=%d, %s", SEED, config).isNotEqualTo(specified(file, sources));
    for (KernelProvider.Selection kernels : TestingTransducers.kernels()) {
      Seq2SeqModel model = Seq2SeqModel.load(file, kernels, folded.withFoldedEmbeddingBytes(0));
      assertThat(together(model, sources))
          .as("seed=%d, %s on %s", SEED, config, model.kernels())
          .isEqualTo(specified);
    }
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void threadsThatShareAModelGiveTheSameBits(ModelConfig config) throws Exception {
    ModelFile file = TestingTransducers.random(config, SEED);
    List<int[]> sources = TestingTransducers.sources(SOURCES, LONGEST, SEED);
    List<String> specified = specified(file, sources);
    Seq2SeqModel shared = Seq2SeqModel.load(file);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Callable<List<String>>> runs = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        long seed = SEED + thread;
        runs.add(() -> shuffled(shared, sources, seed));
      }
      for (Future<List<String>> run : threads.invokeAll(runs)) {
        assertThat(run.get()).as("seed=%d, %s", SEED, config).isEqualTo(specified);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void sourcesThatArePreparedTogetherHaveTheBitsOfSourcesAlone(ModelConfig config) {
    Seq2SeqModel model = Seq2SeqModel.load(TestingTransducers.random(config, SEED));
    List<Encoding> encodings =
        model.encodeAll(TestingTransducers.sources(5 * SOURCES, LONGEST, SEED));
    DecodingOptions options = model.options(3).withNBest(3);
    List<String> alone = new ArrayList<>();
    for (Encoding encoding : encodings) {
      alone.add(text(model.newDecoder(3).decode(List.of(encoding), options).get(0)));
    }

    assertThat(
            model.newDecoder(20).decode(encodings, options).stream()
                .map(OneArithmeticOfTransductionTest::text))
        .as("seed=%d, %s", SEED, config)
        .isEqualTo(alone);
    List<Decoding> begun = model.beginAll(encodings, options);
    DecoderSession session = model.newDecoder(3 * encodings.size());
    while (session.step(begun) > 0) {
      assertThat(begun).hasSameSizeAs(encodings);
    }
    assertThat(begun.stream().map(decoding -> text(decoding.nBest())))
        .as("seed=%d, %s", SEED, config)
        .isEqualTo(alone);
    assertThat(model.beginAll(List.of(), options)).isEmpty();
  }

  /** What a beam looks at says what states it goes on from; a forced target has a state alone. */
  @ParameterizedTest
  @MethodSource("everyKindWithAttention")
  void rowsThatShareAStateHaveTheBitsOfRowsAlone(ModelConfig config) {
    Seq2SeqModel model = Seq2SeqModel.load(TestingTransducers.random(config, SEED));
    DecodingOptions options = model.options(6).withNBest(6).withAttention(true);
    for (int[] source : TestingTransducers.sources(SOURCES, LONGEST, SEED)) {
      Encoding encoding = model.encodeWhole(source);
      for (Hypothesis answer : model.newDecoder(6).decode(List.of(encoding), options).get(0)) {
        assertThat(answer.attention())
            .as("seed=%d, %s", SEED, config)
            .isEqualTo(model.force(encoding, answer.tokens()).attention());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void streamedSourcesHaveTheBitsOfWholeOnes(ModelConfig config) {
    ModelFile file = TestingTransducers.random(config, SEED);
    List<int[]> sources = TestingTransducers.sources(SOURCES, LONGEST, SEED);
    List<Encoding> whole =
        sources.stream()
            .map(
                Seq2SeqModel.load(file, TestingTransducers.scalar(), TestingTransducers.FOLDED)
                    ::encodeWhole)
            .toList();
    for (KernelProvider.Selection kernels : TestingTransducers.kernels()) {
      for (RuntimeOptions budget :
          List.of(TestingTransducers.FOLDED, TestingTransducers.UNFOLDED)) {
        Seq2SeqModel model = Seq2SeqModel.load(file, kernels, budget);
        if (model.streamable()) {
          assertSame(stream(model, sources), whole, config);
        }
        assertSame(model.encodeAll(sources), whole, config);
      }
    }
  }

  private static void assertSame(List<Encoding> actual, List<Encoding> whole, ModelConfig config) {
    for (int i = 0; i < whole.size(); i++) {
      assertThat(actual.get(i).state())
          .as("seed=%d, %s, source %d", SEED, config, i)
          .isEqualTo(whole.get(i).state());
      assertThat(actual.get(i).outputs()).isEqualTo(whole.get(i).outputs());
      assertThat(actual.get(i).steps()).isEqualTo(whole.get(i).steps());
    }
  }

  /** All keys by events, in batches that are as large as there are keys left to go on. */
  private static List<Encoding> stream(Seq2SeqModel model, List<int[]> sources) {
    EncoderSession session = model.newEncoder(sources.size());
    int width = model.encoderLayout().hiddenSize();
    List<float[]> states = new ArrayList<>();
    List<float[]> outputs = new ArrayList<>();
    for (int[] source : sources) {
      states.add(model.newEncoderState());
      outputs.add(new float[source.length * width]);
    }
    float[] output = new float[width];
    for (int step = 0; step < LONGEST; step++) {
      session.clear();
      List<Integer> keys = new ArrayList<>();
      for (int key = 0; key < sources.size(); key++) {
        if (step < sources.get(key).length) {
          session.addToken(states.get(key), sources.get(key)[step]);
          keys.add(key);
        }
      }
      session.run();
      for (int row = 0; row < keys.size(); row++) {
        session.readState(row, states.get(keys.get(row)));
        session.readOutput(row, output);
        System.arraycopy(output, 0, outputs.get(keys.get(row)), step * width, width);
        assertThat(session.finite(row)).isTrue();
      }
    }
    List<Encoding> encodings = new ArrayList<>();
    for (int key = 0; key < sources.size(); key++) {
      encodings.add(model.encoding(states.get(key), outputs.get(key)));
    }
    return encodings;
  }

  private static List<String> specified(ModelFile file, List<int[]> sources) {
    return specified(
        Seq2SeqModel.load(file, TestingTransducers.scalar(), TestingTransducers.FOLDED), sources);
  }

  private static List<String> specified(Seq2SeqModel model, List<int[]> sources) {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      answers.add(
          text(
              model
                  .newDecoder(8)
                  .decode(List.of(model.encodeWhole(sources.get(i))), options(model, i))
                  .get(0)));
    }
    return answers;
  }

  /** Widths of 1 to 4, each with what it can give. */
  private static DecodingOptions options(Seq2SeqModel model, int source) {
    int width = 1 + source % 4;
    return model
        .options(width)
        .withNBest(width)
        .withLengthPenalty(0.3f * (source % 2))
        .withAttention(model.config().encoderDecoder().attention().hasContext());
  }

  private static List<String> together(Seq2SeqModel model, List<int[]> sources) {
    List<Decoding> decodings = begin(model, sources);
    DecoderSession session = model.newDecoder(4 * sources.size());
    while (session.step(decodings) > 0) {
      assertThat(decodings).allMatch(decoding -> decoding.steps() <= 20);
    }
    return decodings.stream().map(decoding -> text(decoding.nBest())).toList();
  }

  private static List<Decoding> begin(Seq2SeqModel model, List<int[]> sources) {
    List<Encoding> encodings = model.encodeAll(sources);
    List<Decoding> decodings = new ArrayList<>();
    for (int i = 0; i < encodings.size(); i++) {
      decodings.add(model.begin(encodings.get(i), options(model, i)));
    }
    return decodings;
  }

  /** In another order at every step, in sessions of two sizes in which not all fit. */
  private static List<String> shuffled(Seq2SeqModel model, List<int[]> sources, long seed) {
    Random random = new Random(seed);
    List<Decoding> decodings = begin(model, sources);
    List<Decoding> order = new ArrayList<>(decodings);
    List<DecoderSession> sessions = List.of(model.newDecoder(5), model.newDecoder(11));
    while (decodings.stream().anyMatch(decoding -> !decoding.finished())) {
      Collections.shuffle(order, random);
      sessions.get(random.nextInt(2)).step(order);
    }
    return decodings.stream().map(decoding -> text(decoding.nBest())).toList();
  }

  /** The decimal form of a float names it exactly. */
  static String text(List<Hypothesis> answers) {
    StringBuilder text = new StringBuilder();
    for (Hypothesis answer : answers) {
      text.append(Arrays.toString(answer.tokens()))
          .append(' ')
          .append(answer.score())
          .append(' ')
          .append(answer.normalizedScore())
          .append(answer.ended() ? " ended " : " cut ")
          .append(Arrays.deepToString(answer.attention()))
          .append('\n');
    }
    return text.toString();
  }
}
