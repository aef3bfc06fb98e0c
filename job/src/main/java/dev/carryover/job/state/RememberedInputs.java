package dev.carryover.job.state;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The last inputs of a running sequence, oldest first: token ids, or features of one width.
 *
 * <p>A ring that grows with the sequence up to the limit it is given; remembering then allocates
 * nothing. Belongs to the task thread.
 */
final class RememberedInputs {
  /*
   * One array holds either kind: token ids as they are, features as their bits. What is stored is
   *
   *   form      1 byte: 0 nothing is remembered and nothing follows,
   *             1 to 4 tokens of so many bytes each, as few as the largest id needs, 5 features
   *   count     4 bytes, inputs
   *   width     4 bytes, features of an input; with form 5 only
   *   inputs    oldest first, big-endian
   *
   * Like floats, they go through a byte array in bounded pieces, so that a damaged count cannot make
   * a large array before the bytes are seen to be there.
   */
  private static final int NOTHING = 0;
  private static final int FEATURES = 5;
  private static final int PIECE_VALUES = 1024;
  private static final int FIRST_CAPACITY = 8;

  /** Of the object itself and of the header of its array. */
  private static final int OBJECT_BYTES = 48;

  /** Features of an input, 0 where inputs are tokens. */
  private final int width;

  private int[] ring;
  private int oldest;
  private int count;

  /** Nothing remembered yet, of inputs with so many features; 0 for tokens. */
  RememberedInputs(int width) {
    this(width, new int[0], 0);
  }

  private RememberedInputs(int width, int[] ring, int count) {
    this.width = width;
    this.ring = ring;
    this.count = count;
  }

  int width() {
    return width;
  }

  int count() {
    return count;
  }

  /** What they take in memory, in bytes, roughly. */
  long bytes() {
    return OBJECT_BYTES + (long) Integer.BYTES * ring.length;
  }

  void rememberToken(int tokenId, int limit) {
    int at = place(limit); // may replace the ring
    ring[at] = tokenId;
  }

  void rememberFeatures(float[] features, int limit) {
    int at = place(limit);
    for (int i = 0; i < width; i++) {
      ring[at + i] = Float.floatToRawIntBits(features[i]);
    }
  }

  int token(int index) {
    return ring[at(index)];
  }

  void readFeatures(int index, float[] to) {
    int at = at(index);
    for (int i = 0; i < width; i++) {
      to[i] = Float.intBitsToFloat(ring[at + i]);
    }
  }

  /** Makes room for one more input, at the expense of the oldest; says where it begins. */
  private int place(int limit) {
    int capacity = capacity();
    if (capacity > limit) {
      resize(limit);
    } else if (count == capacity && capacity < limit) {
      resize((int) Math.min(limit, Math.max(FIRST_CAPACITY, 2L * capacity)));
    }
    if (count == limit) {
      int at = oldest * slot();
      oldest = oldest + 1 == limit ? 0 : oldest + 1;
      return at;
    }
    count++;
    return at(count - 1);
  }

  private void resize(int capacity) {
    int kept = Math.min(count, capacity);
    int[] resized = new int[Math.multiplyExact(capacity, slot())];
    for (int i = 0; i < kept; i++) {
      System.arraycopy(ring, at(count - kept + i), resized, i * slot(), slot());
    }
    ring = resized;
    oldest = 0;
    count = kept;
  }

  private int capacity() {
    return ring.length / slot();
  }

  /** Values of an input. */
  private int slot() {
    return Math.max(1, width);
  }

  private int at(int index) {
    Objects.checkIndex(index, count);
    int place = oldest + index;
    return (place < capacity() ? place : place - capacity()) * slot();
  }

  RememberedInputs copy() {
    RememberedInputs copy = new RememberedInputs(width, ring.clone(), count);
    copy.oldest = oldest;
    return copy;
  }

  static void write(RememberedInputs inputs, DataOutputView out) throws IOException {
    if (inputs == null || inputs.count == 0) {
      out.writeByte(NOTHING);
    } else {
      inputs.write(out);
    }
  }

  private void write(DataOutputView out) throws IOException {
    int[] values = inOrder();
    int bytes = width > 0 ? Integer.BYTES : bytesOfLargest(values);
    out.writeByte(width > 0 ? FEATURES : bytes);
    out.writeInt(count);
    if (width > 0) {
      out.writeInt(width);
    }
    byte[] piece = new byte[Math.min(PIECE_VALUES, values.length) * bytes];
    for (int from = 0; from < values.length; from += PIECE_VALUES) {
      int filled = 0;
      for (int i = from; i < Math.min(values.length, from + PIECE_VALUES); i++) {
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
          piece[filled++] = (byte) (values[i] >>> shift);
        }
      }
      out.write(piece, 0, filled);
    }
  }

  private int[] inOrder() {
    int[] values = new int[count * slot()];
    int beforeWrap = Math.min(values.length, ring.length - oldest * slot());
    System.arraycopy(ring, oldest * slot(), values, 0, beforeWrap);
    System.arraycopy(ring, 0, values, beforeWrap, values.length - beforeWrap);
    return values;
  }

  private static int bytesOfLargest(int[] tokens) {
    int bits = 0;
    for (int token : tokens) {
      bits |= token;
    }
    return Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(bits) + 7) / 8);
  }

  /** Reads what {@link #write} wrote; null where nothing is remembered. */
  static RememberedInputs read(DataInputView in) throws IOException {
    int form = in.readUnsignedByte();
    if (form == NOTHING) {
      return null;
    }
    if (form > FEATURES) {
      throw damaged("inputs of the form " + form + ", known are 0 to " + FEATURES);
    }
    int count = in.readInt();
    int width = form == FEATURES ? in.readInt() : 0;
    long length = (long) count * Math.max(1, width);
    if (count < 1 || width < 0 || form == FEATURES && width == 0 || length > Integer.MAX_VALUE) {
      throw damaged(count + " inputs of " + width + " features");
    }
    int bytes = form == FEATURES ? Integer.BYTES : form;
    return new RememberedInputs(width, readValues(in, (int) length, bytes), count);
  }

  private static int[] readValues(DataInputView in, int length, int bytes) throws IOException {
    int[] values = new int[Math.min(length, PIECE_VALUES)];
    byte[] piece = new byte[values.length * bytes];
    for (int from = 0; from < length; from += PIECE_VALUES) {
      int to = Math.min(length, from + PIECE_VALUES);
      in.readFully(piece, 0, (to - from) * bytes);
      if (to > values.length) {
        values = Arrays.copyOf(values, (int) Math.min(length, 2L * values.length));
      }
      int at = 0;
      for (int i = from; i < to; i++) {
        int value = 0;
        for (int b = 0; b < bytes; b++) {
          value = value << 8 | piece[at++] & 0xFF;
        }
        values[i] = value;
      }
    }
    return values;
  }

  private static IOException damaged(String claim) {
    return new IOException(
        "a hidden state claims to remember "
            + claim
            + ": the savepoint or checkpoint is damaged, restore from another one");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RememberedInputs that
        && width == that.width
        && count == that.count
        && Arrays.equals(inOrder(), that.inOrder());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(inOrder());
  }
}
