package dev.carryover.deploy.evaluation;

import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.training.data.TrainingSequence;
import java.util.List;
import java.util.Locale;

/**
 * What the rounding of its weights changes in a model that steps: its output after every step, over
 * sequences that each begin anew, and its state and surprisal in one long sequence, where whatever
 * is off is carried on.
 *
 * <p>Both models step through the same inputs, each from its own state. Of a model whose outputs
 * are not those of a softmax over several or of a single logit, which is to say of a regression,
 * there are no probabilities. The long sequence is made of all sequences, one after another and
 * from the beginning again, without begins and ends between them.
 *
 * <p>Belongs to one thread.
 */
public final class RoundingError {
  /** After so many steps of the long sequence it is said how far the models are apart. */
  private static final List<Integer> MARKS = List.of(10, 1_000, 100_000);

  private final RecurrentModel exact;
  private final RecurrentModel rounded;
  private final List<TrainingSequence> sequences;
  private final boolean probabilities;
  private final double[] p;
  private final double[] q;
  private final float[] outputs;
  private final float[] outputsOfRounded;
  private long steps;
  private double largest;
  private double divergence;
  private long agreed;

  private RoundingError(
      RecurrentModel exact, RecurrentModel rounded, List<TrainingSequence> sequences) {
    this.exact = exact;
    this.rounded = rounded;
    this.sequences = sequences;
    this.probabilities = exact.config().task() != Task.REGRESS;
    this.outputs = new float[exact.config().outputSize()];
    this.outputsOfRounded = new float[outputs.length];
    this.p = new double[Math.max(2, outputs.length)];
    this.q = new double[p.length];
  }

  /**
   * Measures, and says it in two tables.
   *
   * @param exact a model with the weights of its file
   * @param rounded the same one with rounded weights
   * @param sequences that the models number alike; not empty
   */
  public static String measure(
      RecurrentModel exact, RecurrentModel rounded, List<TrainingSequence> sequences) {
    return measure(exact, rounded, sequences, MARKS);
  }

  static String measure(
      RecurrentModel exact,
      RecurrentModel rounded,
      List<TrainingSequence> sequences,
      List<Integer> marks) {
    RoundingError error = new RoundingError(exact, rounded, sequences);
    return error.overSequences() + "\n" + error.carriedOn(marks);
  }

  private TextTable overSequences() {
    Side one = new Side(exact);
    Side other = new Side(rounded);
    for (TrainingSequence sequence : sequences) {
      one.begin();
      other.begin();
      for (int step = 0; step < sequence.length(); step++) {
        one.step(sequence, step);
        other.step(sequence, step);
        compare(one, other);
      }
    }
    String changed = "what " + rounded.weights() + " weights change in the output of a step";
    TextTable table = new TextTable(changed, "value");
    if (!probabilities) {
      return table.row("largest difference", figure(largest));
    }
    return table
        .row("largest difference of a probability", figure(largest))
        .row("mean KL divergence, nats", figure(divergence / steps))
        .row(
            "same answer is likeliest, % of steps",
            String.format(Locale.ROOT, "%.3f", 100.0 * agreed / steps));
  }

  private void compare(Side one, Side other) {
    one.session.readOutput(0, outputs);
    other.session.readOutput(0, outputsOfRounded);
    steps++;
    if (!probabilities) {
      for (int i = 0; i < outputs.length; i++) {
        largest = Math.max(largest, Math.abs((double) outputs[i] - outputsOfRounded[i]));
      }
      return;
    }
    toProbabilities(outputs, p);
    toProbabilities(outputsOfRounded, q);
    for (int i = 0; i < p.length; i++) {
      largest = Math.max(largest, Math.abs(p[i] - q[i]));
      divergence += p[i] == 0 ? 0 : p[i] * Math.log(p[i] / q[i]);
    }
    agreed += likeliest(p) == likeliest(q) ? 1 : 0;
  }

  /** The softmax of several logits; of a single one what it is and what it is not. */
  private static void toProbabilities(float[] logits, double[] to) {
    if (logits.length == 1) {
      to[0] = 1 / (1 + Math.exp(-logits[0]));
      to[1] = 1 - to[0];
      return;
    }
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      to[i] = Math.exp(logits[i] - max);
      sum += to[i];
    }
    for (int i = 0; i < logits.length; i++) {
      to[i] /= sum;
    }
  }

  private static int likeliest(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  private TextTable carriedOn(List<Integer> marks) {
    boolean scores = exact.config().task() == Task.NEXT_TOKEN;
    String[] heading = {
      "one long sequence, steps", "largest difference in a state", "mean difference of a surprisal"
    };
    TextTable table = new TextTable(scores ? heading : new String[] {heading[0], heading[1]});
    Side one = new Side(exact);
    Side other = new Side(rounded);
    one.begin();
    other.begin();
    int sequence = 0;
    int at = 0;
    int done = 0;
    for (int mark : marks) {
      double apart = 0;
      double surprisals = 0;
      // Of the later half of the steps up to a mark: a single one may be better or worse than most.
      int from = mark / 2;
      for (; done < mark; done++) {
        one.step(sequences.get(sequence), at);
        other.step(sequences.get(sequence), at);
        if (++at == sequences.get(sequence).length()) {
          at = 0;
          sequence = (sequence + 1) % sequences.size();
        }
        if (done >= from) {
          apart = Math.max(apart, one.apartFrom(other));
          surprisals += scores ? Math.abs(one.surprisal() - other.surprisal()) : 0;
        }
      }
      String steps = String.format(Locale.ROOT, "%,d to %,d", from + 1, mark);
      table.row(
          scores
              ? new String[] {steps, figure(apart), figure(surprisals / (mark - from))}
              : new String[] {steps, figure(apart)});
    }
    return table;
  }

  private static String figure(double value) {
    return String.format(Locale.ROOT, "%.2g", value);
  }

  /** One of the two, on its way. */
  private static final class Side {
    private final RecurrentModel model;
    private final Session session;
    private final float[] state;

    private Side(RecurrentModel model) {
      this.model = model;
      session = model.newSession(1);
      state = model.newState();
    }

    private void begin() {
      model.initialState(state);
    }

    private void step(TrainingSequence sequence, int step) {
      session.clear();
      if (sequence.tokenInput()) {
        session.addToken(state, sequence.tokens()[step]);
      } else {
        session.addFeatures(state, sequence.features()[step]);
      }
      session.run();
      session.readState(0, state);
    }

    private double surprisal() {
      return session.surprisal(0);
    }

    private double apartFrom(Side other) {
      double apart = 0;
      for (int i = 0; i < state.length; i++) {
        apart = Math.max(apart, Math.abs((double) state[i] - other.state[i]));
      }
      return apart;
    }
  }
}
