package dev.carryover.tests.bench.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.TokenProbability;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.FloatPrimitiveArraySerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * The pipeline without a model: reads the {@code float[H]} of the event's key, changes every float,
 * writes it back, and emits a record of the shape that the recurrent operator emits.
 */
public final class PassThroughOperator extends AbstractStreamOperator<Inference>
    implements TwoInputStreamOperator<StreamEvent, Long, Inference> {
  private static final long serialVersionUID = 1L;

  private final int stateFloats;
  private final int expected;

  private transient ValueState<float[]> states;
  private transient StreamRecord<Inference> result;

  /**
   * An operator.
   *
   * @param stateFloats H: floats of a key
   * @param expected tokens that a record names
   */
  public PassThroughOperator(int stateFloats, int expected) {
    this.stateFloats = stateFloats;
    this.expected = expected;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    states =
        context
            .getKeyedStateStore()
            .getState(new ValueStateDescriptor<>("state", FloatPrimitiveArraySerializer.INSTANCE));
    result = new StreamRecord<>(null);
  }

  @Override
  public void processElement1(StreamRecord<StreamEvent> record) throws Exception {
    StreamEvent event = record.getValue();
    float[] state = states.value();
    if (state == null) {
      state = newState(event.key());
    }
    for (int j = 0; j < state.length; j++) {
      state[j] += 1f;
    }
    states.update(state);
    result.replace(inference(event, state), event.timestampMs());
    output.collect(result);
  }

  /**
   * A count of events, and floats that differ by key: like those of a hidden state, they can hardly
   * be compressed.
   */
  private float[] newState(String key) {
    float[] state = new float[stateFloats];
    long seed = key.hashCode();
    for (int j = 1; j < stateFloats; j++) {
      // Knuth's MMIX generator; its upper bits are the better ones.
      seed = seed * 6364136223846793005L + 1442695040888963407L;
      state[j] = (seed >>> 40) * 0x1p-24f;
    }
    return state;
  }

  private Inference inference(StreamEvent event, float[] state) {
    List<TokenProbability> instead = new ArrayList<>(expected);
    for (int place = 0; place < expected; place++) {
      TokenProbability token = new TokenProbability();
      token.setToken(event.token());
      token.setProbability(state[place]);
      instead.add(token);
    }
    NextToken seen = new NextToken();
    seen.setToken(event.token());
    seen.setSurprisalNats(state[0]);
    seen.setRank(expected);
    seen.setExpected(instead);
    seen.setNext(List.of());
    Inference inference = new Inference();
    inference.setKey(event.key());
    inference.setTimestampMs(event.timestampMs());
    inference.setSequenceStartMs(event.timestampMs());
    inference.setStep((long) state[0]);
    inference.setModelId("none");
    inference.setRevision(1);
    inference.setPrediction(seen);
    return inference;
  }

  @Override
  public void processElement2(StreamRecord<Long> record) {
    // As in the recurrent operator, nothing comes from the second input.
  }
}
