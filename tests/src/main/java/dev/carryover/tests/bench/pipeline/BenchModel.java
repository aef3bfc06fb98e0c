package dev.carryover.tests.bench.pipeline;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.tests.bench.operator.OperatorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The next-token GRU of these benchmarks, of V = {@value #VOCABULARY}, in a file. */
public final class BenchModel {
  /** V, special tokens included. */
  public static final int VOCABULARY = 36;

  /** Where weights, keys and tokens come from. */
  public static final long SEED = 20261120;

  private final ModelFile model;
  private final Path file;
  private final String sha256;

  private BenchModel(ModelFile model, Path file, String sha256) {
    this.model = model;
    this.file = file;
    this.sha256 = sha256;
  }

  /** Writes the model of a hidden size into a folder. */
  public static BenchModel write(int hiddenSize, Path folder) throws IOException {
    ModelFile model = OperatorModel.of(hiddenSize, VOCABULARY, SEED);
    Path file = folder.resolve("bench.safetensors");
    return new BenchModel(model, file, ModelFileWriter.write(model, file));
  }

  /** The model. */
  public ModelFile model() {
    return model;
  }

  /** Its file. */
  public Path file() {
    return file;
  }

  /** Tokens that events carry: all but the special ones, so that no sequence ends. */
  public List<String> tokens() {
    return OperatorModel.eventTokens(model);
  }

  /** Floats of a key's state. */
  public int stateFloats() {
    return model.config().stateLayout().floats();
  }

  /** What a job that serves the model refers to. */
  public ModelReference reference() {
    return new ModelReference(file.toUri().toString(), sha256, 1, KernelChoice.AUTO);
  }

  /** Which kernels run, and why. */
  public String kernels() {
    return RecurrentModel.load(model).kernelReason();
  }

  /** What the operator of a job has that sets nothing else but what it must. */
  public OperatorSettings settings(Map<String, String> options) throws ConfigurationException {
    Map<String, String> all = new HashMap<>();
    all.put("job.name", "bench");
    all.put("kafka.bootstrap-servers", "unused:9092");
    all.put("events.topics", "events");
    all.put("model.path", file.toString());
    all.put("inferences.topic", "inferences");
    all.put("dead-letters.topic", "dead-letters");
    all.putAll(options);
    return OperatorSettings.from(JobConfiguration.of(all));
  }
}
