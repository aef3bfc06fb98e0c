package dev.carryover.job.models;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import java.time.Duration;

/**
 * A model of either kind, ready to run: one stack that answers by its head, or an encoder with a
 * decoder.
 *
 * <p>Immutable; shared by all tasks of a process.
 */
public final class LoadedModel {
  private final RecurrentModel recurrent;
  private final Seq2SeqModel transducer;

  private LoadedModel(RecurrentModel recurrent, Seq2SeqModel transducer) {
    this.recurrent = recurrent;
    this.transducer = transducer;
  }

  /** Packs the weights of a file and replays its self-tests. */
  static LoadedModel load(ModelFile file, RuntimeOptions options) {
    return file.config().task() == Task.SEQ2SEQ
        ? new LoadedModel(null, Seq2SeqModel.load(file, options))
        : new LoadedModel(RecurrentModel.load(file, options), null);
  }

  /** What the model is. */
  public ModelConfig config() {
    return recurrent == null ? transducer.config() : recurrent.config();
  }

  /**
   * The model of a task other than seq2seq.
   *
   * @throws IllegalStateException if it is one of seq2seq
   */
  public RecurrentModel recurrent() {
    if (recurrent == null) {
      throw new IllegalStateException(
          "model '%s' is an encoder and a decoder, and no single stack; ask for its transducer()"
              .formatted(config().modelId()));
    }
    return recurrent;
  }

  /**
   * The model of the task seq2seq.
   *
   * @throws IllegalStateException if it is one of another task
   */
  public Seq2SeqModel transducer() {
    if (transducer == null) {
      throw new IllegalStateException(
          "model '%s' has the task %s, and no decoder; ask for its recurrent()"
              .formatted(config().modelId(), config().task()));
    }
    return transducer;
  }

  /** The name of the kernels that it runs on. */
  String kernels() {
    return recurrent == null ? transducer.kernels() : recurrent.kernels();
  }

  /** Which kernels run and why, in one line for the log. */
  String kernelReason() {
    return recurrent == null ? transducer.kernelReason() : recurrent.kernelReason();
  }

  /** Floats of state that a key has while a sequence runs. */
  int floats() {
    return config().stateLayout().floats();
  }

  /** Runs the model on made-up input until its kernels are compiled, or the time is up. */
  void warmUp(Duration atMost) {
    if (recurrent == null) {
      transducer.warmUp(atMost);
    } else {
      recurrent.warmUp(atMost);
    }
  }
}
