package dev.carryover.training.transduction;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.export.StateDict;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairBatch;
import dev.carryover.training.pairs.PairBatches;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.seq2seq.Seq2SeqNetwork;
import dev.carryover.training.tensor.Precision;
import dev.carryover.training.trainer.TrainingPlan;
import dev.carryover.training.trainer.TrainingRun;
import dev.carryover.training.trainer.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Learns from pairs; the share of wrong answers on those held back says which weights are best. */
final class PairLearner implements TrainingRun.Learner {
  /** Rows that all threads decode together in validation. */
  private static final int DECODED_ROWS = 256;

  private final TrainingPlan plan;
  private final PairData data;
  private final ModelConfig config;
  private final Parameters shared;
  private final Workers<PairWorker> workers;
  private final SamplingSchedule sampling;
  private final List<Pair> heldBack;
  private PairBatches batches;
  private int epochOfBatches = -1;

  PairLearner(TrainingPlan plan, PairData data) {
    this.plan = plan;
    this.data = data;
    config = Seq2SeqTrainer.config(plan, data);
    shared = Parameters.zeros(Precision.FLOAT, Seq2SeqNetwork.parameterShapes(config));
    List<PairWorker> parts = new ArrayList<>();
    for (int i = 0; i < plan.threads(); i++) {
      parts.add(new PairWorker(config, shared, plan.dropout(), plan.labelSmoothing()));
    }
    workers = new Workers<>(parts, PairWorker::gradient, shared.size());
    sampling = SamplingSchedule.of(plan, batches(0));
    heldBack = new ArrayList<>(data.validation());
    heldBack.sort(Comparator.comparingInt(pair -> pair.source().length));
  }

  @Override
  public String description() {
    return "%s, %s of %d x %d, encoder of %d x %d%s, attention %s"
        .formatted(
            config.task(),
            config.cell(),
            config.layers(),
            config.hiddenSize(),
            config.layers(),
            config.encoderDecoder().encoderHiddenSize(),
            config.encoderDecoder().bidirectionalEncoder() ? " in two directions" : "",
            config.encoderDecoder().attention());
  }

  @Override
  public float[] initialWeights() {
    return Seq2SeqNetwork.initialWeights(config, plan.seed());
  }

  @Override
  public int batches(int epoch) {
    return ofEpoch(epoch).size();
  }

  private PairBatches ofEpoch(int epoch) {
    if (epoch != epochOfBatches) {
      batches = PairBatches.ofEpoch(data, data.training(), plan.batchOptions(), epoch);
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
    PairBatches ofEpoch = ofEpoch(epoch);
    PairBatch rows = ofEpoch.get(batch);
    double scale = 1.0 / rows.targetCount();
    double own = 1 - sampling.target((long) epoch * ofEpoch.size() + batch);
    double loss =
        workers.learn(
            rows.size(),
            (worker, index, from, to) ->
                worker.train(rows.rows(from, to), scale, own, seed * 31 + index));
    return new TrainingRun.Learned(loss * scale, rows.tokenCount());
  }

  @Override
  public float[] gradient() {
    return workers.gradient();
  }

  @Override
  public String scoreName() {
    return heldBack.isEmpty() ? "training_loss" : "validation_word_error_rate";
  }

  @Override
  public Optional<TrainingRun.Validated> validate() {
    if (heldBack.isEmpty()) {
      return Optional.empty();
    }
    TransductionMetrics metrics = decode();
    return Optional.of(
        new TrainingRun.Validated(loss(), metrics.all().wordErrorRate(), metrics.metrics()));
  }

  private double loss() {
    PairBatches inOrder = PairBatches.inOrder(data, heldBack, plan.batchOptions());
    double sum = 0;
    long targets = 0;
    for (int batch = 0; batch < inOrder.size(); batch++) {
      PairBatch rows = inOrder.get(batch);
      sum +=
          workers.sum(rows.size(), (worker, index, from, to) -> worker.loss(rows.rows(from, to)));
      targets += rows.targetCount();
    }
    return sum / targets;
  }

  private TransductionMetrics decode() {
    // What is longer than twice any reference is wrong enough.
    int longest =
        heldBack.stream()
            .flatMap(pair -> pair.targets().stream())
            .mapToInt(target -> target.length)
            .max()
            .orElseThrow();
    int maximum = Math.min(plan.maximumOutputLength(), 2 * longest);
    TransductionMetrics.Tally tally = new TransductionMetrics.Tally();
    for (int begin = 0; begin < heldBack.size(); begin += DECODED_ROWS) {
      List<Pair> pairs = heldBack.subList(begin, Math.min(heldBack.size(), begin + DECODED_ROWS));
      int[][] answers = new int[pairs.size()][];
      workers.sum(
          pairs.size(),
          (worker, index, from, to) -> {
            int[][] part = worker.decode(pairs.subList(from, to), maximum);
            System.arraycopy(part, 0, answers, from, part.length);
            return 0;
          });
      for (int i = 0; i < answers.length; i++) {
        tally.add(pairs.get(i).source().length, answers[i], pairs.get(i).targets());
      }
    }
    return tally.metrics();
  }

  @Override
  public ModelFile export(float[] weights, Path stateDict, Map<String, String> provenance)
      throws IOException {
    StateDict.write(Seq2SeqNetwork.parameterShapes(config), weights, stateDict);
    return Seq2SeqExport.modelFile(config, data, weights, plan.selfTests(), provenance);
  }

  @Override
  public void close() {
    workers.close();
  }
}
