package dev.carryover.runtime;

import com.sun.management.ThreadMXBean;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.TestingModels.Equations;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.WeightPrecision;
import dev.carryover.runtime.seq2seq.DecoderSession;
import dev.carryover.runtime.seq2seq.Decoding;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.EncoderSession;
import dev.carryover.runtime.seq2seq.Encoding;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.runtime.seq2seq.TestingTransducers;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Steps every cell until a window of steps allocates nothing, and prints for each the bytes of its
 * last window. Vectors are objects until the optimizing compiler has seen them, so the first
 * windows allocate; a step that allocates for good never gets to a window of zero.
 */
final class TestingAllocationMeter {
  private static final long SEED = 20260307L;
  private static final int WINDOW = 1000;
  private static final int MOST_WINDOWS = 1000;
  private static final int MOST_LIKELY = 3;

  /** Rows that make blocks of four, of two and of one. */
  private static final int ROWS = 7;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final KernelChoice kernels;
  private final int[] ids = new int[MOST_LIKELY];
  private final float[] probabilities = new float[MOST_LIKELY];
  private float[] state;

  private TestingAllocationMeter(KernelChoice kernels) {
    this.kernels = kernels;
  }

  /** Measures with the kernels that the argument names. */
  public static void main(String[] arguments) {
    TestingAllocationMeter meter = new TestingAllocationMeter(KernelChoice.parse(arguments[0]));
    for (Equations equations : Equations.values()) {
      meter.tokens(equations, TestingKernels.FOLDED);
      meter.tokens(equations, TestingKernels.UNFOLDED);
      RuntimeOptions rounded = TestingKernels.UNFOLDED.withWeights(WeightPrecision.BF16);
      meter.tokens(equations, rounded);
      // Three panels together, and four.
      meter.tokens(equations, rounded, 60);
      meter.features(equations);
    }
    for (Attention attention : Attention.values()) {
      meter.transduction(attention);
    }
  }

  /** Every step encodes a token of some keys and writes a token of the beams of three decodings. */
  private void transduction(Attention attention) {
    ModelConfig config = TestingTransducers.config(Cell.GRU, attention, false, 20, 20).build();
    Map<String, float[]> tensors = TestingTransducers.randomTensors(config, SEED);
    // No beam ever ends.
    int end = config.encoderDecoder().targetVocabulary().endId();
    Arrays.fill(tensors.get(TensorShapes.HEAD_WEIGHT), 0f);
    tensors.get(TensorShapes.HEAD_BIAS)[end] = -1e9f;
    Seq2SeqModel model =
        Seq2SeqModel.load(
            ModelFile.of(config, tensors), RuntimeOptions.DEFAULTS.withKernels(kernels));
    EncoderSession encoder = model.newEncoder(ROWS);
    float[] hidden = model.newEncoderState();
    float[] output = new float[hidden.length];
    DecoderSession decoder = model.newDecoder(2 * ROWS);
    Encoding encoding = model.encodeWhole(new int[] {1, 2, 3, 4, 5});
    int longest = EncoderDecoder.LARGEST_MAXIMUM_OUTPUT_LENGTH;
    List<Decoding> decodings = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      decodings.add(model.begin(encoding, DecodingOptions.beam(4, longest)));
    }
    measure(
        attention + " transduction",
        step -> {
          encoder.clear();
          for (int row = 0; row < 1 + step % ROWS; row++) {
            encoder.addToken(hidden, step % 9);
          }
          encoder.run();
          encoder.finite(0);
          encoder.readState(0, hidden);
          encoder.readOutput(0, output);
          if (decoder.step(decodings) == 0) {
            throw new IllegalStateException("the decodings are over before a quiet window");
          }
        });
  }

  private void tokens(Equations equations, RuntimeOptions options) {
    tokens(equations, options, 20);
  }

  private void tokens(Equations equations, RuntimeOptions options, int hidden) {
    // Panels in pairs, alone and halved; a second layer.
    ModelConfig config = equations.nextToken(230, 5, hidden).layers(2).build();
    RecurrentModel model =
        RecurrentModel.load(TestingModels.random(config, SEED), options.withKernels(kernels));
    Session session = model.newSession(ROWS);
    state = model.newState();
    measure(equations + " tokens, " + options, step -> score(session, step));
  }

  private void score(Session session, int step) {
    session.clear();
    int rows = 1 + step % ROWS;
    for (int row = 1; row < rows; row++) {
      session.addToken(state, (step + row) % 230);
    }
    session.addEnd(state);
    session.run();
    for (int row = 0; row < rows; row++) {
      session.finite(row);
      session.surprisal(row);
      session.rank(row);
      session.expected(row, MOST_LIKELY, ids, probabilities);
      session.next(row, MOST_LIKELY, ids, probabilities);
      session.readState(row, state);
    }
  }

  private void features(Equations equations) {
    ModelConfig config = equations.features(5, 20).task(Task.CLASSIFY).outputSize(3).build();
    RecurrentModel model =
        RecurrentModel.load(
            TestingModels.random(config, SEED), RuntimeOptions.DEFAULTS.withKernels(kernels));
    Session session = model.newSession(ROWS);
    float[] features = TestingModels.rawFeatures(config, new Random(SEED));
    float[] output = new float[3];
    state = model.newState();
    measure(equations + " features", step -> classify(session, features, output, step));
  }

  private void classify(Session session, float[] features, float[] output, int step) {
    session.clear();
    int rows = 1 + step % ROWS;
    for (int row = 1; row < rows; row++) {
      session.addFeatures(state, features);
    }
    session.addEnd(state);
    session.run();
    for (int row = 0; row < rows; row++) {
      session.finite(row);
      session.readOutput(row, output);
      session.readState(row, state);
    }
  }

  private interface Step {
    void run(int step);
  }

  private void measure(String what, Step step) {
    long allocated;
    int windows = 0;
    do {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < WINDOW; i++) {
        step.run(i);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
      windows++;
    } while (allocated > 0 && windows < MOST_WINDOWS);
    System.out.println(what + ": " + allocated + " bytes in window " + windows);
    if (allocated > 0) {
      System.exit(1);
    }
  }
}
