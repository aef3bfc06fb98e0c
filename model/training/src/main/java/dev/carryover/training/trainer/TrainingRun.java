package dev.carryover.training.trainer;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.training.export.AtomicFile;
import dev.carryover.training.optimizer.GradientNorm;
import dev.carryover.training.optimizer.Optimizer;
import dev.carryover.training.optimizer.Schedule;
import dev.carryover.training.tensor.Backend;
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
import java.util.function.Supplier;

/**
 * The loop of a run, whatever is trained in it: batches, updates, validation, early stopping,
 * checkpoints and resumption. Leaves in a folder:
 *
 * <pre>
 * plan.yaml                every value of the plan
 * last.checkpoint          all that is needed to go on, after every epoch
 * best.checkpoint          the same of the epoch with the lowest validation score
 * history.json             {@link RunHistory}
 * model.safetensors        the model file of the best epoch
 * state_dict.safetensors   the same weights for PyTorch
 * </pre>
 *
 * <p>The same plan, data, machine kind and number of threads give the same bits, whether the run
 * was stopped and resumed or not. When the JVM is asked to stop, the batch at hand is finished and
 * the last checkpoint written.
 */
public final class TrainingRun {
  static final String LAST = "last.checkpoint";
  static final String BEST = "best.checkpoint";
  static final String HISTORY = "history.json";
  static final String PLAN = "plan.yaml";

  /** The model file of the best epoch. */
  public static final String MODEL = "model.safetensors";

  /** The weights of the best epoch for PyTorch. */
  public static final String STATE_DICT = "state_dict.safetensors";

  /** The optimizer's first updates, in which an average of all weights would still be the first. */
  private static final double YOUNG_STEPS = 10;

  private final TrainingPlan plan;
  private final String dataDigest;
  private final Learner learner;
  private final Path folder;
  private final TrainingListener listener;
  private final StopRequest stop;
  private final float[] weights;
  private final float[] average;
  private final Optimizer optimizer;
  private final Schedule schedule;
  private final long totalSteps;
  private RunHistory history;
  private int epoch;
  private int batch;
  private double lossSum;
  private double secondsInEpoch;
  private double bestScore = Double.POSITIVE_INFINITY;
  private int epochsSinceBest;

  /** What is trained: knows its data, its network and the threads that share a batch. */
  public interface Learner extends AutoCloseable {
    /** What is trained, in one line. */
    String description();

    /** Weights to begin with, {@code [P]}. */
    float[] initialWeights();

    /** The number of batches of an epoch, counted from 0. */
    int batches(int epoch);

    /** The weights of the passes to come. */
    void take(float[] weights);

    /**
     * Forward and back over a batch; the gradient is in {@link #gradient}.
     *
     * @param seed decides all that is random in it
     */
    Learned learn(int epoch, int batch, long seed);

    /** The gradient of the last {@link #learn}, {@code [P]}, free to be overwritten. */
    float[] gradient();

    /** What the score of the best weights is, as a name among the provenance of their model. */
    String scoreName();

    /** How good the weights are on what was held back; empty when nothing was. */
    Optional<Validated> validate();

    /** What goes on from batch to batch, for a checkpoint. */
    default List<float[]> carried() {
      return List.of();
    }

    /** Takes up what {@link #carried} gave. */
    default void carry(List<float[]> states) {}

    /**
     * Writes the weights for PyTorch, and makes their model file.
     *
     * @param stateDict where the weights go
     * @param provenance how they came to be
     */
    ModelFile export(float[] weights, Path stateDict, Map<String, String> provenance)
        throws IOException;

    @Override
    void close();
  }

  /**
   * What came of a batch.
   *
   * @param loss the mean over its targets
   * @param tokens steps of sequences, padding not counted
   */
  public record Learned(double loss, long tokens) {}

  /**
   * How good weights are.
   *
   * @param loss the mean over the targets held back
   * @param score what decides which weights are the best: the lowest, of equal ones the lowest loss
   * @param metrics what else was measured
   */
  public record Validated(double loss, double score, Map<String, Double> metrics) {
    /** A loss that is also the score. */
    static Validated ofLoss(double loss) {
      return new Validated(loss, loss, Map.of());
    }
  }

  private TrainingRun(
      TrainingPlan plan,
      String dataDigest,
      Learner learner,
      Path folder,
      TrainingListener listener,
      StopRequest stop) {
    this.plan = plan;
    this.dataDigest = dataDigest;
    this.learner = learner;
    this.folder = folder;
    this.listener = listener;
    this.stop = stop;
    weights = learner.initialWeights();
    average = plan.averaging() > 0 ? weights.clone() : null;
    optimizer = plan.newOptimizer(weights.length);
    int epochSteps = learner.batches(0);
    schedule = plan.newSchedule(epochSteps);
    totalSteps = (long) plan.epochs() * epochSteps;
    history = new RunHistory(Backend.description(), plan.seed(), plan.threads(), weights.length);
  }

