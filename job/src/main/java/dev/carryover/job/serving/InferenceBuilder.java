package dev.carryover.job.serving;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.Logits;
import dev.carryover.runtime.Session;
import dev.carryover.schemas.Classification;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.LabelProbability;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.Regression;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.TokenProbability;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Makes the output record of a row that was run. Probabilities of a classifier are the softmax of
 * its outputs; a single output is the logit of its one label, whose complement is not named.
 */
public final class InferenceBuilder {
  /*
   * Records are filled by their setters: the constructors with arguments take objects for numbers, and
   * whether the compiler can do without these differs from process to process.
   */
  private final ModelConfig config;
  private final long revision;
  private final OperatorSettings settings;
  private final int[] ids;
  private final float[] probabilities;
  private final float[] outputs;

  /** A builder for one revision of a model. */
  public InferenceBuilder(ModelConfig config, long revision, OperatorSettings settings) {
    this.config = config;
    this.revision = revision;
    this.settings = settings;
    int most = Math.max(settings.expected(), settings.next());
    this.ids = new int[most];
    this.probabilities = new float[most];
    this.outputs = new float[config.outputSize()];
  }

  /**
   * The inference of a row.
   *
   * @param startMs when the sequence began
   * @param tokenId token that the row scored; ignored for other tasks
   * @param step position in the sequence, from 1
   * @param afterLast whether the row answers at the end, after the last event
   * @param end why the sequence ends with the row; null while it goes on
   */
  public Inference build(
      Session session,
      int row,
      String key,
      long startMs,
      int tokenId,
      long timestampMs,
      long step,
      boolean afterLast,
      SequenceEnd end) {
    Object prediction =
        switch (config.task()) {
          case NEXT_TOKEN -> nextToken(session, row, tokenId, afterLast);
          case CLASSIFY, LABEL -> classification(session, row);
          case REGRESS -> regression(session, row);
          default -> throw new IllegalStateException("no inference for " + config.task());
        };
    Inference inference = new Inference();
    inference.setKey(key);
    inference.setTimestampMs(timestampMs);
    inference.setSequenceStartMs(startMs);
    inference.setStep(step);
    inference.setModelId(config.modelId());
    inference.setRevision(revision);
    inference.setPrediction(prediction);
    inference.setSequenceEnd(end);
    return inference;
  }

  private NextToken nextToken(Session session, int row, int tokenId, boolean atEnd) {
    int expected = session.expected(row, settings.expected(), ids, probabilities);
    List<TokenProbability> instead = tokens(expected);
    List<TokenProbability> next = List.of();
    if (settings.next() > 0 && !atEnd) {
      next = tokens(session.next(row, settings.next(), ids, probabilities));
    }
    NextToken seen = new NextToken();
    seen.setToken(config.vocabulary().token(tokenId));
    seen.setSurprisalNats(session.surprisal(row));
    seen.setRank(session.rank(row));
    seen.setExpected(instead);
    seen.setNext(next);
    return seen;
  }

  private List<TokenProbability> tokens(int count) {
    List<TokenProbability> tokens = new ArrayList<>(count);
    for (int place = 0; place < count; place++) {
      TokenProbability token = new TokenProbability();
      token.setToken(config.vocabulary().token(ids[place]));
      token.setProbability(probabilities[place]);
      tokens.add(token);
    }
    return tokens;
  }

  private Classification classification(Session session, int row) {
    session.readOutput(row, outputs);
    Logits.toProbabilities(outputs);
    List<LabelProbability> labels = new ArrayList<>(config.labels().size());
    if (outputs.length == 1) {
      labels.add(new LabelProbability(config.labels().get(0), 1f - outputs[0]));
      labels.add(new LabelProbability(config.labels().get(1), outputs[0]));
    } else {
      for (int label = 0; label < outputs.length; label++) {
        labels.add(new LabelProbability(config.labels().get(label), outputs[label]));
      }
    }
    labels.sort(Comparator.comparing(LabelProbability::getProbability).reversed());
    return new Classification(labels);
  }

  private Regression regression(Session session, int row) {
    session.readOutput(row, outputs);
    List<Float> values = new ArrayList<>(outputs.length);
    for (float value : outputs) {
      values.add(value);
    }
    return new Regression(values);
  }

  /** Whether what the model says of a row is a number. */
  public boolean finite(Session session, int row) {
    if (config.task() == Task.NEXT_TOKEN) {
      return Float.isFinite(session.surprisal(row));
    }
    session.readOutput(row, outputs);
    for (float value : outputs) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether what a row scored alerts: by the thresholds of the job, or, where it sets none, by
   * those that were calibrated with the model.
   */
  public boolean alerts(Session session, int row, int tokenId) {
    if (config.task() != Task.NEXT_TOKEN) {
      return false;
    }
    int rank = session.rank(row);
    float surprisal = session.surprisal(row);
    if (settings.setsAlerts()) {
      return rank >= settings.alertRank() || surprisal >= settings.alertSurprisal();
    }
    return config.alerts() != null
        && config.alerts().alerts(config.vocabulary(), tokenId, rank, surprisal);
  }
}
