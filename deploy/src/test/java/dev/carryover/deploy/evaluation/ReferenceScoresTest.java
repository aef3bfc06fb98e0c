package dev.carryover.deploy.evaluation;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceScoresTest {

  private static final String HEADING =
      "block\tsteps_with_end\tmax_rank\tsum_surprisal_nats\tmax_surprisal_nats\tlabel\n";

  @TempDir private Path folder;

  @Test
  void readsEveryBlockInItsOrder() throws IOException {
    Path file = write(HEADING + "blk_2\t39\t4\t16.25\t2.75\t0\nblk_1\t3\t11\t20.5\t12.5\t1\n");
    assertThat(ReferenceScores.read(file))
        .containsExactly(
            entry("blk_2", new SequenceScore(39, 4, 16.25, 2.75)),
            entry("blk_1", new SequenceScore(3, 11, 20.5, 12.5)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"blk_1\t3\t11", "blk_1\tthree\t11\t20.5\t12.5\t1", "blk_2\t1\t1\t1\t1\t0"})
  void aBadLineIsRefusedByItsNumber(String line) throws IOException {
    Path file = write(HEADING + "blk_2\t39\t4\t16.25\t2.75\t0\n" + line + "\n");
    assertThatThrownBy(() -> ReferenceScores.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + ":3:");
  }

  @Test
  void anotherTableIsRefused() throws IOException {
    Path file = write("block\tlabel\n");
    assertThatThrownBy(() -> ReferenceScores.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + ":1:")
        .hasMessageContaining("steps_with_end");
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("expected.tsv"), text);
  }
}
