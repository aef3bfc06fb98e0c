package dev.carryover.training.evaluation;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.SequenceModel;
import dev.carryover.runtime.Session;
import dev.carryover.training.data.TrainingSequence;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Evaluates a model on sequences that are numbered as it numbers them.
 *
 * <pre>{@code
 * ModelFile model = ModelFileReader.read(path);
 * Evaluation evaluation =
 *     Evaluator.evaluate(model, data.validation(), data.continuous(), EvaluationOptions.DEFAULTS);
 * }</pre>
 */
public final class Evaluator {
  /*
   * What is summed in floating point is summed for each sequence by itself, and then over the
   * sequences in their order: so the result is the same to the bit on any number of threads.
   */
  private Evaluator() {}

  /**
   * The metrics of the model's task, by the runtime that its directions need.
   *
   * @param continuous whether the sequences are pieces of a stream: their ends are not scored
   * @return {@link NextTokenMetrics}, {@link ClassificationMetrics} or {@link RegressionMetrics}
   * @throws IllegalArgumentException when there is no sequence, or a sequence lacks the labels or
   *     values of the task
   */
  public static Evaluation evaluate(
      ModelFile model,
      List<TrainingSequence> sequences,
      boolean continuous,
      EvaluationOptions options) {
    return model.config().bidirectional()
        ? evaluate(SequenceModel.load(model), sequences, options)
        : evaluate(RecurrentModel.load(model), sequences, continuous, options);
  }

  /**
   * How well a model tells labels of finished sequences, read as a whole in one direction or two.
   *
   * @throws IllegalArgumentException when there is no sequence, a sequence lacks labels, or the
   *     task is neither classify nor label
   */
  public static ClassificationMetrics evaluate(
      SequenceModel model, List<TrainingSequence> sequences, EvaluationOptions options) {
    requireSome(sequences);
    ModelConfig config = model.config();
    if (!config.task().hasLabels()) {
      throw new IllegalArgumentException(
          "model '%s' has the task %s; only classify and label tell labels, step the others"
              .formatted(config.modelId(), config.task()));
    }
    List<Labeller> visitors =
        WholeSequenceRunner.run(model, sequences, options, () -> new Labeller(config, sequences));
    return metrics(config, visitors);
  }

  private static void requireSome(List<TrainingSequence> sequences) {
    if (sequences.isEmpty()) {
      throw new IllegalArgumentException(
          "there are 0 sequences to evaluate on; give at least 1, or hold some back");
    }
  }

  /**
   * The metrics of the model's task, stepping through the sequences.
   *
   * @param continuous whether the sequences are pieces of a stream: their ends are not scored
   * @return {@link NextTokenMetrics}, {@link ClassificationMetrics} or {@link RegressionMetrics}
   * @throws IllegalArgumentException when there is no sequence, or a sequence lacks the labels or
   *     values of the task
   */
  public static Evaluation evaluate(
      RecurrentModel model,
      List<TrainingSequence> sequences,
      boolean continuous,
      EvaluationOptions options) {
    requireSome(sequences);
    return switch (model.config().task()) {
      case NEXT_TOKEN -> nextToken(model, sequences, continuous, options);
      case CLASSIFY, LABEL -> classify(model, sequences, continuous, options);
      case REGRESS -> regress(model, sequences, continuous, options);
      case SEQ2SEQ ->
          throw new IllegalArgumentException(
              "model '%s' has the task seq2seq, which does not step event by event"
                      .formatted(model.config().modelId())
                  + "; use next-token, classify, label or regress");
    };
  }

  private static NextTokenMetrics nextToken(
      RecurrentModel model,
      List<TrainingSequence> sequences,
      boolean continuous,
      EvaluationOptions options) {
    boolean first = model.config().vocabulary().beginId() != Vocabulary.ABSENT && !continuous;
    double[] natsOfSequence = new double[sequences.size()];
    List<NextTokenVisitor> visitors =
        SequenceRunner.run(
            model,
            sequences,
            continuous,
            options,
            () -> new NextTokenVisitor(first, options, natsOfSequence));
    long tokens = 0;
    TreeMap<Integer, Long> topK = new TreeMap<>();
    for (NextTokenVisitor visitor : visitors) {
      tokens += visitor.tokens;
      for (int i = 0; i < options.topK().size(); i++) {
        topK.merge(options.topK().get(i), visitor.hits[i], Long::sum);
      }
    }
    if (tokens == 0) {
      throw new IllegalArgumentException(
          "nothing precedes any token of %d sequences; give longer ones"
              .formatted(sequences.size()));
    }
    return new NextTokenMetrics(tokens, Arrays.stream(natsOfSequence).sum(), topK);
  }

  /** Without a begin token nothing foretells the first token of a sequence: it does not count. */
  private static final class NextTokenVisitor implements SequenceRunner.Visitor {
    private final boolean first;
    private final int[] ks;
    private final long[] hits;
    private final double[] nats;
    private long tokens;

    NextTokenVisitor(boolean first, EvaluationOptions options, double[] nats) {
      this.first = first;
      this.nats = nats;
      ks = options.topK().stream().mapToInt(Integer::intValue).toArray();
      hits = new long[ks.length];
    }

    @Override
    public void step(int index, int step, Session session, int row) {
      if (step == 0 && !first) {
        return;
      }
      tokens++;
      nats[index] += session.surprisal(row);
      int rank = session.rank(row);
      for (int i = 0; i < ks.length; i++) {
        hits[i] += rank < ks[i] ? 1 : 0;
      }
    }
  }

