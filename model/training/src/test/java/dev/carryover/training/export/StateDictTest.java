package dev.carryover.training.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import dev.carryover.training.layers.NetworkShape;
import dev.carryover.training.layers.Parameters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDictTest {
  @TempDir Path folder;

  @Test
  void theImporterReadsItAsItReadsPyTorchs() throws Exception {
    NetworkShape shape = new NetworkShape(7, 3, Cell.LSTM, GruReset.AFTER, 5, 2, false, true, 7);
    float[] weights = Parameters.initial(shape, 1);
    Path path = folder.resolve("state_dict.safetensors");
    StateDict.write(shape.parameterShapes(), weights, path);
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        """
        {"task": "next-token", "cell": "lstm", "embedding_size": 3, "hidden_size": 5, "layers": 2,
         "vocabulary_size": 7}
        """);
    ModelFile file = ModelImporter.fromFiles(path, config);
    int at = 0;
    for (Map.Entry<String, int[]> entry : shape.parameterShapes().entrySet()) {
      int length = entry.getValue()[0] * entry.getValue()[1];
      assertThat(file.tensor(entry.getKey()))
          .as(entry.getKey())
          .containsExactly(Arrays.copyOfRange(weights, at, at + length));
      at += length;
    }
    assertThat(at).isEqualTo(file.config().parameterCount());
  }
}
