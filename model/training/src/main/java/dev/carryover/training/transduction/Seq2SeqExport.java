package dev.carryover.training.transduction;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.data.BatchOptions;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairBatch;
import dev.carryover.training.pairs.PairBatches;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.seq2seq.Seq2SeqNetwork;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes a model file of trained weights, with outputs of the trainer in it as self-tests. */
public final class Seq2SeqExport {
  private Seq2SeqExport() {}

  /**
   * The model file, after the runtime has loaded it and given the trainer's outputs.
   *
   * @param weights {@code [P]}, in the order of {@link Seq2SeqNetwork#parameterShapes}
   * @param selfTests how many pairs are recorded, at most
   * @param provenance how the model came to be
   * @throws dev.carryover.runtime.SelfTestFailedException when the runtime gives other outputs
   */
  public static ModelFile modelFile(
      ModelConfig config,
      PairData data,
      float[] weights,
      int selfTests,
      Map<String, String> provenance) {
    ModelConfig.Builder described = config.toBuilder();
    provenance.forEach(described::provenance);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    int at = 0;
    for (Map.Entry<String, int[]> entry : Seq2SeqNetwork.parameterShapes(config).entrySet()) {
      float[] values = new float[entry.getValue()[0] * entry.getValue()[1]];
      System.arraycopy(weights, at, values, 0, values.length);
      tensors.put(entry.getKey(), values);
      at += values.length;
    }
    ModelFile file =
        ModelFile.of(described.build(), tensors, selfTests(config, data, weights, selfTests));
    Seq2SeqModel.load(file);
    return file;
  }

  private static List<SelfTest> selfTests(
      ModelConfig config, PairData data, float[] weights, int count) {
    Parameters parameters =
        Parameters.zeros(Precision.FLOAT, Seq2SeqNetwork.parameterShapes(config));
    parameters.write(weights);
    PairWorker worker = new PairWorker(config, parameters, 0, 0);
    List<Pair> from = data.validation().isEmpty() ? data.training() : data.validation();
    PairBatches pairs =
        PairBatches.inOrder(
            data,
            from.subList(0, Math.min(count, from.size())),
            BatchOptions.DEFAULTS.withBatchSize(1));
    List<SelfTest> tests = new ArrayList<>();
    for (int i = 0; i < Math.min(count, pairs.size()); i++) {
      PairBatch pair = pairs.get(i);
      Matrix outputs = worker.outputs(pair);
      float[][] logits = new float[pair.targetSteps()][config.outputSize()];
      for (int step = 0; step < logits.length; step++) {
        outputs.rows(step, 1).read(logits[step], 0);
      }
      tests.add(SelfTest.ofTransduction(pair.sources(), pair.targets(), logits));
    }
    return tests;
  }
}