  private static ClassificationMetrics classify(
      RecurrentModel model,
      List<TrainingSequence> sequences,
      boolean continuous,
      EvaluationOptions options) {
    ModelConfig config = model.config();
    List<Labeller> visitors =
        SequenceRunner.run(
            model, sequences, continuous, options, () -> new Labeller(config, sequences));
    return metrics(config, visitors);
  }

  private static ClassificationMetrics metrics(ModelConfig config, List<Labeller> visitors) {
    int labels = config.labels().size();
    long[][] confusion = new long[labels][labels];
    for (Labeller visitor : visitors) {
      for (int row = 0; row < labels; row++) {
        for (int column = 0; column < labels; column++) {
          confusion[row][column] += visitor.confusion[row][column];
        }
      }
    }
    return new ClassificationMetrics(config.labels(), confusion);
  }

  /** Counts which label was taken for which. */
  private static final class Labeller
      implements SequenceRunner.Visitor, WholeSequenceRunner.Visitor {
    private final List<TrainingSequence> sequences;
    private final float[] outputs;
    private final long[][] confusion;

    Labeller(ModelConfig config, List<TrainingSequence> sequences) {
      this.sequences = sequences;
      outputs = new float[config.outputSize()];
      confusion = new long[config.labels().size()][config.labels().size()];
    }

    @Override
    public void step(int index, int step, Session session, int row) {
      int label = label(index, step);
      if (label >= 0) {
        session.readOutput(row, outputs);
        confusion[label][likeliest(outputs)]++;
      }
    }

    @Override
    public void sequence(int index, float[][] outputsOfSteps) {
      for (int step = 0; step < outputsOfSteps.length; step++) {
        int label = label(index, step);
        if (label >= 0) {
          confusion[label][likeliest(outputsOfSteps[step])]++;
        }
      }
    }

    /** The label of a step; negative when it has none. */
    private int label(int index, int step) {
      TrainingSequence sequence = sequences.get(index);
      int[] labels = require(sequence, sequence.labels(), "label");
      int target = target(labels.length, sequence, step);
      return target < 0 ? -1 : labels[target];
    }

    /** Of equal outputs the first; a single output is the logit of label 1. */
    private static int likeliest(float[] outputs) {
      if (outputs.length == 1) {
        return outputs[0] > 0 ? 1 : 0;
      }
      int best = 0;
      for (int i = 1; i < outputs.length; i++) {
        best = outputs[i] > outputs[best] ? i : best;
      }
      return best;
    }
  }

  private static <T> T require(TrainingSequence sequence, T targets, String what) {
    if (targets == null) {
      throw new IllegalArgumentException(
          sequence + " has no " + what + "; evaluate on sequences that have one");
    }
    return targets;
  }

  /** Which target belongs to a step, or -1: one of every step, or one after the last. */
  private static int target(int targets, TrainingSequence sequence, int step) {
    if (targets == sequence.length()) {
      return step;
    }
    return step == sequence.length() - 1 ? 0 : -1;
  }

  private static RegressionMetrics regress(
      RecurrentModel model,
      List<TrainingSequence> sequences,
      boolean continuous,
      EvaluationOptions options) {
    int outputs = model.config().outputSize();
    double[] squares = new double[sequences.size()];
    double[] absolutes = new double[sequences.size()];
    List<RegressVisitor> visitors =
        SequenceRunner.run(
            model,
            sequences,
            continuous,
            options,
            () -> new RegressVisitor(outputs, sequences, squares, absolutes));
    double squared = Arrays.stream(squares).sum();
    double absolute = Arrays.stream(absolutes).sum();
    long steps = visitors.stream().mapToLong(visitor -> visitor.steps).sum();
    double[] mean = meanTarget(sequences, outputs);
    double variation = 0;
    for (TrainingSequence sequence : sequences) {
      for (float[] values : sequence.values()) {
        for (int i = 0; i < outputs; i++) {
          variation += (values[i] - mean[i]) * (values[i] - mean[i]);
        }
      }
    }
    long count = steps * outputs;
    double r2 = variation > 0 ? 1 - squared / variation : Double.NaN;
    return new RegressionMetrics(count, squared / count, absolute / count, r2);
  }

  private static double[] meanTarget(List<TrainingSequence> sequences, int outputs) {
    double[] sum = new double[outputs];
    long count = 0;
    for (TrainingSequence sequence : sequences) {
      for (float[] values : sequence.values()) {
        count++;
        for (int i = 0; i < outputs; i++) {
          sum[i] += values[i];
        }
      }
    }
    for (int i = 0; i < outputs; i++) {
      sum[i] /= count;
    }
    return sum;
  }

  private static final class RegressVisitor implements SequenceRunner.Visitor {
    private final List<TrainingSequence> sequences;
    private final float[] outputs;
    private final double[] squares;
    private final double[] absolutes;
    private long steps;

    RegressVisitor(
        int outputs, List<TrainingSequence> sequences, double[] squares, double[] absolutes) {
      this.sequences = sequences;
      this.squares = squares;
      this.absolutes = absolutes;
      this.outputs = new float[outputs];
    }

    @Override
    public void step(int index, int step, Session session, int row) {
      TrainingSequence sequence = sequences.get(index);
      float[][] values = require(sequence, sequence.values(), "value");
      int target = target(values.length, sequence, step);
      if (target < 0) {
        return;
      }
      if (values[target].length != outputs.length) {
        throw new IllegalArgumentException(
            "%s has %d values a step and the model predicts %d; evaluate on data of the model"
                .formatted(sequence, values[target].length, outputs.length));
      }
      session.readOutput(row, outputs);
      for (int i = 0; i < outputs.length; i++) {
        double off = (double) outputs[i] - values[target][i];
        squares[index] += off * off;
        absolutes[index] += Math.abs(off);
      }
      steps++;
    }
  }
}
