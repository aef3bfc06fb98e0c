package dev.carryover.schemas;

import dev.carryover.schemas.RecordDecodingException.Code;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;

/**
 * Avro's binary encoding read from a byte array that is not trusted.
 *
 * <p>Allocation: one object per string or bytes value, never larger than the bytes that hold it.
 * Thread-safety: none. Aliasing: the array is only borrowed between {@link #reset} and the end of
 * the record. Errors: every method throws {@link RecordDecodingException} and nothing else.
 */
final class BoundedDecoder extends Decoder {

  /*
   * Avro's own BinaryDecoder allocates what a length says, up to 2 GiB, before it finds that the
   * bytes are not there; its limits are system properties, the same for every record. Here the
   * bound is the record itself, by two rules.
   *
   *   1. A string or bytes length must fit into the bytes that remain.
   *   2. The item counts of all array and map blocks together must not exceed the record's length.
   *
   * The second holds for every honest record: an item takes at least one byte that belongs to no
   * other item (an inner array its terminator, a map entry its key length). It also bounds what
   * the first cannot: items of zero size (null, an empty record) cost nothing on the wire, so a
   * 20-byte record could otherwise claim 2^31 of them, or, within any bound per block, repeat the
   * block and grow with the square of its size.
   */

  private static final String REMEDY =
      "the record is damaged or was written with another schema: check its producer";

  private final String recordName;

  private byte[] bytes = new byte[0];
  private int origin;
  private int position;
  private int limit;
  private long unclaimedItems;

  BoundedDecoder(String recordName) {
    this.recordName = recordName;
  }

  /**
   * Begins a record whose body is {@code bytes[start, limit)}; positions in messages count from
   * {@code origin}.
   */
  void reset(byte[] bytes, int origin, int start, int limit) {
    this.bytes = bytes;
    this.origin = origin;
    this.position = start;
    this.limit = limit;
    this.unclaimedItems = limit - start;
  }

  int remaining() {
    return limit - position;
  }

  RecordDecodingException trailingBytes() {
    return error(Code.TRAILING_BYTES, remaining() + " bytes are left after the last field");
  }

  RecordDecodingException malformed(RuntimeException cause) {
    return new RecordDecodingException(
        Code.MALFORMED, "value not allowed: " + cause.getMessage(), where(), REMEDY, cause);
  }

  @Override
  public void readNull() {}

  @Override
  public boolean readBoolean() throws RecordDecodingException {
    byte value = readByte();
    if ((value & ~1) != 0) {
      throw error(Code.MALFORMED, "boolean of value " + (value & 0xff) + ", 0 or 1 is allowed");
    }
    return value == 1;
  }

  @Override
  public int readInt() throws RecordDecodingException {
    long value = readLong();
    if ((int) value != value) {
      throw error(Code.MALFORMED, "int of value " + value + ", 32 bits are allowed");
    }
    return (int) value;
  }

