package dev.carryover.runtime;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.StateLayout;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.cells.FoldedEmbedding;
import dev.carryover.runtime.cells.Head;
import dev.carryover.runtime.cells.LayerFactory;
import dev.carryover.runtime.cells.RecurrentLayer;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.time.Duration;

/**
 * A model ready to step: weights packed, embedding folded, self-tests replayed.
 *
 * <pre>{@code
 * RecurrentModel model = RecurrentModel.load(ModelFileReader.read(path));
 * float[] state = model.newState();
 * Session session = model.newSession(1);
 * int row = session.addToken(state, token);
 * session.run();
 * float surprisal = session.surprisal(row);
 * session.readState(row, state);
 * }</pre>
 *
 * <p>Immutable; shared by all threads of a process.
 */
public final class RecurrentModel {
  private final ModelConfig config;
  private final StateLayout layout;
  private final Kernels kernels;
  private final String kernelReason;
  private final WeightPrecision weights;
  private final RecurrentLayer[] layers;
  private final FoldedEmbedding embedding;
  private final Head head;
  private final float[] initialState;

  private RecurrentModel(
      ModelFile file,
      KernelProvider.Selection selection,
      WeightPrecision weights,
      long foldedEmbeddingBytes) {
    config = file.config();
    layout = config.stateLayout();
    kernels = selection.kernels();
    kernelReason = selection.reason();
    this.weights = weights;
    layers = LayerFactory.forward(file, kernels, TensorShapes.STACK_PREFIX, weights);
    embedding =
        config.tokenInput()
            ? FoldedEmbedding.of(
                layers[0],
                file.tensor("embedding.weight"),
                config.vocabulary().size(),
                foldedEmbeddingBytes)
            : null;
    head =
        new Head(
            kernels,
            file.tensor("head.weight"),
            file.tensor("head.bias"),
            config.hiddenSize(),
            weights);
    initialState = advanceByBegin();
  }

  /** The same model, which says more of its kernels. */
  private RecurrentModel(RecurrentModel model, String kernelReason) {
    config = model.config;
    layout = model.layout;
    kernels = model.kernels;
    weights = model.weights;
    layers = model.layers;
    embedding = model.embedding;
    head = model.head;
    initialState = model.initialState;
    this.kernelReason = kernelReason;
  }

  /** Loads a model with {@link RuntimeOptions#DEFAULTS}. */
  public static RecurrentModel load(ModelFile file) {
    return load(file, RuntimeOptions.DEFAULTS);
  }

  /**
   * Packs the weights and replays the self-tests that the file carries.
   *
   * @throws SelfTestFailedException if a recorded output is not reproduced, or rounded weights move
   *     one further than the options allow
   * @throws IllegalArgumentException if the model is bidirectional, or of the task seq2seq
   * @throws IllegalStateException if the kernels asked for cannot be had
   */
  public static RecurrentModel load(ModelFile file, RuntimeOptions options) {
    refuseTransducer(file.config());
    if (file.config().bidirectional()) {
      throw new IllegalArgumentException(
          "model '"
              + file.config().modelId()
              + "' is bidirectional and cannot step from event to event: no end exists in a stream"
              + " to run backwards from; use a one-directional model");
    }
    return load(file, KernelProvider.select(options.kernels()), options);
  }

  /** A transducer has no output that a single stack could step to. */
  static void refuseTransducer(ModelConfig config) {
    if (config.task() == Task.SEQ2SEQ) {
      throw new IllegalArgumentException(
          "model '"
              + config.modelId()
              + "' has the task seq2seq, an encoder and a decoder; load it as a Seq2SeqModel");
    }
  }

  /** Loads a model on kernels that were chosen already. */
  static RecurrentModel load(
      ModelFile file, KernelProvider.Selection selection, RuntimeOptions options) {
    SelfTestReplay.Proven<RecurrentModel> proven =
        SelfTestReplay.load(
            file,
            options,
            weights -> new RecurrentModel(file, selection, weights, options.foldedEmbeddingBytes()),
            SelfTestReplay::step);
    return proven.weights().isEmpty()
        ? proven.model()
        : new RecurrentModel(proven.model(), selection.reason() + ", " + proven.weights());
  }

  private float[] advanceByBegin() {
    float[] state = new float[layout.floats()];
    int begin = config.tokenInput() ? config.vocabulary().beginId() : -1;
    if (begin >= 0) {
      Session session = newSession(1);
      int row = session.addToken(state, begin);
      session.run();
      session.readState(row, state);
    }
    return state;
  }

  /** What the model is. */
  public ModelConfig config() {
    return config;
  }

  /** How the floats of a key's state are laid out. */
  public StateLayout stateLayout() {
    return layout;
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

  /**
   * State of a sequence before its first event: zeros, advanced by the begin token when the
   * vocabulary has one. Computed once per model; this copies it.
   *
   * @param state receives {@code stateLayout().floats()} floats
   */
  public void initialState(float[] state) {
    checkState(state);
    System.arraycopy(initialState, 0, state, 0, initialState.length);
  }

  /** A new array that holds {@link #initialState(float[])}. */
  public float[] newState() {
    return initialState.clone();
  }

  /**
   * Whether the model has something to say when a sequence ends without a further event: a {@code
   * next-token} model that has an end token, and every other model.
   */
  public boolean answersAtEnd() {
    return config.task() != Task.NEXT_TOKEN
        || (config.tokenInput() && config.vocabulary().endId() >= 0);
  }

  /**
   * Scratch for micro-batches of up to {@code capacity} rows, for one thread.
   *
   * @throws IllegalArgumentException if the capacity is not positive or too large for one array
   */
  public Session newSession(int capacity) {
    return new Session(this, capacity);
  }

  /**
   * Steps the model on made-up input until its kernels are compiled, or the time is up. For
   * processes that are about to serve; results do not depend on it.
   */
  public void warmUp(Duration atMost) {
    WarmUp.run(this, atMost);
  }

  void checkState(float[] state) {
    if (state.length != layout.floats()) {
      throw new IllegalArgumentException(
          "a state of "
              + state.length
              + " floats does not fit model '"
              + config.modelId()
              + "', which keeps "
              + layout.floats());
    }
  }

  Kernels kernelSet() {
    return kernels;
  }

  RecurrentLayer[] layers() {
    return layers;
  }

  FoldedEmbedding embedding() {
    return embedding;
  }

  Head head() {
    return head;
  }
}
