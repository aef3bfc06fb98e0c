package dev.carryover.training.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Training's forward pass gives the outputs and states of the runtime, on the same weights. */
class RuntimeAgreementTest {
  private static final long SEED = 77;
  private static final int ROWS = 3;
  private static final int STEPS = 9;
  private static final Offset<Float> TOLERANCE = Offset.offset(1e-5f);

  static Stream<Arguments> cells() {
    List<Arguments> all = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      all.add(Arguments.of(cell, GruReset.AFTER));
    }
    all.add(Arguments.of(Cell.GRU, GruReset.BEFORE));
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("cells")
  void outputsAndStatesAreThoseOfTheRuntime(Cell cell, GruReset reset) {
    int features = 5;
    NetworkShape shape = new NetworkShape(0, features, cell, reset, 19, 2, false, true, 4);
    float[] flat = Parameters.initial(shape, SEED);
    Parameters weights = Parameters.zeros(Precision.FLOAT, shape);
    weights.write(flat);
    Random random = new Random(SEED);
    float[] values = new float[ROWS * STEPS * features];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    int[] lengths = {STEPS, 4, 7};
    Network network = new Network(shape, weights, 0);
    List<LayerState> last = network.newStates(ROWS);
    Matrix outputs =
        network.forward(new SequenceInput(ROWS, STEPS, lengths, null, values), null, last);

    RecurrentModel model = RecurrentModel.load(file(shape, flat));
    Session session = model.newSession(1);
    float[] state = new float[model.stateLayout().floats()];
    float[] wanted = new float[4];
    float[] given = new float[4];
    for (int row = 0; row < ROWS; row++) {
      Arrays.fill(state, 0f);
      for (int step = 0; step < lengths[row]; step++) {
        float[] input = new float[features];
        System.arraycopy(values, (step * ROWS + row) * features, input, 0, features);
        session.clear();
        session.addFeatures(state, input);
        session.run();
        session.readState(0, state);
        session.readOutput(0, wanted);
        outputs.rows(step * ROWS + row, 1).read(given, 0);
        assertThat(given)
            .as("seed=%d, %s %s, row %d, step %d", SEED, cell, reset, row, step)
            .containsExactly(wanted, TOLERANCE);
      }
      for (int layer = 0; layer < 2; layer++) {
        for (int i = 0; i < 19; i++) {
          assertThat((float) last.get(layer).h().get(row, i))
              .isCloseTo(state[model.stateLayout().hOffset(layer) + i], TOLERANCE);
          if (cell == Cell.LSTM) {
            assertThat((float) last.get(layer).c().get(row, i))
                .isCloseTo(state[model.stateLayout().cOffset(layer) + i], TOLERANCE);
          }
        }
      }
    }
  }

  private static ModelFile file(NetworkShape shape, float[] flat) {
    ModelConfig config =
        ModelConfig.builder()
            .task(Task.REGRESS)
            .cell(shape.cell())
            .gruReset(shape.gruReset())
            .features(FeatureSchema.unscaled(shape.inputSize()))
            .hiddenSize(shape.hiddenSize())
            .layers(shape.layers())
            .outputSize(shape.outputSize())
            .build();
    Map<String, float[]> tensors = new LinkedHashMap<>();
    int at = 0;
    for (Map.Entry<String, int[]> entry : shape.parameterShapes().entrySet()) {
      int length = entry.getValue()[0] * entry.getValue()[1];
      tensors.put(entry.getKey(), Arrays.copyOfRange(flat, at, at + length));
      at += length;
    }
    return ModelFile.of(config, tensors);
  }
}
