package dev.carryover.deploy.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HdfsLogTest {

  @TempDir private Path folder;

  @BeforeEach
  void writeAll() throws IOException {
    Files.createDirectories(folder.resolve("data/hdfs"));
    Files.createDirectories(folder.resolve("models"));
    for (String suffix : List.of("safetensors", "config.json", "expected.tsv")) {
      Files.writeString(folder.resolve("models/hdfs-gru64." + suffix), "");
    }
    write("stream.tsv", "100\tblk_1\t5\n100\tblk_2\t5\n160\tblk_1\t22\n220\tblk_1\t11\n");
    write("labels.tsv", "blk_1\t0\nblk_2\t1\n");
    write("train.txt", "5 22 11\n5 5 22 \n");
  }

  @Test
  void eventsKeepTheirOrderAndTimes() throws IOException, DataAbsentException {
    HdfsLog log = HdfsLog.read(folder);
    assertThat(log.events())
        .containsExactly(
            new BlockEvent(100_000, "blk_1", "5"),
            new BlockEvent(100_000, "blk_2", "5"),
            new BlockEvent(160_000, "blk_1", "22"),
            new BlockEvent(220_000, "blk_1", "11"));
    assertThat(log.tokens("blk_1")).containsExactly("5", "22", "11");
    assertThat(log.labels()).containsEntry("blk_1", false).containsEntry("blk_2", true);
    assertThat(log.normalSessions())
        .containsExactly(List.of("5", "22", "11"), List.of("5", "5", "22"));
    assertThat(log.endMs()).isEqualTo(220_000);
  }

  @Test
  void silenceOfTheGapBeginsAnotherSequence() throws IOException, DataAbsentException {
    HdfsLog log = HdfsLog.read(folder);
    assertThat(log.sequences(Duration.ofSeconds(60))).isEqualTo(2);
    assertThat(log.sequences(Duration.ofSeconds(59))).isEqualTo(4);
  }

  @Test
  void copiesStandSideBySideWithBlocksOfTheirOwn() throws IOException, DataAbsentException {
    HdfsLog log = HdfsLog.read(folder).times(3);
    assertThat(log.events()).hasSize(12);
    assertThat(log.events().subList(0, 4))
        .containsExactly(
            new BlockEvent(100_000, "blk_1", "5"),
            new BlockEvent(100_000, "blk_1#2", "5"),
            new BlockEvent(100_000, "blk_1#3", "5"),
            new BlockEvent(100_000, "blk_2", "5"));
    assertThat(log.labels()).hasSize(6).containsEntry("blk_2#3", true);
    assertThat(log.tokens("blk_1#2")).containsExactly("5", "22", "11");
  }

  @Test
  void absentDataIsToldInTwoLines() throws IOException {
    Files.delete(folder.resolve("data/hdfs/labels.tsv"));
    assertThatThrownBy(() -> HdfsLog.read(folder))
        .isInstanceOf(DataAbsentException.class)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(2))
        .hasMessageContaining("labels.tsv is absent")
        .hasMessageContaining("HDFS_v1 of Loghub")
        .hasMessageContaining(folder.resolve("data/hdfs").toString())
        .hasMessageContaining("--data DIR");
  }

  @Test
  void anAbsentModelIsAbsentData() throws IOException {
    Files.delete(folder.resolve("models/hdfs-gru64.safetensors"));
    assertThatThrownBy(() -> HdfsLog.read(folder))
        .isInstanceOf(DataAbsentException.class)
        .hasMessageContaining("hdfs-gru64.safetensors is absent");
  }

  @Test
  void aMalformedLineIsRefusedByItsNumber() throws IOException {
    write("stream.tsv", "100\tblk_1\t5\nsoon\tblk_2\t5\n");
    assertRefused("stream.tsv:2: the time is 'soon'");
    write("stream.tsv", "100\tblk_1\t5\n99\tblk_2\t5\n");
    assertRefused("stream.tsv:2: time goes back from 100000 to 99000 ms");
    write("stream.tsv", "100\tblk_1\n");
    assertRefused("stream.tsv:1: 2 columns");
    write("stream.tsv", "100\tblk_1\t5\n");
    assertRefused("labels.tsv labels 2");
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> HdfsLog.read(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve("data/hdfs").resolve(name), text);
  }
}
