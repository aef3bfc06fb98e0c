package dev.carryover.tests.bench.operator;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Map;

/**
 * ONNX Runtime at its best for one event at a time: one thread, all tensors over direct buffers
 * that are made once, results written into given buffers. A state {@code [H]} and the logarithms
 * {@code [V]} of the probabilities are copied between them and the arrays of the caller.
 */
final class OnnxScorer implements AutoCloseable {
  private final OrtSession session;
  private final LongBuffer token = buffer(Long.BYTES).asLongBuffer();
  private final FloatBuffer before;
  private final FloatBuffer after;
  private final FloatBuffer logProbabilities;
  private final Map<String, OnnxTensorLike> inputs;
  private final Map<String, OnnxTensor> outputs;

  /** A session of the model {@code [V, E, H]} in these bytes. */
  OnnxScorer(byte[] model, int vocabularySize, int hiddenSize) throws OrtException {
    before = buffer(hiddenSize * Float.BYTES).asFloatBuffer();
    after = buffer(hiddenSize * Float.BYTES).asFloatBuffer();
    logProbabilities = buffer(vocabularySize * Float.BYTES).asFloatBuffer();
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(model, options);
    }
    long[] state = {1, 1, hiddenSize};
    inputs =
        Map.of(
            "token", OnnxTensor.createTensor(environment, token, new long[] {1, 1}),
            "h", OnnxTensor.createTensor(environment, before, state));
    outputs =
        Map.of(
            "log_probabilities",
                OnnxTensor.createTensor(
                    environment, logProbabilities, new long[] {1, vocabularySize}),
            "h_next", OnnxTensor.createTensor(environment, after, state));
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** Reads what the state expected into {@code scores}, and advances it by the token. */
  void step(float[] state, int tokenId, float[] scores) throws OrtException {
    token.put(0, tokenId);
    before.put(0, state);
    session.run(inputs, outputs).close();
    after.get(0, state);
    logProbabilities.get(0, scores);
  }

  @Override
  public void close() throws OrtException {
    inputs.values().forEach(OnnxTensorLike::close);
    outputs.values().forEach(OnnxTensor::close);
    session.close();
  }
}
