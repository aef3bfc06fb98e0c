package dev.carryover.deploy.pack;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.zip.GZIPOutputStream;

/**
 * Writes regular files in the POSIX ustar format, compressed by gzip: every {@code tar} reads that.
 *
 * <p>Not thread-safe.
 */
final class TarWriter {

  private static final int BLOCK = 512;
  private static final int NAME_BYTES = 100;
  private static final int PREFIX_BYTES = 155;
  private static final int CHECKSUM_AT = 148;
  private static final long LARGEST = (1L << 33) - 1;

  private final GZIPOutputStream out;
  private final byte[] buffer = new byte[1 << 16];

  TarWriter(OutputStream out) throws IOException {
    this.out = new GZIPOutputStream(out, 1 << 16);
  }

  /**
   * Adds a file of exactly that many bytes; the stream stays open.
   *
   * @param written is told, now and then, how many of them are written
   */
  void add(String path, long size, boolean executable, InputStream content, LongConsumer written)
      throws IOException {
    out.write(header(path, size, executable));
    long left = size;
    while (left > 0) {
      if (Thread.interrupted()) {
        throw new PackException("stopped; run it again for a whole pack");
      }
      int read = content.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (read < 0) {
        throw new EOFException(path + " ended " + left + " bytes before its size of " + size);
      }
      out.write(buffer, 0, read);
      left -= read;
      written.accept(size - left);
    }
    out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
  }

  private static byte[] header(String path, long size, boolean executable) throws PackException {
    if (size > LARGEST) {
      throw new PackException(path + " has " + size + " bytes; an entry has at most " + LARGEST);
    }
    int slash =
        path.length() <= NAME_BYTES ? -1 : path.indexOf('/', path.length() - NAME_BYTES - 1);
    byte[] header = new byte[BLOCK];
    put(header, 0, NAME_BYTES, path.substring(slash + 1), path);
    put(header, 100, 8, executable ? "0000755" : "0000644", path);
    put(header, 108, 8, "0000000", path);
    put(header, 116, 8, "0000000", path);
    put(header, 124, 12, octal(size, 11), path);
    put(header, 136, 12, octal(System.currentTimeMillis() / 1000, 11), path);
    put(header, CHECKSUM_AT, 8, "        ", path);
    put(header, 156, 1, "0", path);
    put(header, 257, 8, "ustar\u000000", path);
    put(header, 345, PREFIX_BYTES, slash < 0 ? "" : path.substring(0, slash), path);
    int sum = 0;
    for (byte value : header) {
      sum += value & 0xff;
    }
    put(header, CHECKSUM_AT, 7, octal(sum, 6) + '\0', path);
    return header;
  }

  private static String octal(long value, int digits) {
    return String.format(Locale.ROOT, "%0" + digits + "o", value);
  }

  private static void put(byte[] header, int at, int length, String text, String path)
      throws PackException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > length) {
      throw new PackException("the path " + path + " is too long for a tar file");
    }
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  /** Writes the end mark, and what compression below holds back. */
  void finish() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.finish();
  }
}
