package dev.carryover.training.trainer;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.spec.Task;
import dev.carryover.training.data.Batch;
import dev.carryover.training.data.Batches;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.export.AtomicFile;
import dev.carryover.training.export.ModelExport;
import dev.carryover.training.export.StateDict;
import dev.carryover.training.layers.NetworkShape;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.optimizer.GradientNorm;
import dev.carryover.training.optimizer.Optimizer;
import dev.carryover.training.optimizer.Schedule;
import dev.carryover.training.tensor.Backend;
import dev.carryover.training.tensor.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Trains one model, and leaves in a folder:
 *
 * <pre>
 * plan.yaml                every value of the plan
 * last.checkpoint          all that is needed to go on, after every epoch
 * best.checkpoint          the same of the epoch with the lowest validation loss
 * history.json             {@link RunHistory}
 * model.safetensors        the model file of the best epoch (tasks that the runtime serves)
 * state_dict.safetensors   the same weights for PyTorch
 * </pre>
 *
 * <pre>{@code
 * TrainingResult result =
 *     Trainer.train(plan, data, Path.of("run"), TrainingListener.SILENT);
 * RecurrentModel model = RecurrentModel.load(result.best());
 * }</pre>
 *
 * <p>The same plan, data, machine kind and number of threads give the same bits, whether the run
 * was stopped and resumed or not. When the JVM is asked to stop, the batch at hand is finished and
 * the last checkpoint written.
 */
public final class Trainer {
  static final String LAST = "last.checkpoint";
  static final String BEST = "best.checkpoint";
  static final String HISTORY = "history.json";
  static final String PLAN = "plan.yaml";

  /** The model file of the best epoch. */
  public static final String MODEL = "model.safetensors";

  /** The weights of the best epoch for PyTorch. */
  public static final String STATE_DICT = "state_dict.safetensors";

  private final TrainingPlan plan;
  private final TrainingData data;
  private final Path folder;
  private final TrainingListener listener;
  private final StopRequest stop;
  private final NetworkShape shape;
  private final float[] weights;
  private final Parameters shared;
  private final Optimizer optimizer;
  private final Schedule schedule;
  private final long totalSteps;
  private RunHistory history;
  private int epoch;
  private int batch;
  private double lossSum;
  private double secondsInEpoch;
  private double bestLoss = Double.POSITIVE_INFINITY;
  private int epochsSinceBest;

  private Trainer(
      TrainingPlan plan,
      TrainingData data,
      Path folder,
      TrainingListener listener,
      StopRequest stop) {
    Backend.start();
    this.plan = plan;
    this.data = data;
    this.folder = folder;
    this.listener = listener;
    this.stop = stop;
    shape = shape(plan, data);
    weights = Parameters.initial(shape, plan.seed());
    shared = Parameters.zeros(Precision.FLOAT, shape);
    optimizer = plan.newOptimizer(weights.length);
    int epochSteps = Batches.ofEpoch(data, data.training(), plan.batchOptions(), 0).size();
    schedule = plan.newSchedule(epochSteps);
    totalSteps = (long) plan.epochs() * epochSteps;
    history = new RunHistory(Backend.description(), plan.seed(), plan.threads(), weights.length);
  }

