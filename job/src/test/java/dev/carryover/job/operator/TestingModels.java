package dev.carryover.job.operator;

import dev.carryover.job.models.ModelReference;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small models with seeded random weights, one of every kind that the job serves. */
public enum TestingModels {
  /** Begin, end and unknown token. */
  NEXT_TOKEN {
    @Override
    ModelConfig.Builder config() {
      return tokens(Vocabulary.of(words(9), "<bos>", "<eos>", "<unk>"), Task.NEXT_TOKEN, Cell.GRU);
    }
  },
  /** The same, with thresholds for alerts. */
  NEXT_TOKEN_CALIBRATED {
    @Override
    ModelConfig.Builder config() {
      return NEXT_TOKEN.config().alerts(new AlertThresholds(3, 2f, 2.2f, true, 0.01f));
    }
  },
  /** No special tokens: nothing to say when a sequence just ends. */
  NEXT_TOKEN_WITHOUT_END {
    @Override
    ModelConfig.Builder config() {
      return tokens(Vocabulary.of(words(6), null, null, null), Task.NEXT_TOKEN, Cell.LSTM)
          .layers(2);
    }
  },
  /** Three labels of token sequences. */
  CLASSIFY {
    @Override
    ModelConfig.Builder config() {
      return tokens(Vocabulary.of(words(9), "<bos>", "<eos>", "<unk>"), Task.CLASSIFY, Cell.GRU)
          .gruReset(GruReset.BEFORE)
          .labels(List.of("calm", "odd", "broken"));
    }
  },
  /** Two labels of feature sequences, from one output. */
  CLASSIFY_FEATURES {
    @Override
    ModelConfig.Builder config() {
      return features(Task.CLASSIFY, Cell.RNN_TANH).labels(List.of("no", "yes")).outputSize(1);
    }
  },
  /** Two values from tokens. */
  REGRESS {
    @Override
    ModelConfig.Builder config() {
      return tokens(Vocabulary.of(words(7), null, "<eos>", null), Task.REGRESS, Cell.RNN_TANH)
          .outputSize(2);
    }
  },
  /** Three values from features. */
  REGRESS_FEATURES {
    @Override
    ModelConfig.Builder config() {
      return features(Task.REGRESS, Cell.LSTM).outputSize(3);
    }
  },
  /** Three labels of every token. */
  LABEL {
    @Override
    ModelConfig.Builder config() {
      return tokens(Vocabulary.of(words(9), "<bos>", "<eos>", "<unk>"), Task.LABEL, Cell.LSTM)
          .labels(List.of("noun", "verb", "other"));
    }
  };

  private static final int HIDDEN = 8;

  abstract ModelConfig.Builder config();

  private static ModelConfig.Builder tokens(Vocabulary vocabulary, Task task, Cell cell) {
    return ModelConfig.builder()
        .modelId("testing")
        .task(task)
        .cell(cell)
        .vocabulary(vocabulary)
        .embeddingSize(4)
        .hiddenSize(HIDDEN);
  }

  private static ModelConfig.Builder features(Task task, Cell cell) {
    FeatureSchema schema =
        FeatureSchema.of(List.of("a", "b"), new float[] {1, -2}, new float[] {0.5f, 4});
    return ModelConfig.builder()
        .modelId("testing")
        .task(task)
        .cell(cell)
        .features(schema)
        .hiddenSize(HIDDEN);
  }

  private static List<String> words(int size) {
    List<String> words = new ArrayList<>(List.of("<bos>", "<eos>", "<unk>"));
    while (words.size() < size) {
      words.add("w" + words.size());
    }
    return words;
  }

  /** The model file, with the same weights for every call. */
  public ModelFile file() {
    return random(config().build(), ordinal());
  }

  /** Writes the model into a folder. */
  public ModelReference in(Path folder) {
    return write(file(), folder.resolve(name() + ".safetensors"));
  }

  /** The model under another revision number. */
  public ModelReference in(Path folder, long revision) {
    ModelReference written = in(folder);
    return new ModelReference(written.uri(), written.sha256(), revision, written.options());
  }

  /** The same model with its weights in some precision, on vectors where there are any. */
  static ModelReference in(ModelReference model, WeightPrecision weights) {
    return new ModelReference(
        model.uri(),
        model.sha256(),
        model.revision(),
        RuntimeOptions.DEFAULTS.withWeights(weights));
  }

  /** Writes a model that reads from both ends, which no job serves. */
  public static ModelReference bidirectional(Path folder) {
    ModelConfig config = LABEL.config().bidirectional(true).build();
    return write(random(config, 1), folder.resolve("bidirectional.safetensors"));
  }

  /** A model of a config with seeded random weights. */
  static ModelFile random(ModelConfig config, long seed) {
    return ModelFile.of(config, weights(config, seed));
  }

  /** Seeded random weights, to be changed by a test. */
  static Map<String, float[]> weights(ModelConfig config, long seed) {
    Random random = new Random(seed);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      float[] values = new float[config.tensorShapes().length(name)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian() * 0.7f;
      }
      tensors.put(name, values);
    }
    return tensors;
  }

  /** Writes a model file and says where it is, as revision 3. */
  static ModelReference write(ModelFile file, Path path) {
    try {
      String sha256 = ModelFileWriter.write(file, path);
      return new ModelReference(path.toUri().toString(), sha256, 3, KernelChoice.SCALAR);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