  /**
   * Trains a model from the beginning.
   *
   * @param dataDigest tells the data from other data
   * @param learner is made when nothing speaks against the run, and closed at its end
   * @param folder where everything is left; made when absent
   * @throws TrainingException when the folder holds a run, or the loss is no number
   * @throws IOException when a file cannot be written; checkpoints that stand there stay whole
   * @throws IllegalStateException when the backend of this build cannot run here
   */
  public static TrainingResult train(
      TrainingPlan plan,
      String dataDigest,
      Supplier<Learner> learner,
      Path folder,
      TrainingListener listener)
      throws IOException, TrainingException {
    Files.createDirectories(folder);
    if (Files.exists(folder.resolve(LAST))) {
      throw new TrainingException(
          folder + " holds the checkpoint of a run; resume it, or name another folder");
    }
    Backend.start();
    try (StopRequest stop = new StopRequest();
        Learner made = learner.get()) {
      TrainingRun run = new TrainingRun(plan, dataDigest, made, folder, listener, stop);
      byte[] yaml = plan.toYaml().getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(folder.resolve(PLAN), out -> out.write(yaml));
      return run.run();
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
      TrainingPlan plan,
      String dataDigest,
      Supplier<Learner> learner,
      Path folder,
      TrainingListener listener)
      throws IOException, TrainingException {
    Checkpoint checkpoint = Checkpoint.read(folder.resolve(LAST));
    TrainingPlan before = TrainingPlan.parse(checkpoint.plan(), folder.resolve(LAST).toString());
    if (!before.withEpochs(plan.epochs()).equals(plan)) {
      throw new TrainingException(
          "%s was begun with another plan (%s); resume it with that one, with more epochs at most"
              .formatted(folder, before.differences(plan)));
    }
    if (!checkpoint.dataDigest().equals(dataDigest)) {
      throw new TrainingException(
          "%s was begun with data of digest %s and this is %s; resume it with the same files"
              .formatted(folder, checkpoint.dataDigest(), dataDigest));
    }
    Backend.start();
    try (StopRequest stop = new StopRequest();
        Learner made = learner.get()) {
      TrainingRun run = new TrainingRun(plan, dataDigest, made, folder, listener, stop);
      run.restore(checkpoint);
      return run.run();
    }
  }

  private void restore(Checkpoint checkpoint) {
    epoch = checkpoint.epoch();
    batch = checkpoint.batch();
    lossSum = checkpoint.lossSum();
    secondsInEpoch = checkpoint.secondsInEpoch();
    bestScore = checkpoint.bestLoss();
    epochsSinceBest = checkpoint.epochsSinceBest();
    history = checkpoint.history();
    System.arraycopy(checkpoint.weights(), 0, weights, 0, weights.length);
    optimizer.resume(checkpoint.optimizerSteps());
    List<float[]> memory = memory();
    for (int i = 0; i < memory.size(); i++) {
      System.arraycopy(checkpoint.memory().get(i), 0, memory.get(i), 0, weights.length);
    }
    if (!checkpoint.carried().isEmpty()) {
      learner.carry(checkpoint.carried());
    }
  }

  /** What the optimizer remembers, and the average of the weights behind it. */
  private List<float[]> memory() {
    List<float[]> memory = new ArrayList<>(optimizer.memory());
    if (average != null) {
      memory.add(average);
    }
    return memory;
  }

  private TrainingResult run() throws IOException, TrainingException {
    learner.take(weights);
    listener.started(
        Backend.description(),
        "%s, %,d parameters".formatted(learner.description(), weights.length),
        totalSteps);
    if (!Backend.threadAdvice().isEmpty()) {
      listener.warning(Backend.threadAdvice());
    }
    while (epoch < plan.epochs() && !exhausted()) {
      if (!trainEpoch()) {
        return result(true);
      }
      endEpoch();
    }
    return result(false);
  }

  private boolean exhausted() {
    return plan.patience() > 0 && epochsSinceBest >= plan.patience();
  }

  /** Whether the epoch came to its end; otherwise the run was asked to stop. */
  private boolean trainEpoch() throws IOException, TrainingException {
    int batches = learner.batches(epoch);
    while (batch < batches) {
      long begun = System.nanoTime();
      trainBatch(begun);
      batch++;
      secondsInEpoch += (System.nanoTime() - begun) / 1e9;
      boolean due = plan.checkpointSteps() > 0 && optimizer.steps() % plan.checkpointSteps() == 0;
      if (due || stop.requested()) {
        write(LAST, weights);
      }
      if (stop.requested()) {
        return false;
      }
    }
    return true;
  }

  private void trainBatch(long begun) throws TrainingException {
    Learned learned =
        learner.learn(epoch, batch, plan.seed() * 0x9E3779B97F4A7C15L + optimizer.steps());
    float[] gradient = learner.gradient();
    double norm =
        plan.clipNorm() > 0
            ? GradientNorm.clip(gradient, plan.clipNorm())
            : GradientNorm.of(gradient);
    if (!Double.isFinite(learned.loss()) || !Double.isFinite(norm)) {
      throw new TrainingException(
          "the loss is %s and the norm of its gradient %s at step %d; use a lower learning rate than %s or a smaller clip-norm than %s, checkpoints are as they were"
              .formatted(
                  learned.loss(),
                  norm,
                  optimizer.steps() + 1,
                  plan.learningRate(),
                  plan.clipNorm()));
    }
    double rate = plan.learningRate() * schedule.factor(optimizer.steps());
    optimizer.step(weights, gradient, rate);
    if (average != null) {
      // Of few updates the average is short: the first weights are nobody's choice.
      double steps = optimizer.steps();
      double kept = Math.min(plan.averaging(), (1 + steps) / (YOUNG_STEPS + steps));
      average(average, weights, (float) kept);
    }
    learner.take(weights);
    lossSum += learned.loss();
    double seconds = (System.nanoTime() - begun) / 1e9;
    RunHistory.Step step =
        new RunHistory.Step(
            optimizer.steps(), epoch + 1, learned.loss(), rate, norm, learned.tokens() / seconds);
    history.add(step);
    listener.step(step, totalSteps, left(seconds));
  }

  private static void average(float[] average, float[] weights, float kept) {
    float taken = 1 - kept;
    for (int i = 0; i < average.length; i++) {
      average[i] = kept * average[i] + taken * weights[i];
    }
  }

  private Duration left(double seconds) {
    double elapsed = history.seconds() + secondsInEpoch + seconds;
    double perStep = elapsed / optimizer.steps();
    return Duration.ofSeconds(Math.round(Math.max(0, totalSteps - optimizer.steps()) * perStep));
  }

  private void endEpoch() throws IOException {
    long begun = System.nanoTime();
    double trainingLoss = lossSum / batch;
    Optional<Validated> validated = validate();
    double score = validated.map(Validated::score).orElse(trainingLoss);
    double validationLoss = validated.map(Validated::loss).orElse(Double.NaN);
    boolean best = score < bestScore || (score == bestScore && validationLoss < lossOfBest());
    if (best) {
      bestScore = score;
      epochsSinceBest = 0;
    } else {
      epochsSinceBest++;
    }
    double seconds = secondsInEpoch + (System.nanoTime() - begun) / 1e9;
    RunHistory.Epoch done =
        new RunHistory.Epoch(
            epoch + 1,
            optimizer.steps(),
            trainingLoss,
            validationLoss,
            seconds,
            best,
            validated.map(Validated::metrics).orElse(Map.of()));
    history.add(done);
    epoch++;
    batch = 0;
    lossSum = 0;
    secondsInEpoch = 0;
    if (best) {
      write(BEST, average == null ? weights : average);
    }
    write(LAST, weights);
    history.write(folder.resolve(HISTORY));
    listener.epoch(done);
  }

  /** Of equal scores, which a word error rate has at first, the loss decides. */
  private double lossOfBest() {
    double loss = Double.POSITIVE_INFINITY;
    for (RunHistory.Epoch earlier : history.epochs()) {
      loss = earlier.best() ? earlier.validationLoss() : loss;
    }
    return loss;
  }

  private Optional<Validated> validate() {
    if (average == null) {
      return learner.validate();
    }
    learner.take(average);
    Optional<Validated> validated = learner.validate();
    learner.take(weights);
    return validated;
  }

  private void write(String name, float[] ofCheckpoint) throws IOException {
    Path path = folder.resolve(name);
    new Checkpoint(
            plan.toYaml(),
            dataDigest,
            epoch,
            batch,
            optimizer.steps(),
            lossSum,
            secondsInEpoch,
            bestScore,
            epochsSinceBest,
            history,
            ofCheckpoint,
            memory(),
            learner.carried())
        .write(path);
    listener.checkpoint(path);
  }

  private TrainingResult result(boolean interrupted) throws IOException {
    history.write(folder.resolve(HISTORY));
    Path best = folder.resolve(BEST);
    if (!Files.exists(best)) {
      return new TrainingResult(Optional.empty(), history, bestScore, interrupted);
    }
    Checkpoint checkpoint = Checkpoint.read(best);
    ModelFile model =
        learner.export(checkpoint.weights(), folder.resolve(STATE_DICT), provenance(checkpoint));
    ModelFileWriter.write(model, folder.resolve(MODEL));
    return new TrainingResult(Optional.of(model), history, bestScore, interrupted);
  }

  private Map<String, String> provenance(Checkpoint best) {
    Map<String, String> facts = new TreeMap<>();
    facts.put("trained_by", "carryover-model-training");
    facts.put("backend", history.backend());
    facts.put("data_sha256", dataDigest);
    facts.put("seed", Long.toString(plan.seed()));
    facts.put("threads", Integer.toString(plan.threads()));
    facts.put("epoch", Integer.toString(best.epoch()));
    facts.put("steps", Long.toString(best.optimizerSteps()));
    facts.put(learner.scoreName(), Double.toString(best.bestLoss()));
    facts.put("plan", plan.toYaml());
    return facts;
  }
}
