package dev.carryover.runtime.seq2seq;

/**
 * What an encoder made of one sequence: all that a decoder is given of it. Immutable and safe to
 * share between threads: arrays are copied in and out.
 */
public final class Encoding {
  private final float[] state;
  private final float[] outputs;
  private final int steps;

  /** Takes the arrays as they are. */
  Encoding(float[] state, float[] outputs, int steps) {
    this.state = state;
    this.outputs = outputs;
    this.steps = steps;
  }

  /**
   * The encoder's last state, {@code [D * floats]}: that of the forward direction in the layout
   * {@link Seq2SeqModel#encoderLayout()}, then that of the backward one.
   */
  public float[] state() {
    return state.clone();
  }

  /** The outputs of the top layer, {@code [S * D*He]}, or none where only the state was kept. */
  public float[] outputs() {
    return outputs.clone();
  }

  /** {@code S}: the steps of the source, or 0 where only the state was kept. */
  public int steps() {
    return steps;
  }

  /** The state itself, for a decoder that only reads it. */
  float[] stateValues() {
    return state;
  }

  /** The outputs themselves. */
  float[] outputValues() {
    return outputs;
  }

  @Override
  public String toString() {
    return "Encoding of " + steps + " steps";
  }
}
