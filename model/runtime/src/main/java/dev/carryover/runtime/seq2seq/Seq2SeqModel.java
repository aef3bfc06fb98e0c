package dev.carryover.runtime.seq2seq;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.StateLayout;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.SelfTestFailedException;
import dev.carryover.runtime.SelfTestReplay;
import dev.carryover.runtime.cells.SequenceStack;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A seq2seq model ready to run: weights packed, embeddings folded, self-tests replayed.
 *
 * <pre>{@code
 * Seq2SeqModel model = Seq2SeqModel.load(ModelFileReader.read(path));
 * DecoderSession decoder = model.newDecoder(256);
 * List<Encoding> words = model.encodeAll(List.of(source, another));
 * List<List<Hypothesis>> answers = decoder.decode(words, model.options(4));
 * }</pre>
 *
 * <p>Event by event, an encoder of one direction follows sequences with an {@link EncoderSession};
 * when one ends, {@link #encoding} makes an encoding of what was kept of it. Sutskever et al. 2014
 * without attention, Bahdanau et al. 2015 and Luong et al. 2015 with it.
 *
 * <p>Immutable; shared by all threads of a process.
 */
public final class Seq2SeqModel {
  private final ModelConfig config;
  private final EncoderDecoder parts;
  private final Kernels kernels;
  private final String kernelReason;
  private final WeightPrecision weights;
  private final SequenceStack encoder;
  private final Decoder decoder;

  private Seq2SeqModel(
      ModelFile file,
      KernelProvider.Selection selection,
      WeightPrecision weights,
      long foldedEmbeddingBytes) {
    config = file.config();
    parts = config.encoderDecoder();
    kernels = selection.kernels();
    kernelReason = selection.reason();
    this.weights = weights;
    encoder =
        SequenceStack.of(
            file,
            kernels,
            TensorShapes.ENCODER_PREFIX,
            parts.bidirectionalEncoder(),
            file.tensor(TensorShapes.SOURCE_EMBEDDING),
            weights,
            foldedEmbeddingBytes / 2);
    decoder = new Decoder(file, kernels, weights, foldedEmbeddingBytes / 2);
  }

  /** The same model, which says more of its kernels. */
  private Seq2SeqModel(Seq2SeqModel model, String kernelReason) {
    config = model.config;
    parts = model.parts;
    kernels = model.kernels;
    weights = model.weights;
    encoder = model.encoder;
    decoder = model.decoder;
    this.kernelReason = kernelReason;
  }

  /** Loads a model with {@link RuntimeOptions#DEFAULTS}. */
  public static Seq2SeqModel load(ModelFile file) {
    return load(file, RuntimeOptions.DEFAULTS);
  }

  /**
   * Packs the weights and replays the self-tests that the file carries.
   *
   * @throws SelfTestFailedException if a recorded output is not reproduced, or rounded weights move
   *     one further than the options allow
   * @throws IllegalArgumentException if the model is of another task
   * @throws IllegalStateException if the kernels asked for cannot be had
   */
  public static Seq2SeqModel load(ModelFile file, RuntimeOptions options) {
    return load(file, KernelProvider.select(options.kernels()), options);
  }

  /** Loads a model on kernels that were chosen already. */
  static Seq2SeqModel load(
      ModelFile file, KernelProvider.Selection selection, RuntimeOptions options) {
    if (file.config().task() != Task.SEQ2SEQ) {
      throw new IllegalArgumentException(
          "model '"
              + file.config().modelId()
              + "' has the task "
              + file.config().task()
              + ", which has no decoder; load it as a RecurrentModel or a SequenceModel");
    }
    SelfTestReplay.Proven<Seq2SeqModel> proven =
        SelfTestReplay.load(
            file,
            options,
            weights -> new Seq2SeqModel(file, selection, weights, options.foldedEmbeddingBytes()),
            Seq2SeqModel::recorded);
    return proven.weights().isEmpty()
        ? proven.model()
        : new Seq2SeqModel(proven.model(), selection.reason() + ", " + proven.weights());
  }

  private float[][] recorded(SelfTest test) {
    int[] target = new int[test.steps()];
    Arrays.setAll(target, test::token);
    return force(encodeWhole(test.source()), target).logits();
  }

  /** What the model is. */
  public ModelConfig config() {
    return config;
  }

  /** The name of the kernels: {@code scalar} or {@code simd512}. */
  public String kernels() {
    return kernels.name();
  }

  /** What the weights of its products are kept in. */
  public WeightPrecision weights() {
    return weights;
  }

  /**
   * Which kernels run and why, and what rounded weights change in the self-tests, in one line for
   * the log.
   */
  public String kernelReason() {
    return kernelReason;
  }

  /** Whether the encoder can follow a sequence as it comes: whether it has one direction. */
  public boolean streamable() {
    return !parts.bidirectionalEncoder();
  }

  /** How the floats of one direction's encoder state are laid out. */
  public StateLayout encoderLayout() {
    return encoder.stateLayout();
  }

  /** The state of a sequence before its first token: zeros. */
  public float[] newEncoderState() {
    return new float[encoder.stateLayout().floats()];
  }

  /**
   * Scratch for micro-batches of up to {@code capacity} keys, for one thread.
   *
   * @throws IllegalArgumentException if the model is not {@link #streamable}, or the capacity is
   *     not positive or too large for one array
   */
  public EncoderSession newEncoder(int capacity) {
    if (!streamable()) {
      throw new IllegalArgumentException(
          "model '"
              + config.modelId()
              + "' has an encoder of two directions, which cannot step from event to event: no end"
              + " is there yet to run backwards from; keep the tokens and encode them when the"
              + " sequence ends, or use an encoder of one direction");
    }
    return new EncoderSession(config, kernels, encoder, capacity);
  }

  /**
   * Scratch for steps of up to {@code capacity} rows, the beams of all decodings together, for one
   * thread.
   *
   * @throws IllegalArgumentException if the capacity is not positive or too large for one array
   */
  public DecoderSession newDecoder(int capacity) {
    return new DecoderSession(decoder, capacity);
  }

  /**
   * Encodes a finished sequence.
   *
   * @param source token ids of the source vocabulary, {@code [S]}
   * @throws IllegalArgumentException if there is none, or an id is outside the vocabulary
   */
  public Encoding encodeWhole(int[] source) {
    return encodeAll(List.of(source)).get(0);
  }

  /**
   * Encodes finished sequences together, in the order of the list; the bits are those of encoding
   * each alone. Allocates about {@code 2 * B * S * D * He} floats.
   *
   * @throws IllegalArgumentException if a sequence is empty, or an id is outside the vocabulary
   */
  public List<Encoding> encodeAll(List<int[]> sources) {
    int[][] sequences = sources.toArray(int[][]::new);
    for (int i = 0; i < sequences.length; i++) {
      sequences[i] = checkedSource(sequences[i]);
    }
    SequenceStack.Reading reading = encoder.ofTokens(sequences);
    List<Encoding> encodings = new ArrayList<>(sequences.length);
    for (int i = 0; i < sequences.length; i++) {
      encodings.add(new Encoding(reading.states()[i], reading.outputs()[i], sequences[i].length));
    }
    return encodings;
  }

  private int[] checkedSource(int[] source) {
    if (source.length == 0) {
      throw new IllegalArgumentException(
          "a source has 0 tokens and model '%s' reads at least 1; leave it out"
              .formatted(config.modelId()));
    }
    checkIds("source", source, config.vocabulary());
    return source;
  }

  private static void checkIds(String which, int[] ids, Vocabulary vocabulary) {
    for (int step = 0; step < ids.length; step++) {
      if (ids[step] < 0 || ids[step] >= vocabulary.size()) {
        throw new IllegalArgumentException(
            "token id %d at step %d is outside the %s vocabulary of %d tokens"
                .formatted(ids[step], step, which, vocabulary.size()));
      }
    }
  }

  /**
   * An encoding of what was kept of a sequence: its last state and, where the model has attention,
   * the output of each of its steps.
   *
   * @param state {@code [D * floats]}, forward before backward
   * @param outputs {@code [S * D*He]}; may be empty without attention
   * @throws IllegalArgumentException if a length is another
   */
  public Encoding encoding(float[] state, float[] outputs) {
    int floats = encoder.width() / encoder.stateLayout().hiddenSize() * encoderLayout().floats();
    if (state.length != floats) {
      throw new IllegalArgumentException(
          "an encoder state of %d floats does not fit model '%s', which keeps %d"
              .formatted(state.length, config.modelId(), floats));
    }
    boolean needed = parts.attention().hasContext();
    if (outputs.length % parts.keySize() != 0 || (needed && outputs.length == 0)) {
      throw new IllegalArgumentException(
          "encoder outputs of %d floats are no steps of model '%s', which gives %d floats a step%s"
              .formatted(
                  outputs.length,
                  config.modelId(),
                  parts.keySize(),
                  needed ? " and needs at least one" : ""));
    }
    return new Encoding(state.clone(), outputs.clone(), outputs.length / parts.keySize());
  }

  /** A beam of this width, its best answer, up to the model's maximum output length. */
  public DecodingOptions options(int beamWidth) {
    return DecodingOptions.beam(beamWidth, parts.maximumOutputLength());
  }

  /**
   * Begins to decode; a {@link DecoderSession} of this model takes the steps.
   *
   * @throws IllegalArgumentException if the encoding is of another model, or attention is asked for
   *     of a model that has none
   */
  public Decoding begin(Encoding encoding, DecodingOptions options) {
    return begin(decoder, List.of(encoding), options).get(0);
  }

  /**
   * Begins to decode several, in the order of the list: faster than one by one, to the same bits.
   *
   * @throws IllegalArgumentException as {@link #begin} says; then none is begun
   */
  public List<Decoding> beginAll(List<Encoding> encodings, DecodingOptions options) {
    return begin(decoder, encodings, options);
  }

  static List<Decoding> begin(Decoder decoder, List<Encoding> encodings, DecodingOptions options) {
    for (Encoding encoding : encodings) {
      check(decoder, encoding, options);
    }
    return encodings.isEmpty() ? List.of() : Decoding.begin(decoder, encodings, options);
  }

  /**
   * Goes on with a decoding from where it stood.
   *
   * @param encoding and {@code options} those that it began with
   * @throws IllegalArgumentException if the snapshot does not fit them
   */
  public Decoding resume(Encoding encoding, DecodingOptions options, DecodingState from) {
    check(decoder, encoding, options);
    return Decoding.resume(decoder, encoding, options, from);
  }

  private static void check(Decoder decoder, Encoding encoding, DecodingOptions options) {
    ModelConfig config = decoder.config();
    EncoderDecoder parts = config.encoderDecoder();
    if (options.attention() && !parts.attention().hasContext()) {
      throw new IllegalArgumentException(
          "attention weights are asked for, and model '%s' has no attention; leave them out"
              .formatted(config.modelId()));
    }
    int directions = parts.keySize() / parts.encoderHiddenSize();
    if (encoding.stateValues().length != directions * config.stateLayout().floats()
        || encoding.outputValues().length != encoding.steps() * parts.keySize()
        || (parts.attention().hasContext() && encoding.steps() == 0)) {
      throw new IllegalArgumentException(
          "an encoding of %d steps, %d floats of state and %d of outputs does not fit model '%s';"
                  .formatted(
                      encoding.steps(),
                      encoding.stateValues().length,
                      encoding.outputValues().length,
                      config.modelId())
              + " encode the source with it");
    }
  }

  /**
   * What a decoder gave at each step while it was made to write a given target.
   *
   * @param logits the head's output, {@code [T, Vt]}
   * @param attention the weights of the source's steps, {@code [T, S]}, or null of a model without
   *     attention
   */
  public record Forced(float[][] logits, float[][] attention) {}

  /**
   * Makes the decoder write a target, whatever it finds likely (teacher forcing): at step t it is
   * fed target token t - 1, and the begin token at first.
   *
   * @param target token ids of the target vocabulary, {@code [T]}, without begin token
   * @return what it gave at each of T steps; allocates that and scratch
   * @throws IllegalArgumentException if an id is outside the vocabulary, or the encoding is of
   *     another model
   */
  public Forced force(Encoding encoding, int[] target) {
    check(decoder, encoding, DecodingOptions.greedy(1));
    checkIds("target", target, parts.targetVocabulary());
    Aligner.Source source = decoder.sources(List.of(encoding)).get(0);
    DecoderStep scratch = new DecoderStep(decoder, 1);
    float[] state = decoder.firstStates(List.of(encoding))[0];
    float[][] logits = new float[target.length][config.outputSize()];
    float[][] attention = source == null ? null : new float[target.length][source.steps()];
    for (int t = 0; t < target.length; t++) {
      int token = t == 0 ? parts.targetVocabulary().beginId() : target[t - 1];
      int from = scratch.addState(state, source);
      scratch.addRow(from, token, source == null ? null : attention[t], 0);
      scratch.run();
      System.arraycopy(scratch.logits().values(), 0, logits[t], 0, logits[t].length);
      scratch.store(0, state);
    }
    return new Forced(logits, attention);
  }

  /**
   * Runs the model on made-up input until its kernels are compiled, or the time is up. For
   * processes that are about to serve; results do not depend on it.
   */
  public void warmUp(Duration atMost) {
    WarmUp.run(this, atMost);
  }
}
