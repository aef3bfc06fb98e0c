package dev.carryover.tests.bench.operator;

import ai.onnxruntime.OrtException;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.TokenProbability;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.FloatPrimitiveArraySerializer;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The same scoring as it is written without Carryover: ONNX Runtime is called for every event, the
 * state of the key is a {@code float[H]} in {@link ValueState}, and the same record goes out.
 */
final class OnnxScoringFunction extends KeyedProcessFunction<String, StreamEvent, Inference> {
  private static final long serialVersionUID = 1L;

  private final byte[] model;
  private final ArrayList<String> tokens;
  private final int beginId;
  private final int hiddenSize;
  private final int expected;

  private transient OnnxScorer scorer;
  private transient Vocabulary vocabulary;
  private transient float[] initial;
  private transient float[] scores;
  private transient int[] best;
  private transient ValueState<float[]> states;

  OnnxScoringFunction(ModelFile file, int expected) {
    this.model = OnnxScoringModel.toBytes(file);
    this.tokens = new ArrayList<>(file.config().vocabulary().tokens());
    this.beginId = file.config().vocabulary().beginId();
    this.hiddenSize = file.config().hiddenSize();
    this.expected = Math.min(expected, tokens.size());
  }

  @Override
  public void open(OpenContext context) throws Exception {
    vocabulary = Vocabulary.of(tokens, null, null, null);
    scorer = new OnnxScorer(model, tokens.size(), hiddenSize);
    scores = new float[tokens.size()];
    best = new int[expected];
    initial = new float[hiddenSize];
    scorer.step(initial, beginId, scores);
    states =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("state", FloatPrimitiveArraySerializer.INSTANCE));
  }

  @Override
  public void processElement(StreamEvent event, Context context, Collector<Inference> out)
      throws Exception {
    float[] state = states.value();
    if (state == null) {
      state = initial.clone();
    }
    int token = vocabulary.id(event.token());
    scorer.step(state, token, scores);
    states.update(state);
    out.collect(inference(event, token));
  }

  private Inference inference(StreamEvent event, int token) {
    List<TokenProbability> instead = new ArrayList<>(expected);
    findBest();
    for (int id : best) {
      instead.add(new TokenProbability(tokens.get(id), (float) Math.exp(scores[id])));
    }
    NextToken seen = new NextToken(event.token(), -scores[token], rank(token), instead, List.of());
    return new Inference(
        event.key(), event.timestampMs(), event.timestampMs(), 0L, "onnx", 1L, seen, null);
  }

  private int rank(int token) {
    float own = scores[token];
    int rank = 0;
    for (int id = 0; id < scores.length; id++) {
      if (scores[id] > own || scores[id] == own && id < token) {
        rank++;
      }
    }
    return rank;
  }

  private void findBest() {
    int found = 0;
    for (int id = 0; id < scores.length && expected > 0; id++) {
      float score = scores[id];
      if (found == expected && score <= scores[best[found - 1]]) {
        continue;
      }
      int place = found < expected ? found++ : found - 1;
      while (place > 0 && scores[best[place - 1]] < score) {
        best[place] = best[place - 1];
        place--;
      }
      best[place] = id;
    }
  }

  @Override
  public void close() throws OrtException {
    if (scorer != null) {
      scorer.close();
    }
  }
}
