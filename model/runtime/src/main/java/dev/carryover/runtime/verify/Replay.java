package dev.carryover.runtime.verify;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.StateLayout;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a model over a recording, from the zero state and on its own state throughout, and compares
 * after every step: the state of every layer, the head's logits and their log-softmax. For
 * next-token models it also compares the surprisal that the model gives each observed token with
 * what the recorded log-softmax of the step before says of it: the path that the streaming job
 * takes.
 */
public final class Replay {

  private final RecurrentModel model;
  private final RecordedCases cases;
  private final Session session;
  private final StateLayout layout;
  private final float[] state;
  private final float[] logits;

  private final List<ErrorMeter> hMeters = new ArrayList<>();
  private final List<ErrorMeter> cMeters = new ArrayList<>();
  private final ErrorMeter logitsMeter;
  private final ErrorMeter logSoftmaxMeter = new ErrorMeter("log-softmax", 0);
  private final ErrorMeter surprisalMeter = new ErrorMeter("surprisal", 0);

  private Replay(RecurrentModel model, RecordedCases cases) {
    this.model = model;
    this.cases = cases;
    this.session = model.newSession(1);
    this.layout = model.stateLayout();
    this.state = new float[layout.floats()];
    this.logits = new float[model.config().outputSize()];
    for (int layer = 0; layer < layout.layers(); layer++) {
      hMeters.add(new ErrorMeter("layer " + layer + " h", 0));
      cMeters.add(new ErrorMeter("layer " + layer + " c", 0));
    }
    this.logitsMeter = new ErrorMeter("logits", logits.length == 1 ? scaleOfLogits(cases) : 0);
  }

  /**
   * Replays a recording.
   *
   * @throws RecordedCasesException if the recording is not of a model of this form: its inputs or
   *     vectors have other sizes
   */
  public static ReplayReport run(RecurrentModel model, RecordedCases cases)
      throws RecordedCasesException {
    Replay replay = new Replay(model, cases);
    // All steps are looked at before the first one is taken: a misfit is an error and never an
    // exception on the way.
    for (int t = 0; t < cases.steps().size(); t++) {
      replay.check(t);
    }
    for (int t = 0; t < cases.steps().size(); t++) {
      replay.step(t);
    }
    return replay.report();
  }

  private void step(int t) {
    RecordedStep step = cases.steps().get(t);
    session.clear();
    int row =
        step.features() == null
            ? session.addToken(state, step.token())
            : session.addFeatures(state, step.features());
    session.run();
    session.readState(row, state);
    session.readOutput(row, logits);

    for (int layer = 0; layer < step.state().size(); layer++) {
      RecordedStep.Layer recorded = step.state().get(layer);
      hMeters.get(layer).compare(t, recorded.h(), state, layout.hOffset(layer));
      if (recorded.c() != null) {
        cMeters.get(layer).compare(t, recorded.c(), state, layout.cOffset(layer));
      }
    }
    if (step.logits() != null) {
      logitsMeter.compare(t, step.logits(), logits, 0);
    }
    if (step.logSoftmax() != null) {
      logSoftmaxMeter.compare(t, step.logSoftmax(), logSoftmax(logits), 0);
    }
    if (model.config().task() == Task.NEXT_TOKEN && t > 0) {
      float[] before = cases.steps().get(t - 1).logSoftmax();
      if (before != null) {
        double difference = Math.abs((double) session.surprisal(row) + before[step.token()]);
        surprisalMeter.add(t, difference, ErrorMeter.scale(before));
      }
    }
  }

  private ReplayReport report() {
    List<VectorError> errors = new ArrayList<>();
    for (int layer = 0; layer < layout.layers(); layer++) {
      collect(hMeters.get(layer), errors);
      collect(cMeters.get(layer), errors);
    }
    collect(logitsMeter, errors);
    collect(logSoftmaxMeter, errors);
    collect(surprisalMeter, errors);
    return new ReplayReport(model.kernels(), cases.steps().size(), errors);
  }

  private static void collect(ErrorMeter meter, List<VectorError> errors) {
    if (!meter.isEmpty()) {
      errors.add(meter.result());
    }
  }

  private static double scaleOfLogits(RecordedCases cases) {
    double scale = 0;
    for (RecordedStep step : cases.steps()) {
      scale = Math.max(scale, step.logits() == null ? 0 : ErrorMeter.scale(step.logits()));
    }
    return scale;
  }

  /** The log-softmax of the logits as the textbook has it, in double. */
  static float[] logSoftmax(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    float[] result = new float[logits.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) (logits[i] - max - Math.log(sum));
    }
    return result;
  }

  private void check(int t) throws RecordedCasesException {
    ModelConfig config = model.config();
    RecordedStep step = cases.steps().get(t);
    String where = cases.source() + ": steps[" + t + "]";
    if (config.tokenInput() != (step.features() == null)) {
      throw new RecordedCasesException(
          "%s feeds %s, and model %s reads %s; use the recording of this model"
              .formatted(
                  where,
                  step.features() == null ? "a token" : "features",
                  config.modelId(),
                  config.tokenInput() ? "tokens" : "features"));
    }
    if (step.features() == null) {
      if (step.token() >= config.vocabulary().size()) {
        throw new RecordedCasesException(
            "%s feeds token %d, and the vocabulary of model %s ends at %d; use the recording of this model"
                .formatted(where, step.token(), config.modelId(), config.vocabulary().size() - 1));
      }
    } else {
      expectLength(where + ".features", step.features(), config.inputSize());
    }
    expectLength(where + ".logits", step.logits(), logits.length);
    expectLength(where + ".log_softmax", step.logSoftmax(), logits.length);
    if (!step.state().isEmpty() && step.state().size() != layout.layers()) {
      throw new RecordedCasesException(
          "%s.state has %d layers, and model %s %d; use the recording of this model"
              .formatted(where, step.state().size(), config.modelId(), layout.layers()));
    }
    for (int layer = 0; layer < step.state().size(); layer++) {
      RecordedStep.Layer recorded = step.state().get(layer);
      String at = where + ".state[" + layer + "]";
      expectLength(at + ".h", recorded.h(), layout.hiddenSize());
      expectLength(at + ".c", recorded.c(), layout.hiddenSize());
      if ((recorded.c() != null) != (layout.vectors() == 2)) {
        throw new RecordedCasesException(
            "%s has %s c, and the cell of model %s is %s; use the recording of this model"
                .formatted(
                    at,
                    recorded.c() == null ? "no" : "a",
                    config.modelId(),
                    config.cell().configName()));
      }
    }
  }

  private void expectLength(String where, float[] vector, int length)
      throws RecordedCasesException {
    if (vector != null && vector.length != length) {
      throw new RecordedCasesException(
          "%s has %d elements, and model %s has %d there; use the recording of this model"
              .formatted(where, vector.length, model.config().modelId(), length));
    }
  }
}
