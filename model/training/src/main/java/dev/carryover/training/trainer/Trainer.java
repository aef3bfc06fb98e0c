package dev.carryover.training.trainer;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Task;
import dev.carryover.training.data.Batch;
import dev.carryover.training.data.Batches;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.export.ModelExport;
import dev.carryover.training.export.StateDict;
import dev.carryover.training.layers.NetworkShape;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Trains one model of sequences, as {@link TrainingRun} says, and leaves it in a folder.
 *
 * <pre>{@code
 * TrainingResult result =
 *     Trainer.train(plan, data, Path.of("run"), TrainingListener.SILENT);
 * RecurrentModel model = RecurrentModel.load(result.best());
 * }</pre>
 *
 * <p>Pairs of sequences, for the task seq2seq, have a trainer of their own.
 */
public final class Trainer {
  /** The model file of the best epoch. */
  public static final String MODEL = TrainingRun.MODEL;

  /** The weights of the best epoch for PyTorch. */
  public static final String STATE_DICT = TrainingRun.STATE_DICT;

  private Trainer() {}

  /**
   * The network that a plan makes for data.
   *
   * @throws IllegalArgumentException when the two do not fit
   */
  public static NetworkShape shape(TrainingPlan plan, TrainingData data) {
    plan.checkTask(data.task());
    int outputs =
        switch (data.task()) {
          case NEXT_TOKEN -> data.vocabulary() == null ? 0 : data.vocabulary().size();
          case CLASSIFY, LABEL -> data.labels().size();
          case REGRESS -> data.valueCount();
          case SEQ2SEQ ->
              throw new IllegalArgumentException(
                  "task seq2seq learns from pairs and not from sequences; give it a file of pairs");
        };
    if (outputs < (data.task() == Task.REGRESS ? 1 : 2)) {
      throw new IllegalArgumentException(
          "task %s has %d outputs to learn; give it a vocabulary or labels of at least 2, or values"
              .formatted(data.task(), outputs));
    }
    if (plan.bidirectional() && data.task() != Task.LABEL) {
      throw new IllegalArgumentException(
          "bidirectional is true and the task "
              + data.task()
              + ": only label may read what comes later; leave bidirectional out");
    }
    boolean tokens = data.vocabulary() != null;
    return new NetworkShape(
        tokens ? data.vocabulary().size() : 0,
        tokens ? plan.embeddingSize() : data.features().size(),
        plan.cell(),
        plan.gruReset(),
        plan.hiddenSize(),
        plan.layers(),
        plan.bidirectional(),
        true,
        outputs);
  }

  /**
   * Trains a model from the beginning.
   *
   * @param folder where everything is left; made when absent
   * @throws TrainingException when the folder holds a run, or the loss is no number
   * @throws IOException when a file cannot be written; checkpoints that stand there stay whole
   * @throws IllegalArgumentException when plan and data do not fit
   * @throws IllegalStateException when the backend of this build cannot run here
   */
  public static TrainingResult train(
      TrainingPlan plan, TrainingData data, Path folder, TrainingListener listener)
      throws IOException, TrainingException {
    return TrainingRun.train(
        plan, data.digest(), () -> new SequenceLearner(plan, data), folder, listener);
  }

  /**
   * Goes on with a run from its last checkpoint; what comes out is what would have come out without
   * the stop.
   *
   * @param plan the plan of the run; it may have more epochs
   * @throws TrainingException when the run had another plan or other data, or the loss is no number
   * @throws IOException when there is no whole checkpoint, or a file cannot be written
   */
  public static TrainingResult resume(
      TrainingPlan plan, TrainingData data, Path folder, TrainingListener listener)
      throws IOException, TrainingException {
    return TrainingRun.resume(
        plan, data.digest(), () -> new SequenceLearner(plan, data), folder, listener);
  }

  /** Sequences, in whole or in windows. */
  private static final class SequenceLearner implements TrainingRun.Learner {
    private final TrainingPlan plan;
    private final TrainingData data;
    private final NetworkShape shape;
    private final Parameters shared;
    private final Workers<Worker> workers;
    private Batches batches;
    private int epochOfBatches = -1;

    SequenceLearner(TrainingPlan plan, TrainingData data) {
      this.plan = plan;
      this.data = data;
      shape = shape(plan, data);
      shared = Parameters.zeros(Precision.FLOAT, shape);
      boolean carries = data.continuous() || plan.window() > 0;
      // The first thread has the fewest rows and the last the most: the share rounded up.
      int rows = carries ? (plan.batchSize() + plan.threads() - 1) / plan.threads() : 0;
      List<Worker> parts = new ArrayList<>();
      for (int i = 0; i < plan.threads(); i++) {
        parts.add(new Worker(shape, shared, plan.dropout(), data.task(), rows));
      }
      workers = Worker.threads(parts, shared.size());
    }

    @Override
    public String description() {
      return "%s, %s of %d x %d"
          .formatted(data.task(), shape.cell(), shape.layers(), shape.hiddenSize());
    }

    @Override
    public float[] initialWeights() {
      return Parameters.initial(shape, plan.seed());
    }

    @Override
    public int batches(int epoch) {
      return ofEpoch(epoch).size();
    }

    private Batches ofEpoch(int epoch) {
      if (epoch != epochOfBatches) {
        batches = Batches.ofEpoch(data, data.training(), plan.batchOptions(), epoch);
        epochOfBatches = epoch;
      }
      return batches;
    }

    @Override
    public void take(float[] weights) {
      shared.write(weights);
    }

    @Override
    public TrainingRun.Learned learn(int epoch, int batch, long seed) {
      Batch rows = ofEpoch(epoch).get(batch);
      double loss = Worker.train(workers, rows, seed);
      return new TrainingRun.Learned(loss, IntStream.of(rows.lengths()).asLongStream().sum());
    }

    @Override
    public float[] gradient() {
      return workers.gradient();
    }

    @Override
    public String scoreName() {
      return data.validation().isEmpty() ? "training_loss" : "validation_loss";
    }

    @Override
    public Optional<TrainingRun.Validated> validate() {
      if (data.validation().isEmpty()) {
        return Optional.empty();
      }
      double sum = 0;
      long targets = 0;
      for (Batch rows : Batches.inOrder(data, data.validation(), plan.batchOptions())) {
        sum += Worker.validate(workers, rows);
        targets += rows.targetCount();
      }
      return Optional.of(TrainingRun.Validated.ofLoss(sum / targets));
    }

    @Override
    public List<float[]> carried() {
      return workers.all().stream().map(Worker::carriedStates).toList();
    }

    @Override
    public void carry(List<float[]> states) {
      for (int i = 0; i < states.size(); i++) {
        workers.all().get(i).carry(states.get(i));
      }
    }

    @Override
    public ModelFile export(float[] weights, Path stateDict, Map<String, String> provenance)
        throws IOException {
      StateDict.write(shape.parameterShapes(), weights, stateDict);
      return ModelExport.modelFile(
          plan.modelId(), shape, data, weights, plan.selfTests(), provenance);
    }

    @Override
    public void close() {
      workers.close();
    }
  }
}
