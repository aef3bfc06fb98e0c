package dev.carryover.tests.bench.step.contenders;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.carryover.model.spec.Cell;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Steps with ONNX Runtime at its best from Java: one thread, all tensors over direct buffers that
 * are made once, results written into given buffers, which are the next step's states. Nothing is
 * copied between Java and native memory.
 */
final class OnnxRuntimeStep implements StepContender {
  private final StepWorkload workload;
  private final OrtSession session;
  private final List<OnnxTensor> tensors = new ArrayList<>();
  private final List<Map<String, OnnxTensor>> inputs = new ArrayList<>();
  private final List<Map<String, OnnxTensor>> outputs = new ArrayList<>();
  private final FloatBuffer[][] states;
  private int present;

  OnnxRuntimeStep(StepWorkload workload) {
    this.workload = workload;
    this.states = new FloatBuffer[2][workload.cell().stateVectors()];
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(OnnxModel.toBytes(workload), options);
      bind(environment);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime refused the model of the step", e);
    }
  }

  /** Two sets of state buffers, each the input of the step that fills the other. */
  private void bind(OrtEnvironment environment) throws OrtException {
    boolean lstm = workload.cell() == Cell.LSTM;
    FloatBuffer x = buffer();
    OnnxTensor input = tensor(environment, x);
    float[] row = new float[workload.hiddenSize()];
    for (int r = 0; r < workload.batch(); r++) {
      workload.copyInput(r, row, 0);
      x.put(r * row.length, row);
    }
    OnnxTensor[][] sets = new OnnxTensor[2][states[0].length];
    for (int set = 0; set < 2; set++) {
      for (int vector = 0; vector < sets[set].length; vector++) {
        states[set][vector] = buffer();
        sets[set][vector] = tensor(environment, states[set][vector]);
      }
    }
    for (int set = 0; set < 2; set++) {
      Map<String, OnnxTensor> from = new HashMap<>(Map.of("x", input, "h", sets[set][0]));
      Map<String, OnnxTensor> to = new HashMap<>(Map.of("h_next", sets[1 - set][0]));
      if (lstm) {
        from.put("c", sets[set][1]);
        to.put("c_next", sets[1 - set][1]);
      }
      inputs.add(from);
      outputs.add(to);
    }
    int h = workload.hiddenSize();
    for (int r = 0; r < workload.batch(); r++) {
      for (int vector = 0; vector < states[0].length; vector++) {
        states[0][vector].put(r * h, workload.states()[r], vector * h, h);
      }
    }
  }

  private FloatBuffer buffer() {
    return ByteBuffer.allocateDirect(workload.batch() * workload.hiddenSize() * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  private OnnxTensor tensor(OrtEnvironment environment, FloatBuffer values) throws OrtException {
    OnnxTensor tensor =
        OnnxTensor.createTensor(
            environment, values, new long[] {1, workload.batch(), workload.hiddenSize()});
    tensors.add(tensor);
    return tensor;
  }

  @Override
  public void step() {
    try {
      session.run(inputs.get(present), outputs.get(present)).close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed in a step", e);
    }
    present = 1 - present;
  }

  @Override
  public void readState(int row, float[] state) {
    int h = workload.hiddenSize();
    for (int vector = 0; vector < states[present].length; vector++) {
      states[present][vector].get(row * h, state, vector * h, h);
    }
  }

  @Override
  public void close() {
    tensors.forEach(OnnxTensor::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime did not close its session", e);
    }
  }
}
