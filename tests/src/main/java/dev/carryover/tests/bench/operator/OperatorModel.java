package dev.carryover.tests.bench.operator;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.SpecialTokens;
import dev.carryover.model.vocabulary.Vocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The model of benchmarks of the operator, a next-token GRU with seeded random weights, and the
 * settings that it is served with.
 */
public final class OperatorModel {
  private static final int EMBEDDING_SIZE = 32;
  private static final String BEGIN = "<bos>";
  private static final String END = "<eos>";

  private OperatorModel() {}

  /** A model with an embedding of 32 floats and one layer. */
  public static ModelFile of(int hiddenSize, int vocabularySize, long seed) {
    List<String> tokens = new ArrayList<>(List.of(BEGIN, END));
    while (tokens.size() < vocabularySize) {
      tokens.add("E" + tokens.size());
    }
    ModelConfig config =
        ModelConfig.builder()
            .modelId("bench")
            .task(Task.NEXT_TOKEN)
            .cell(Cell.GRU)
            .vocabulary(Vocabulary.of(tokens, new SpecialTokens(BEGIN, END, null)))
            .embeddingSize(EMBEDDING_SIZE)
            .hiddenSize(hiddenSize)
            .build();
    Random random = new Random(seed);
    float bound = (float) (1 / Math.sqrt(hiddenSize));
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      tensors.put(name, uniform(random, config.tensorShapes().length(name), bound));
    }
    return ModelFile.of(config, tensors);
  }

  /** Tokens that events carry: all but the special ones, so that no sequence ends. */
  public static List<String> eventTokens(ModelFile model) {
    List<String> tokens = model.config().vocabulary().tokens();
    return tokens.subList(2, tokens.size());
  }

  /** What a job has that sets nothing but what it must. */
  public static OperatorSettings defaultSettings(Path file) {
    return settings(file, "");
  }

  /** Those, but for the size of a micro-batch. */
  static OperatorSettings settings(Path file, int batchSize) {
    return settings(file, "batch.size: " + batchSize);
  }

  private static OperatorSettings settings(Path file, String more) {
    String yaml =
        """
        job.name: bench
        kafka.bootstrap-servers: unused:9092
        events.topics: events
        model.path: %s
        inferences.topic: inferences
        dead-letters.topic: dead-letters
        %s
        """
            .formatted(file, more);
    try {
      return OperatorSettings.from(JobConfiguration.parse(yaml, "the benchmark"));
    } catch (ConfigurationException e) {
      throw new IllegalStateException("the configuration of the benchmark is refused", e);
    }
  }

  private static float[] uniform(Random random, int count, float bound) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (2 * random.nextFloat() - 1) * bound;
    }
    return values;
  }
}
