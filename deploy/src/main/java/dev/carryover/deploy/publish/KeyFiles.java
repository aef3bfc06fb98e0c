package dev.carryover.deploy.publish;

import dev.carryover.schemas.AnnouncementSignature;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.Set;

/** The two files of a pair of keys. No message shows anything of a private key. */
public final class KeyFiles {

  /** Larger than any key, and no file of that size is read. */
  private static final long LARGEST_BYTES = 1 << 16;

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private KeyFiles() {}

  /**
   * Makes a new pair of Ed25519 keys. The private file is never readable for anybody but its owner,
   * where the file system knows owners.
   *
   * @throws IOException if one of the files exists, which is left as it is, or cannot be written
   */
  public static void create(Path privateFile, Path publicFile) throws IOException {
    if (privateFile.toAbsolutePath().normalize().equals(publicFile.toAbsolutePath().normalize())) {
      throw new IOException("both keys are to go to " + privateFile + "; name two files");
    }
    if (Files.exists(publicFile, LinkOption.NOFOLLOW_LINKS)) {
      throw exists(publicFile);
    }
    KeyPair pair = AnnouncementSignature.generateKeys();
    boolean owners = Files.getFileStore(folderOf(privateFile)).supportsFileAttributeView("posix");
    write(
        privateFile,
        AnnouncementSignature.toPem(pair.getPrivate()),
        owners ? new FileAttribute<?>[] {OWNER_ONLY} : new FileAttribute<?>[0]);
    try {
      write(publicFile, AnnouncementSignature.toPem(pair.getPublic()), new FileAttribute<?>[0]);
    } catch (IOException e) {
      Files.delete(privateFile);
      throw e;
    }
  }

  /**
   * Reads a private key.
   *
   * @throws IOException if the file cannot be read, or holds something else
   */
  public static PrivateKey readPrivate(Path file) throws IOException {
    if (Files.size(file) > LARGEST_BYTES) {
      throw new IOException(
          "%s has %d bytes, and no key has more than %d; give the private file of a pair that 'carryover keygen' made"
              .formatted(file, Files.size(file), LARGEST_BYTES));
    }
    try {
      return AnnouncementSignature.readPrivateKey(Files.readString(file), file.toString());
    } catch (CharacterCodingException e) {
      throw new IOException(file + " is not text, and no key in PEM", e);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static Path folderOf(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new NoSuchFileException(String.valueOf(folder), null, "make the folder first");
    }
    return folder;
  }

  private static void write(Path file, String pem, FileAttribute<?>[] attributes)
      throws IOException {
    folderOf(file);
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
      Channels.newOutputStream(channel).write(pem.getBytes(StandardCharsets.US_ASCII));
    } catch (FileAlreadyExistsException e) {
      throw exists(file);
    }
  }

  private static IOException exists(Path file) {
    return new IOException(
        file
            + " exists and is not written over; name another file, or remove it if it is not used");
  }
}
