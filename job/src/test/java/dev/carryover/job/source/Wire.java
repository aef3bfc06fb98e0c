package dev.carryover.job.source;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes Avro's binary encoding byte by byte, also where it is wrong. */
final class Wire {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  Wire raw(int... values) {
    for (int value : values) {
      bytes.write(value);
    }
    return this;
  }

  Wire raw(byte[] values) {
    bytes.writeBytes(values);
    return this;
  }

  /** An int or a long: zigzag, seven bits a byte. */
  Wire number(long value) {
    long rest = value << 1 ^ value >> 63;
    while ((rest & ~0x7FL) != 0) {
      bytes.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return this;
  }

  Wire text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return number(utf8.length).raw(utf8);
  }

  Wire float32(float value) {
    return littleEndian(Float.floatToRawIntBits(value), 4);
  }

  Wire float64(double value) {
    return littleEndian(Double.doubleToRawLongBits(value), 8);
  }

  Wire littleEndian(long value, int length) {
    for (int i = 0; i < length; i++) {
      bytes.write((int) (value >>> 8 * i));
    }
    return this;
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }
}
