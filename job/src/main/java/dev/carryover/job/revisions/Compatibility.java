package dev.carryover.job.revisions;

import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.List;

/**
 * Whether a model can take over from the one that a job was submitted with: the same events must
 * mean the same to it, and its inferences the same to whoever reads them. Sizes, layers, the cell
 * and the scaling of features are its own; a state layout of its own is a matter of the state
 * policy. Immutable.
 */
public final class Compatibility {
  private final ModelConfig job;
  private final boolean alertsFromModel;

  /**
   * The rules of a job.
   *
   * @param job config of the model that it was submitted with
   */
  public Compatibility(ModelConfig job, ModelSettings settings) {
    this.job = job;
    this.alertsFromModel = settings.alertsFromModel();
  }

  /**
   * Checks a model.
   *
   * @throws ModelRejectedException if it cannot take over
   */
  public void check(ModelConfig candidate) throws ModelRejectedException {
    if (!candidate.modelId().equals(job.modelId())) {
      throw other(
          RejectionCode.OTHER_MODEL,
          "is model '" + candidate.modelId() + "'",
          "'" + job.modelId() + "'",
          "announce a file of that model");
    }
    if (candidate.bidirectional()) {
      throw new ModelRejectedException(
          RejectionCode.UNSUPPORTED_MODEL,
          "the file holds a bidirectional model: no end exists in a stream to run backwards from; use"
              + " a one-directional model");
    }
    if (candidate.task() != job.task()) {
      throw other(
          RejectionCode.OTHER_TASK,
          "has the task " + candidate.task(),
          job.task().toString(),
          "announce a model of that task");
    }
    checkInputs(candidate);
    checkOutputs(candidate);
    if (alertsFromModel && candidate.alerts() == null) {
      throw new ModelRejectedException(
          RejectionCode.NO_ALERT_THRESHOLDS,
          "the file has no alert thresholds, and the job takes them from its model; calibrate the"
              + " model, or set alerts.rank or alerts.surprisal");
    }
  }

  private void checkInputs(ModelConfig candidate) throws ModelRejectedException {
    if (candidate.tokenInput() != job.tokenInput()) {
      throw other(
          RejectionCode.OTHER_INPUTS,
          "reads " + inputs(candidate),
          inputs(job),
          "announce a model of the same inputs");
    }
    if (job.tokenInput()) {
      checkVocabulary(candidate.vocabulary());
    } else {
      checkEqual(
          RejectionCode.OTHER_INPUTS,
          "feature",
          candidate.features().names(),
          job.features().names());
    }
  }

  private static String inputs(ModelConfig config) {
    return config.tokenInput() ? "tokens" : "features";
  }

  /** Tokens in the state and in replayed inputs keep their ids; new ones may follow. */
  private void checkVocabulary(Vocabulary candidate) throws ModelRejectedException {
    Vocabulary base = job.vocabulary();
    for (int id = 0; id < base.size(); id++) {
      if (id == candidate.size() || !candidate.token(id).equals(base.token(id))) {
        throw other(
            RejectionCode.OTHER_VOCABULARY,
            id == candidate.size()
                ? "has a vocabulary of " + candidate.size() + " tokens"
                : "has the token '" + candidate.token(id) + "' at id " + id,
            id == candidate.size()
                ? "at least the " + base.size() + " of the job's model"
                : "'" + base.token(id) + "' as the job's model",
            "train it with that vocabulary; new tokens go to its end");
      }
    }
    checkSpecialTokens(RejectionCode.OTHER_VOCABULARY, candidate, base);
  }

  private static void checkSpecialTokens(RejectionCode code, Vocabulary candidate, Vocabulary base)
      throws ModelRejectedException {
    checkSpecial(code, "begin", candidate.beginId(), base.beginId());
    checkSpecial(code, "end", candidate.endId(), base.endId());
    checkSpecial(code, "unknown", candidate.unknownId(), base.unknownId());
  }

  private static void checkSpecial(RejectionCode code, String role, int candidate, int base)
      throws ModelRejectedException {
    if (candidate != base) {
      throw other(
          code,
          "has " + special(role, candidate),
          special(role, base) + " as the job's model",
          "train it with the same special tokens");
    }
  }

  private static String special(String role, int id) {
    return id == Vocabulary.ABSENT ? "no " + role + " token" : "its " + role + " token at id " + id;
  }

  private void checkOutputs(ModelConfig candidate) throws ModelRejectedException {
    checkEqual(RejectionCode.OTHER_OUTPUTS, "label", candidate.labels(), job.labels());
    if (job.task() == Task.REGRESS && candidate.outputSize() != job.outputSize()) {
      throw other(
          RejectionCode.OTHER_OUTPUTS,
          "predicts " + candidate.outputSize() + " values",
          job.outputSize() + " as the job's model",
          "announce a model of as many");
    }
    if (job.task() == Task.SEQ2SEQ) {
      Vocabulary target = candidate.encoderDecoder().targetVocabulary();
      Vocabulary base = job.encoderDecoder().targetVocabulary();
      checkEqual(RejectionCode.OTHER_OUTPUTS, "target token", target.tokens(), base.tokens());
      checkSpecialTokens(RejectionCode.OTHER_OUTPUTS, target, base);
    }
  }

  private static void checkEqual(
      RejectionCode code, String what, List<String> candidate, List<String> base)
      throws ModelRejectedException {
    if (candidate.size() != base.size()) {
      throw other(
          code,
          "has " + candidate.size() + " " + what + "s",
          base.size() + " as the job's model",
          "announce a model of the same " + what + "s in the same order");
    }
    for (int i = 0; i < base.size(); i++) {
      if (!candidate.get(i).equals(base.get(i))) {
        throw other(
            code,
            "has the " + what + " '" + candidate.get(i) + "' at index " + i,
            "'" + base.get(i) + "' as the job's model",
            "announce a model of the same " + what + "s in the same order");
      }
    }
  }

  private static ModelRejectedException other(
      RejectionCode code, String found, String expected, String remedy) {
    return new ModelRejectedException(
        code, "the file " + found + ", expected " + expected + "; " + remedy);
  }
}
