package dev.carryover.job.events;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Whole numbers of seven bits a byte, the lowest first; signed ones are zigzag coded. */
final class VarInts {
  private VarInts() {}

  static void write(long value, DataOutputView target) throws IOException {
    while ((value & ~0x7FL) != 0) {
      target.writeByte((int) value | 0x80);
      value >>>= 7;
    }
    target.writeByte((int) value);
  }

  static void writeSigned(long value, DataOutputView target) throws IOException {
    write(value << 1 ^ value >> 63, target);
  }

  static long readLong(DataInputView source) throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = source.readByte();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IOException("A variable-length number has more than ten bytes: the data is damaged");
  }

  static int readInt(DataInputView source) throws IOException {
    long value = readLong(source);
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new IOException(
          "A length is " + value + ", allowed are 0 to " + Integer.MAX_VALUE + ": damaged data");
    }
    return (int) value;
  }

  static long readSigned(DataInputView source) throws IOException {
    long value = readLong(source);
    return value >>> 1 ^ -(value & 1);
  }
}