  @Override
  public long readLong() throws RecordDecodingException {
    byte b = readByte();
    long zigzag = b & 0x7f;
    for (int shift = 7; b < 0; shift += 7) {
      b = readByte();
      if (shift == 63 && (b & 0xfe) != 0) {
        throw error(Code.MALFORMED, "variable-length integer of more than 64 bits");
      }
      zigzag |= (b & 0x7fL) << shift;
    }
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  @Override
  public float readFloat() throws RecordDecodingException {
    int start = advance(Float.BYTES);
    return Float.intBitsToFloat(littleEndian(start));
  }

  @Override
  public double readDouble() throws RecordDecodingException {
    int start = advance(Double.BYTES);
    return Double.longBitsToDouble(
        (littleEndian(start) & 0xffffffffL) | ((long) littleEndian(start + 4) << 32));
  }

  @Override
  public String readString() throws RecordDecodingException {
    int length = readLength("string");
    int start = advance(length);
    String value = new String(bytes, start, length, StandardCharsets.UTF_8);
    // The constructor puts U+FFFD where bytes are not UTF-8, which would make different keys equal.
    if (value.indexOf('\uFFFD') >= 0) {
      requireUtf8(start, length);
    }
    return value;
  }

  @Override
  public Utf8 readString(Utf8 old) throws RecordDecodingException {
    int length = readLength("string");
    int start = advance(length);
    for (int i = start; i < position; i++) {
      if (bytes[i] < 0) {
        requireUtf8(start, length);
        break;
      }
    }
    byte[] copy = Arrays.copyOfRange(bytes, start, position);
    return old == null ? new Utf8(copy) : old.set(new Utf8(copy));
  }

  @Override
  public void skipString() throws RecordDecodingException {
    advance(readLength("string"));
  }

  @Override
  public ByteBuffer readBytes(ByteBuffer old) throws RecordDecodingException {
    int length = readLength("bytes");
    int start = advance(length);
    return ByteBuffer.wrap(Arrays.copyOfRange(bytes, start, start + length));
  }

  @Override
  public void skipBytes() throws RecordDecodingException {
    advance(readLength("bytes"));
  }

  @Override
  public void readFixed(byte[] target, int start, int length) throws RecordDecodingException {
    System.arraycopy(bytes, advance(length), target, start, length);
  }

  @Override
  public void skipFixed(int length) throws RecordDecodingException {
    advance(length);
  }

  @Override
  public int readEnum() throws RecordDecodingException {
    return readInt();
  }

  @Override
  public int readIndex() throws RecordDecodingException {
    return readInt();
  }

  @Override
  public long readArrayStart() throws RecordDecodingException {
    return readItemCount("array");
  }

  @Override
  public long arrayNext() throws RecordDecodingException {
    return readItemCount("array");
  }

  @Override
  public long skipArray() throws RecordDecodingException {
    return skipItems("array");
  }

  @Override
  public long readMapStart() throws RecordDecodingException {
    return readItemCount("map");
  }

  @Override
  public long mapNext() throws RecordDecodingException {
    return readItemCount("map");
  }

  @Override
  public long skipMap() throws RecordDecodingException {
    return skipItems("map");
  }

  /**
   * Count of the next block's items; a negative one on the wire is followed by the block's size.
   */
  private long readItemCount(String kind) throws RecordDecodingException {
    long count = readLong();
    if (count < 0) {
      count = -count;
      readLength(kind + " block");
    }
    return claim(kind, count);
  }

  /**
   * Jumps over blocks that say their size and returns the item count of the first that does not.
   */
  private long skipItems(String kind) throws RecordDecodingException {
    long count = readLong();
    while (count < 0) {
      advance(readLength(kind + " block"));
      count = readLong();
    }
    return claim(kind, count);
  }

  private long claim(String kind, long count) throws RecordDecodingException {
    // Long.MIN_VALUE has no positive counterpart and is still negative here.
    if (count < 0 || count > remaining() || count > unclaimedItems) {
      throw error(
          Code.LENGTH_BEYOND_RECORD,
          kind
              + " block of "
              + (count < 0 ? "2^63" : Long.toString(count))
              + " items, "
              + Math.min(remaining(), unclaimedItems)
              + " are possible in the bytes that remain");
    }
    unclaimedItems -= count;
    return count;
  }

  private int readLength(String kind) throws RecordDecodingException {
    long length = readLong();
    if (length < 0) {
      throw error(Code.MALFORMED, kind + " of length " + length + ", 0 or more is allowed");
    }
    if (length > remaining()) {
      throw error(
          Code.LENGTH_BEYOND_RECORD,
          kind + " of " + length + " bytes, " + remaining() + " bytes remain");
    }
    return (int) length;
  }

  private byte readByte() throws RecordDecodingException {
    if (position == limit) {
      throw error(Code.TRUNCATED, "the record ends inside a value: 1 more byte needed, 0 remain");
    }
    return bytes[position++];
  }

  /** Steps over {@code length} bytes and returns where they begin. */
  private int advance(int length) throws RecordDecodingException {
    if (length > remaining()) {
      throw error(
          Code.TRUNCATED,
          "the record ends inside a value: "
              + length
              + " more bytes needed, "
              + remaining()
              + " remain");
    }
    int start = position;
    position += length;
    return start;
  }

  private int littleEndian(int start) {
    return (bytes[start] & 0xff)
        | (bytes[start + 1] & 0xff) << 8
        | (bytes[start + 2] & 0xff) << 16
        | bytes[start + 3] << 24;
  }

  private void requireUtf8(int start, int length) throws RecordDecodingException {
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, start, length));
    } catch (CharacterCodingException e) {
      throw error(Code.MALFORMED, "string of " + length + " bytes that are not UTF-8");
    }
  }

  private RecordDecodingException error(Code code, String what) {
    return new RecordDecodingException(code, what, where(), REMEDY);
  }

  private String where() {
    return recordName + ", byte " + (position - origin) + " of " + (limit - origin);
  }
}
