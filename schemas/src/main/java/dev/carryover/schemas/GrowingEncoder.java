package dev.carryover.schemas;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.BinaryData;
import org.apache.avro.io.BinaryEncoder;

/**
 * Avro's binary encoding written into one array that grows and is used again for the next record.
 *
 * <p>Allocation: what {@link #toByteArray} returns, a string that is not plain ASCII, and the array
 * while it grows. Thread-safety: none.
 */
final class GrowingEncoder extends BinaryEncoder {

  private static final int INITIAL_CAPACITY = 512;

  /** One giant record must not keep a giant array alive. */
  private static final int MAX_RETAINED_CAPACITY = 1 << 20;

  private static final int MAX_CAPACITY = Integer.MAX_VALUE - 8;
  private static final int MAX_INT_BYTES = 5;
  private static final int MAX_LONG_BYTES = 10;

  private byte[] buffer = new byte[INITIAL_CAPACITY];
  private int position;

  /** Begins a record with the given header. */
  void reset(byte[] header) {
    if (buffer.length > MAX_RETAINED_CAPACITY) {
      buffer = new byte[INITIAL_CAPACITY];
    }
    position = 0;
    writeFixed(header, 0, header.length);
  }

  byte[] toByteArray() {
    return Arrays.copyOf(buffer, position);
  }

  @Override
  public void writeBoolean(boolean value) {
    reserve(1);
    buffer[position++] = (byte) (value ? 1 : 0);
  }

  @Override
  public void writeInt(int value) {
    reserve(MAX_INT_BYTES);
    position += BinaryData.encodeInt(value, buffer, position);
  }

  @Override
  public void writeLong(long value) {
    reserve(MAX_LONG_BYTES);
    position += BinaryData.encodeLong(value, buffer, position);
  }

  @Override
  public void writeFloat(float value) {
    reserve(Float.BYTES);
    position += BinaryData.encodeFloat(value, buffer, position);
  }

  @Override
  public void writeDouble(double value) {
    reserve(Double.BYTES);
    position += BinaryData.encodeDouble(value, buffer, position);
  }

  @Override
  public void writeString(String value) {
    int length = value.length();
    int start = position;
    writeInt(length);
    reserve(length);
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c >= 0x80) {
        position = start;
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        writeInt(utf8.length);
        writeFixed(utf8, 0, utf8.length);
        return;
      }
      buffer[position + i] = (byte) c;
    }
    position += length;
  }

  @Override
  public void writeFixed(byte[] bytes, int start, int length) {
    reserve(length);
    System.arraycopy(bytes, start, buffer, position, length);
    position += length;
  }

  @Override
  protected void writeZero() {
    writeBoolean(false);
  }

  @Override
  public int bytesBuffered() {
    return position;
  }

  @Override
  public void flush() {}

  private void reserve(int length) {
    if (length > buffer.length - position) {
      long needed = (long) position + length;
      if (needed > MAX_CAPACITY) {
        throw new IllegalArgumentException(
            "record of at least "
                + needed
                + " bytes, "
                + MAX_CAPACITY
                + " bytes fit into an array");
      }
      buffer =
          Arrays.copyOf(buffer, (int) Math.min(MAX_CAPACITY, Math.max(needed, 2L * buffer.length)));
    }
  }
}
