package dev.carryover.training.trainer;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.carryover.training.export.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What happened in a run, step by step and epoch by epoch: what reports draw. Written as JSON.
 *
 * <p>Belongs to the training thread until the run is over.
 */
public final class RunHistory {
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final String backend;
  private final long seed;
  private final int threads;
  private final long parameters;
  private final List<Step> steps;
  private final List<Epoch> epochs;

  /**
   * One update of the weights.
   *
   * @param step counted from 1
   * @param epoch counted from 1
   * @param loss the mean loss of the batch before the update: nats per target, or squared error
   * @param learningRate what the schedule gave
   * @param gradientNorm the norm before clipping
   * @param tokensPerSecond steps of sequences, padding not counted
   */
  public record Step(
      long step,
      int epoch,
      double loss,
      double learningRate,
      double gradientNorm,
      double tokensPerSecond) {}

  /**
   * One pass over the training sequences.
   *
   * @param epoch counted from 1
   * @param step the number of updates at its end
   * @param trainingLoss mean over its batches
   * @param validationLoss mean over the validation targets; NaN without validation sequences
   * @param seconds how long it took
   * @param best whether this is the best so far
   * @param metrics what else validation measured, by name; empty for most tasks
   */
  public record Epoch(
      int epoch,
      long step,
      double trainingLoss,
      double validationLoss,
      double seconds,
      boolean best,
      Map<String, Double> metrics) {
    /** Copies the metrics; a history of an earlier build has none. */
    public Epoch {
      metrics =
          metrics == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }

    /** An epoch of which nothing else was measured. */
    public Epoch(
        int epoch,
        long step,
        double trainingLoss,
        double validationLoss,
        double seconds,
        boolean best) {
      this(epoch, step, trainingLoss, validationLoss, seconds, best, Map.of());
    }
  }

  RunHistory(String backend, long seed, int threads, long parameters) {
    this(backend, seed, threads, parameters, List.of(), List.of());
  }

  @JsonCreator
  RunHistory(
      @JsonProperty("backend") String backend,
      @JsonProperty("seed") long seed,
      @JsonProperty("threads") int threads,
      @JsonProperty("parameters") long parameters,
      @JsonProperty("steps") List<Step> steps,
      @JsonProperty("epochs") List<Epoch> epochs) {
    this.backend = backend;
    this.seed = seed;
    this.threads = threads;
    this.parameters = parameters;
    this.steps = new ArrayList<>(steps);
    this.epochs = new ArrayList<>(epochs);
  }

  void add(Step step) {
    steps.add(step);
  }

  void add(Epoch epoch) {
    epochs.add(epoch);
  }

  /** Of what the numbers were computed on. */
  @JsonProperty
  public String backend() {
    return backend;
  }

  /** The seed of the run. */
  @JsonProperty
  public long seed() {
    return seed;
  }

  /** How many threads shared a batch. */
  @JsonProperty
  public int threads() {
    return threads;
  }

  /** The number of weights. */
  @JsonProperty
  public long parameters() {
    return parameters;
  }

  /** All updates in order. */
  @JsonProperty
  public List<Step> steps() {
    return Collections.unmodifiableList(steps);
  }

  /** All epochs that came to their end, in order. */
  @JsonProperty
  public List<Epoch> epochs() {
    return Collections.unmodifiableList(epochs);
  }

  /** How long all epochs took, in seconds, pauses between a stop and its resumption left out. */
  public double seconds() {
    return epochs.stream().mapToDouble(Epoch::seconds).sum();
  }

  /** The history as JSON. */
  public byte[] toJson() throws IOException {
    return JSON.writeValueAsBytes(this);
  }

  /**
   * Reads what {@link #toJson} gave.
   *
   * @throws IOException when it is something else
   */
  public static RunHistory fromJson(byte[] json) throws IOException {
    return JSON.readValue(json, RunHistory.class);
  }

  /** Writes the history to a file, which appears whole or not at all. */
  public void write(Path path) throws IOException {
    byte[] json = toJson();
    AtomicFile.write(path, out -> out.write(json));
  }
}
