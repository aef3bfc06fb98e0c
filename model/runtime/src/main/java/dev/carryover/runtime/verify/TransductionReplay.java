package dev.carryover.runtime.verify;

import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Encoding;
import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a seq2seq model over a recording and compares: the encoder's outputs; log-softmax and
 * attention of every step, with the decoder made to write what was recorded; and what greedy and
 * beam search come to by themselves, where a token that differs is an infinite error.
 */
public final class TransductionReplay {

  private final Seq2SeqModel model;
  private final RecordedTransduction recorded;
  private final List<VectorError> errors = new ArrayList<>();

  private TransductionReplay(Seq2SeqModel model, RecordedTransduction recorded) {
    this.model = model;
    this.recorded = recorded;
  }

  /**
   * Replays a recording.
   *
   * @throws RecordedCasesException if the recording is not of a model of this form: its tokens or
   *     vectors have other sizes
   */
  public static ReplayReport run(Seq2SeqModel model, RecordedTransduction recorded)
      throws RecordedCasesException {
    TransductionReplay replay = new TransductionReplay(model, recorded);
    replay.check();
    Encoding encoding = model.encodeWhole(recorded.sourceTokens());
    replay.compareEncoder(encoding);
    replay.compareSteps(encoding);
    replay.compareSearch(encoding);
    return new ReplayReport(model.kernels(), recorded.steps().size(), replay.errors);
  }

  private void compareEncoder(Encoding encoding) {
    if (recorded.encoderOutputs() == null) {
      return;
    }
    ErrorMeter meter = new ErrorMeter("encoder outputs", 0);
    float[] outputs = encoding.outputs();
    for (int s = 0; s < encoding.steps(); s++) {
      float[] expected = recorded.encoderOutputs()[s];
      meter.compare(s, expected, outputs, s * expected.length);
    }
    errors.add(meter.result());
  }

  private void compareSteps(Encoding encoding) {
    ErrorMeter logSoftmax = new ErrorMeter("log-softmax", 0);
    ErrorMeter attention = new ErrorMeter("attention", 0);
    Seq2SeqModel.Forced forced = model.force(encoding, recorded.greedy());
    for (int t = 0; t < recorded.steps().size(); t++) {
      RecordedTransduction.Step step = recorded.steps().get(t);
      logSoftmax.compare(t, step.logSoftmax(), Replay.logSoftmax(forced.logits()[t]), 0);
      if (step.attention() != null) {
        attention.compare(t, step.attention(), forced.attention()[t], 0);
      }
    }
    errors.add(logSoftmax.result());
    if (!attention.isEmpty()) {
      errors.add(attention.result());
    }
  }

  private void compareSearch(Encoding encoding) {
    ErrorMeter greedy = new ErrorMeter("greedy tokens", 0);
    compareTokens(
        0,
        recorded.greedy(),
        search(encoding, DecodingOptions.greedy(recorded.maximumLength())).get(0),
        greedy);
    errors.add(greedy.result());
    if (recorded.beam().isEmpty()) {
      return;
    }
    ErrorMeter tokens = new ErrorMeter("beam tokens", 0);
    ErrorMeter scores = new ErrorMeter("beam scores", 0);
    int width = recorded.beamWidth();
    List<Hypothesis> found =
        search(encoding, DecodingOptions.beam(width, recorded.maximumLength()).withNBest(width));
    for (int i = 0; i < recorded.beam().size(); i++) {
      RecordedTransduction.Answer answer = recorded.beam().get(i);
      Hypothesis hypothesis = i < found.size() ? found.get(i) : null;
      compareTokens(i, answer.tokens(), hypothesis, tokens);
      double difference =
          hypothesis == null ? Double.NaN : Math.abs(hypothesis.score() - answer.score());
      scores.add(i, difference, Math.abs(answer.score()));
    }
    errors.add(tokens.result());
    errors.add(scores.result());
  }

  private List<Hypothesis> search(Encoding encoding, DecodingOptions options) {
    return model.newDecoder(options.beamWidth()).decode(List.of(encoding), options).get(0);
  }

  private void compareTokens(int index, int[] expected, Hypothesis found, ErrorMeter meter) {
    boolean same = found != null && Arrays.equals(expected, withEnd(found));
    meter.add(index, same ? 0 : Double.POSITIVE_INFINITY, 1);
  }

  private int[] withEnd(Hypothesis hypothesis) {
    int[] tokens = hypothesis.tokens();
    if (!hypothesis.ended()) {
      return tokens;
    }
    int[] ended = Arrays.copyOf(tokens, tokens.length + 1);
    ended[tokens.length] = model.config().encoderDecoder().targetVocabulary().endId();
    return ended;
  }

  private void check() throws RecordedCasesException {
    ModelConfig config = model.config();
    EncoderDecoder parts = config.encoderDecoder();
    checkIds("source", recorded.sourceTokens(), config.vocabulary().size());
    checkIds("greedy", recorded.greedy(), parts.targetVocabulary().size());
    for (int s = 0; recorded.encoderOutputs() != null && s < recorded.sourceTokens().length; s++) {
      checkLength("encoder_outputs[" + s + "]", recorded.encoderOutputs()[s], parts.keySize());
    }
    for (int t = 0; t < recorded.steps().size(); t++) {
      RecordedTransduction.Step step = recorded.steps().get(t);
      String where = "greedy_steps[" + t + "]";
      checkLength(where + ".log_softmax", step.logSoftmax(), config.outputSize());
      if (step.attention() != null) {
        int steps = parts.attention().hasContext() ? recorded.sourceTokens().length : 0;
        checkLength(where + ".attention", step.attention(), steps);
      }
    }
  }

  private void checkIds(String field, int[] ids, int vocabularySize) throws RecordedCasesException {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] >= vocabularySize) {
        throw new RecordedCasesException(
            "%s: %s[%d] is %d, and the vocabulary of model %s ends at %d; use the recording of this"
                    .formatted(
                        recorded.source(),
                        field,
                        i,
                        ids[i],
                        model.config().modelId(),
                        vocabularySize - 1)
                + " model");
      }
    }
  }

  private void checkLength(String where, float[] vector, int length) throws RecordedCasesException {
    if (vector.length != length) {
      throw new RecordedCasesException(
          "%s: %s has %d elements, and model %s has %d there; use the recording of this model"
              .formatted(
                  recorded.source(), where, vector.length, model.config().modelId(), length));
    }
  }
}
