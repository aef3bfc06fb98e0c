package dev.carryover.job.transduction;

import dev.carryover.job.serving.ServedModel;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.Transduction;
import java.util.ArrayList;
import java.util.List;

/** Makes the output record of a sequence that was decoded. */
final class Transductions {
  private Transductions() {}

  /** The inference of the best answers. */
  static Inference of(
      String key, PendingDecode pending, ServedModel served, List<Hypothesis> answers) {
    Vocabulary vocabulary = served.config().encoderDecoder().targetVocabulary();
    List<dev.carryover.schemas.Hypothesis> hypotheses = new ArrayList<>(answers.size());
    for (Hypothesis answer : answers) {
      hypotheses.add(
          new dev.carryover.schemas.Hypothesis(
              tokens(answer, vocabulary), answer.normalizedScore(), attention(answer)));
    }
    return inference(key, pending, served.config().modelId(), served.number(), hypotheses);
  }

  /** The inference of a sequence for which there is no answer. */
  static Inference without(String key, PendingDecode pending, String modelId, long revision) {
    return inference(key, pending, modelId, revision, List.of());
  }

  private static Inference inference(
      String key,
      PendingDecode pending,
      String modelId,
      long revision,
      List<dev.carryover.schemas.Hypothesis> hypotheses) {
    return new Inference(
        key,
        pending.timestampMs(),
        pending.startMs(),
        pending.step(),
        modelId,
        revision,
        new Transduction(hypotheses),
        pending.end());
  }

  private static List<String> tokens(Hypothesis answer, Vocabulary vocabulary) {
    List<String> tokens = new ArrayList<>(answer.tokens().length);
    for (int id : answer.tokens()) {
      tokens.add(vocabulary.token(id));
    }
    return tokens;
  }

  private static List<List<Float>> attention(Hypothesis answer) {
    if (answer.attention() == null) {
      return null;
    }
    List<List<Float>> weights = new ArrayList<>(answer.attention().length);
    for (float[] ofToken : answer.attention()) {
      List<Float> row = new ArrayList<>(ofToken.length);
      for (float weight : ofToken) {
        row.add(weight);
      }
      weights.add(row);
    }
    return weights;
  }
}
