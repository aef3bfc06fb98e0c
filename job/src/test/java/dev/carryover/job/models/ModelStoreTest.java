package dev.carryover.job.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.carryover.job.models.ModelStore.Stored;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelStoreTest {
  private static final String NAME = "hdfs-0123456789abcdef.safetensors";

  @TempDir private Path folder;
  private Path file;
  private String sha256;

  @BeforeEach
  void writeFile() throws IOException, NoSuchAlgorithmException {
    byte[] bytes = "weights ".repeat(20_000).getBytes(StandardCharsets.US_ASCII);
    file = Files.write(folder.resolve("model"), bytes);
    sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void aFileIsCopiedWholeIntoAFolderThatIsMade() throws IOException {
    Path store = folder.resolve("a b/store");

    Stored stored = ModelStore.put(file, store.toString(), NAME, sha256);

    assertThat(stored.copied()).isTrue();
    assertThat(stored.uri()).startsWith("file:///").endsWith("/a%20b/store/" + NAME);
    assertThat(Path.of(URI.create(stored.uri()))).hasSameBinaryContentAs(file);
    assertThat(names(store)).containsExactly(NAME);
    ModelStore.check(stored.uri(), Files.size(file));
  }

  @Test
  void aPathAndAUriOfAFolderGiveTheSameFile() throws IOException {
    Path store = Files.createDirectories(folder.resolve("store"));
    Stored first = ModelStore.put(file, store.toString(), NAME, sha256);
    FileTime written = FileTime.from(Instant.EPOCH);
    Files.setLastModifiedTime(store.resolve(NAME), written);

    for (String again : List.of(store + "/", store.toUri().toString(), "file://" + store)) {
      assertThat(ModelStore.put(file, again, NAME, sha256))
          .as(again)
          .isEqualTo(new Stored(first.uri(), false));
    }
    assertThat(Files.getLastModifiedTime(store.resolve(NAME))).isEqualTo(written);
  }

  @Test
  void aDamagedFileOfTheSameNameIsReplaced() throws IOException {
    Path store = Files.createDirectories(folder.resolve("store"));
    byte[] flipped = Files.readAllBytes(file);
    flipped[9] ^= 1;
    for (byte[] damaged : List.of(new byte[3], flipped)) {
      Files.write(store.resolve(NAME), damaged);
      assertThat(ModelStore.put(file, store.toString(), NAME, sha256).copied()).isTrue();
      assertThat(store.resolve(NAME)).hasSameBinaryContentAs(file);
    }
    assertThat(names(store)).containsExactly(NAME);
  }

  @Test
  void aFileThatChangesWhileItIsCopiedLeavesNothing() throws IOException {
    Path store = folder.resolve("store");
    Files.writeString(file, "other");
    assertThatIOException()
        .isThrownBy(() -> ModelStore.put(file, store.toString(), NAME, sha256))
        .withMessageContaining("its copy has the SHA-256")
        .withMessageContaining("the file had " + sha256)
        .withMessageContaining(store.toString());
    assertThat(names(store)).isEmpty();
  }

  @Test
  void aFolderThatIsNoneIsRefused() throws IOException {
    assertThatIOException()
        .isThrownBy(() -> ModelStore.put(file, file.toString(), NAME, sha256))
        .withMessage("folder " + file + " is refused: it is a file; name a folder");
    Path store = Files.createDirectories(folder.resolve("store"));
    Files.createDirectories(store.resolve(NAME));
    assertThatIOException()
        .isThrownBy(() -> ModelStore.put(file, store.toString(), NAME, sha256))
        .withMessageContaining(NAME + " is a folder");
  }

  @ParameterizedTest
  @CsvSource({
    "s3://user:secret@bucket/models, a user or a password",
    "s3://us%2fer:secret@b_c/models, a user or a password",
    "s3://bucket/models?secret=1, a query or a fragment",
    "s3://bucket/models#secret, a query or a fragment",
    "s3://bucket/a/../secret, an empty segment",
    "s3://bucket/./secret, an empty segment",
    "s3://bucket/%2e%2E/secret, an empty segment",
    "s3://bucket/secret//b, an empty segment",
    "s3://bucket/secret%2f.., encoded slash",
    "s3://bucket/sec ret, no URI",
    "s3:secret, has no path"
  })
  void aUriThatJobsWouldRefuseIsRefusedUnshown(String uri, String reason) {
    assertThatIOException()
        .isThrownBy(() -> ModelStore.put(file, uri, NAME, sha256))
        .withMessageStartingWith("the URI of the folder is refused: ")
        .withMessageContaining(reason)
        .withMessageNotContaining("secret");
  }

  @Test
  void anUnknownFileSystemSaysWhereOneIsLookedFor() {
    assertThatIOException()
        .isThrownBy(() -> ModelStore.put(file, "pigeon://loft/models", NAME, sha256))
        .withMessageContaining("there is no file system for 'pigeon://loft/models/" + NAME)
        .withMessageContaining("FLINK_PLUGINS_DIR");
  }

  @Test
  void whatIsNoLongerThereIsTold() throws IOException {
    String uri = file.toUri().toString();
    ModelStore.check(uri, Files.size(file));
    assertThatIOException()
        .isThrownBy(() -> ModelStore.check(uri, 7))
        .withMessage(uri + " has 160000 bytes, 7 bytes were announced");
    assertThatIOException()
        .isThrownBy(() -> ModelStore.check(uri + "x", 7))
        .withMessageContaining(uri + "x does not exist");
    assertThatIOException()
        .isThrownBy(() -> ModelStore.check(folder.toUri().toString(), 7))
        .withMessageContaining("is a folder");
    assertThatIOException()
        .isThrownBy(() -> ModelStore.check(":x", 7))
        .withMessageContaining("no URI of a file");
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }
}
