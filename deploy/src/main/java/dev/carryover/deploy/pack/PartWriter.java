package dev.carryover.deploy.pack;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Cuts a stream into files {@code NAME.part-0001}, {@code NAME.part-0002} and so on. A part has its
 * final name only when it is whole, and {@link #finish} removes those of an earlier, longer stream.
 *
 * <p>Not thread-safe. Closing without {@link #finish} gives up: the parts that are whole stay, what
 * was begun is removed.
 */
final class PartWriter extends OutputStream {

  /** A whole part. */
  record Part(String file, long bytes, String sha256) {}

  private static final int MOST_PARTS = 9999;

  private final Path folder;
  private final String name;
  private final long partSize;
  private final List<Part> parts = new ArrayList<>();
  private final MessageDigest digest = sha256();
  private final Path unfinished;
  private OutputStream out;
  private long inPart;

  PartWriter(Path folder, String name, long partSize) {
    this.folder = folder;
    this.name = name;
    this.partSize = partSize;
    this.unfinished = folder.resolve(name + ".part.unfinished");
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    while (left > 0) {
      if (out == null) {
        open();
      }
      int now = (int) Math.min(left, partSize - inPart);
      out.write(bytes, at, now);
      inPart += now;
      at += now;
      left -= now;
      if (inPart == partSize) {
        closePart();
      }
    }
  }

  private void open() throws IOException {
    if (parts.size() == MOST_PARTS) {
      throw new PackException(
          "parts of "
              + partSize
              + " bytes would be more than "
              + MOST_PARTS
              + "; give a larger --part-size");
    }
    digest.reset();
    inPart = 0;
    out =
        new DigestOutputStream(
            new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 20), digest);
  }

  private void closePart() throws IOException {
    out.close();
    out = null;
    String file = partName(parts.size() + 1);
    Files.move(
        unfinished,
        folder.resolve(file),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    parts.add(new Part(file, inPart, hex(digest.digest())));
  }

  private String partName(int number) {
    return String.format(Locale.ROOT, "%s.part-%04d", name, number);
  }

  /** Ends the last part and returns them all, in order. */
  List<Part> finish() throws IOException {
    if (out != null) {
      closePart();
    }
    String last = partName(parts.size());
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, name + ".part-*")) {
      for (Path part : found) {
        if (part.getFileName().toString().compareTo(last) > 0) {
          Files.delete(part);
        }
      }
    }
    return List.copyOf(parts);
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      out.close();
      out = null;
      Files.deleteIfExists(unfinished);
    }
  }
}
