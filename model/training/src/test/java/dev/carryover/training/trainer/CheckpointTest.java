package dev.carryover.training.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.training.export.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir Path folder;

  private static Checkpoint checkpoint(float... weights) {
    return new Checkpoint(
        "cell: gru",
        "digest",
        3,
        14,
        159,
        2.6,
        5.3,
        0.5,
        1,
        new RunHistory("backend", 7, 2, weights.length),
        weights,
        List.of(new float[] {4, 5}),
        List.of(new float[0], new float[] {Float.MIN_VALUE}));
  }

  @Test
  void everythingIsReadBack() throws IOException {
    Path path = folder.resolve("c");
    checkpoint(1, -2, 3).write(path);
    Checkpoint read = Checkpoint.read(path);
    assertThat(read)
        .usingRecursiveComparison()
        .ignoringFields("history")
        .isEqualTo(checkpoint(1, -2, 3));
    assertThat(read.history().seed()).isEqualTo(7);
  }

  @Test
  void everyDamagedByteAndEveryCutIsNoticed() throws IOException {
    Path path = folder.resolve("c");
    checkpoint(1, -2, 3).write(path);
    byte[] bytes = Files.readAllBytes(path);
    Path damaged = folder.resolve("damaged");
    for (int at = 0; at < bytes.length; at++) {
      byte[] copy = bytes.clone();
      copy[at] ^= 0x10;
      Files.write(damaged, copy);
      assertThatThrownBy(() -> Checkpoint.read(damaged))
          .as("byte %d", at)
          .isInstanceOf(IOException.class);
      Files.write(damaged, Arrays.copyOf(bytes, at));
      assertThatThrownBy(() -> Checkpoint.read(damaged))
          .as("cut at %d", at)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aDiskThatFillsUpLeavesTheEarlierFileWhole() throws IOException {
    Path path = folder.resolve("c");
    checkpoint(1, 2, 3).write(path);
    byte[] before = Files.readAllBytes(path);
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    path,
                    out -> {
                      out.write(new byte[1 << 20]);
                      throw new IOException("No space left on device");
                    }))
        .hasMessage("No space left on device");
    assertThat(Files.readAllBytes(path)).isEqualTo(before);
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }
}
