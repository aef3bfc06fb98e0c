package dev.carryover.deploy.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.schemas.AnnouncementSignature;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFilesTest {

  @TempDir private Path folder;
  private Path privateFile;
  private Path publicFile;

  @BeforeEach
  void nameFiles() {
    privateFile = folder.resolve("private.pem");
    publicFile = folder.resolve("public.pem");
  }

  @Test
  void whatOneFileSignsTheOtherVerifies() throws IOException {
    KeyFiles.create(privateFile, publicFile);
    ModelAnnouncement announcement =
        new ModelAnnouncement("m", 2L, "file:///m", "", 1L, null, StatePolicy.RESET, null, null);

    AnnouncementSignature.sign(announcement, KeyFiles.readPrivate(privateFile));

    assertThat(
            AnnouncementSignature.verify(
                announcement,
                AnnouncementSignature.readPublicKey(Files.readString(publicFile), "public.pem")))
        .isTrue();
  }

  @Test
  void nobodyButTheOwnerReadsThePrivateFile() throws IOException {
    assumeTrue(
        Files.getFileStore(folder).supportsFileAttributeView("posix"),
        "the file system of the temporary folder knows no owners");
    KeyFiles.create(privateFile, publicFile);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(privateFile)))
        .isEqualTo("rw-------");
  }

  @Test
  void aFileThatExistsIsNotWrittenOver() throws IOException {
    Files.writeString(privateFile, "mine");
    assertThatIOException()
        .isThrownBy(() -> KeyFiles.create(privateFile, publicFile))
        .withMessageContaining(privateFile + " exists and is not written over");
    assertThat(privateFile).hasContent("mine");
    assertThat(publicFile).doesNotExist();

    Files.move(privateFile, publicFile);
    assertThatIOException()
        .isThrownBy(() -> KeyFiles.create(privateFile, publicFile))
        .withMessageContaining(publicFile + " exists");
    assertThat(publicFile).hasContent("mine");
    assertThat(privateFile).doesNotExist();
  }

  @Test
  void onePathForBothKeysIsRefused() {
    assertThatIOException()
        .isThrownBy(() -> KeyFiles.create(privateFile, folder.resolve("x/../private.pem")))
        .withMessageContaining("name two files");
    assertThat(privateFile).doesNotExist();
  }

  @Test
  void halfAPairIsNotLeftBehind() {
    assertThatIOException()
        .isThrownBy(() -> KeyFiles.create(privateFile, folder.resolve("absent/public.pem")))
        .isInstanceOf(NoSuchFileException.class)
        .withMessageContaining("make the folder first");
    assertThat(privateFile).doesNotExist();
  }

  @Test
  void whatIsNoPrivateKeyIsRefusedByItsFile() throws IOException {
    KeyFiles.create(privateFile, publicFile);
    assertThatIOException()
        .isThrownBy(() -> KeyFiles.readPrivate(publicFile))
        .withMessageContaining(
            "a PEM block 'PUBLIC KEY', a 'PRIVATE KEY' is needed; " + publicFile);
    Path bytes = Files.write(folder.resolve("bytes"), new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThatIOException()
        .isThrownBy(() -> KeyFiles.readPrivate(bytes))
        .withMessageContaining(bytes + " is not text");
    Path large = Files.write(folder.resolve("large"), new byte[70_000]);
    assertThatIOException()
        .isThrownBy(() -> KeyFiles.readPrivate(large))
        .withMessageContaining(large + " has 70000 bytes");
  }
}