  /**
   * The network that a plan makes for data.
   *
   * @throws IllegalArgumentException when the two do not fit
   */
  public static NetworkShape shape(TrainingPlan plan, TrainingData data) {
    int outputs =
        switch (data.task()) {
          case NEXT_TOKEN -> data.vocabulary() == null ? 0 : data.vocabulary().size();
          case CLASSIFY, LABEL -> data.labels().size();
          case REGRESS -> data.valueCount();
          case SEQ2SEQ ->
              throw new IllegalArgumentException(
                  "task seq2seq is not trained here; use next-token, classify, label or regress");
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
    Files.createDirectories(folder);
    if (Files.exists(folder.resolve(LAST))) {
      throw new TrainingException(
          folder + " holds the checkpoint of a run; resume it, or name another folder");
    }
    try (StopRequest stop = new StopRequest()) {
      Trainer trainer = new Trainer(plan, data, folder, listener, stop);
      byte[] yaml = plan.toYaml().getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(folder.resolve(PLAN), out -> out.write(yaml));
      return trainer.run(List.of());
    }
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
    Checkpoint checkpoint = Checkpoint.read(folder.resolve(LAST));
    TrainingPlan before = TrainingPlan.parse(checkpoint.plan(), folder.resolve(LAST).toString());
    if (!before.withEpochs(plan.epochs()).equals(plan)) {
      throw new TrainingException(
          "%s was begun with another plan (%s); resume it with that one, with more epochs at most"
              .formatted(folder, before.differences(plan)));
    }
    if (!checkpoint.dataDigest().equals(data.digest())) {
      throw new TrainingException(
          "%s was begun with data of digest %s and this is %s; resume it with the same files"
              .formatted(folder, checkpoint.dataDigest(), data.digest()));
    }
    try (StopRequest stop = new StopRequest()) {
      Trainer trainer = new Trainer(plan, data, folder, listener, stop);
      trainer.restore(checkpoint);
      return trainer.run(checkpoint.carried());
    }
  }

  private void restore(Checkpoint checkpoint) {
    epoch = checkpoint.epoch();
    batch = checkpoint.batch();
    lossSum = checkpoint.lossSum();
    secondsInEpoch = checkpoint.secondsInEpoch();
    bestLoss = checkpoint.bestLoss();
    epochsSinceBest = checkpoint.epochsSinceBest();
    history = checkpoint.history();
    System.arraycopy(checkpoint.weights(), 0, weights, 0, weights.length);
    optimizer.resume(checkpoint.optimizerSteps());
    for (int i = 0; i < checkpoint.memory().size(); i++) {
      System.arraycopy(checkpoint.memory().get(i), 0, optimizer.memory().get(i), 0, weights.length);
    }
  }

  private Workers workers() {
    boolean carries = data.continuous() || plan.window() > 0;
    int rows = carries ? Workers.rowsOfThread(plan.batchSize(), plan.threads()) : 0;
    List<Worker> workers = new ArrayList<>();
    for (int i = 0; i < plan.threads(); i++) {
      workers.add(new Worker(shape, shared, plan.dropout(), data.task(), rows));
    }
    return new Workers(workers, weights.length);
  }

  private TrainingResult run(List<float[]> carried) throws IOException, TrainingException {
    shared.write(weights);
    listener.started(
        Backend.description(),
        "%s, %s of %d x %d, %,d parameters"
            .formatted(
                data.task(), shape.cell(), shape.layers(), shape.hiddenSize(), weights.length),
        totalSteps);
    if (!Backend.threadAdvice().isEmpty()) {
      listener.warning(Backend.threadAdvice());
    }
    try (Workers workers = workers()) {
      if (!carried.isEmpty()) {
        workers.carry(carried);
      }
      while (epoch < plan.epochs() && !exhausted()) {
        if (!trainEpoch(workers)) {
          return result(true);
        }
        endEpoch(workers);
      }
    }
    return result(false);
  }

  private boolean exhausted() {
    return plan.patience() > 0 && epochsSinceBest >= plan.patience();
  }

  /** Whether the epoch came to its end; otherwise the run was asked to stop. */
  private boolean trainEpoch(Workers workers) throws IOException, TrainingException {
    Batches batches = Batches.ofEpoch(data, data.training(), plan.batchOptions(), epoch);
    while (batch < batches.size()) {
      long begun = System.nanoTime();
      trainBatch(workers, batches.get(batch), begun);
      batch++;
      secondsInEpoch += (System.nanoTime() - begun) / 1e9;
      boolean due = plan.checkpointSteps() > 0 && optimizer.steps() % plan.checkpointSteps() == 0;
      if (due || stop.requested()) {
        write(LAST, workers);
      }
      if (stop.requested()) {
        return false;
      }
    }
    return true;
  }

  private void trainBatch(Workers workers, Batch rows, long begun) throws TrainingException {
    double loss = workers.train(rows, plan.seed() * 0x9E3779B97F4A7C15L + optimizer.steps());
    float[] gradient = workers.gradient();
    double norm =
        plan.clipNorm() > 0
            ? GradientNorm.clip(gradient, plan.clipNorm())
            : GradientNorm.of(gradient);
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      throw new TrainingException(
          "the loss is %s and the norm of its gradient %s at step %d; use a lower learning rate than %s or a smaller clip-norm than %s, checkpoints are as they were"
              .formatted(loss, norm, optimizer.steps() + 1, plan.learningRate(), plan.clipNorm()));
    }
    double rate = plan.learningRate() * schedule.factor(optimizer.steps());
    optimizer.step(weights, gradient, rate);
    shared.write(weights);
    lossSum += loss;
    long tokens = 0;
    for (int length : rows.lengths()) {
      tokens += length;
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    RunHistory.Step step =
        new RunHistory.Step(optimizer.steps(), epoch + 1, loss, rate, norm, tokens / seconds);
    history.add(step);
    listener.step(step, totalSteps, left(seconds));
  }

  private Duration left(double seconds) {
    double elapsed = history.seconds() + secondsInEpoch + seconds;
    double perStep = elapsed / optimizer.steps();
    return Duration.ofSeconds(Math.round(Math.max(0, totalSteps - optimizer.steps()) * perStep));
  }

  private void endEpoch(Workers workers) throws IOException {
    long begun = System.nanoTime();
    double trainingLoss = lossSum / batch;
    double validationLoss = validate(workers);
    double loss = Double.isNaN(validationLoss) ? trainingLoss : validationLoss;
    boolean best = loss < bestLoss;
    if (best) {
      bestLoss = loss;
      epochsSinceBest = 0;
    } else {
      epochsSinceBest++;
    }
    double seconds = secondsInEpoch + (System.nanoTime() - begun) / 1e9;
    RunHistory.Epoch done =
        new RunHistory.Epoch(
            epoch + 1, optimizer.steps(), trainingLoss, validationLoss, seconds, best);
    history.add(done);
    epoch++;
    batch = 0;
    lossSum = 0;
    secondsInEpoch = 0;
    if (best) {
      write(BEST, workers);
    }
    write(LAST, workers);
    history.write(folder.resolve(HISTORY));
    listener.epoch(done);
  }

  private double validate(Workers workers) {
    if (data.validation().isEmpty()) {
      return Double.NaN;
    }
    double sum = 0;
    long targets = 0;
    for (Batch rows : Batches.inOrder(data, data.validation(), plan.batchOptions())) {
      sum += workers.validate(rows);
      targets += rows.targetCount();
    }
    return sum / targets;
  }

  private void write(String name, Workers workers) throws IOException {
    Path path = folder.resolve(name);
    new Checkpoint(
            plan.toYaml(),
            data.digest(),
            epoch,
            batch,
            optimizer.steps(),
            lossSum,
            secondsInEpoch,
            bestLoss,
            epochsSinceBest,
            history,
            weights,
            optimizer.memory(),
            workers.carried())
        .write(path);
    listener.checkpoint(path);
  }

  private TrainingResult result(boolean interrupted) throws IOException {
    history.write(folder.resolve(HISTORY));
    Path best = folder.resolve(BEST);
    if (!Files.exists(best)) {
      return new TrainingResult(Optional.empty(), history, bestLoss, interrupted);
    }
    Checkpoint checkpoint = Checkpoint.read(best);
    StateDict.write(shape, checkpoint.weights(), folder.resolve(STATE_DICT));
    ModelFile model =
        ModelExport.modelFile(
            plan.modelId(),
            shape,
            data,
            checkpoint.weights(),
            plan.selfTests(),
            provenance(checkpoint));
    ModelFileWriter.write(model, folder.resolve(MODEL));
    return new TrainingResult(Optional.of(model), history, bestLoss, interrupted);
  }

  private Map<String, String> provenance(Checkpoint best) {
    Map<String, String> facts = new TreeMap<>();
    facts.put("trained_by", "carryover-model-training");
    facts.put("backend", history.backend());
    facts.put("data_sha256", data.digest());
    facts.put("seed", Long.toString(plan.seed()));
    facts.put("threads", Integer.toString(plan.threads()));
    facts.put("epoch", Integer.toString(best.epoch()));
    facts.put("steps", Long.toString(best.optimizerSteps()));
    facts.put(
        data.validation().isEmpty() ? "training_loss" : "validation_loss",
        Double.toString(best.bestLoss()));
    facts.put("plan", plan.toYaml());
    return facts;
  }
}
