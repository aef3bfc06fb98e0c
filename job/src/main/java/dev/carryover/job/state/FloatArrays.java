package dev.carryover.job.state;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes floats as their number (4 bytes, big-endian) and their IEEE 754 bits, as they are.
 *
 * <p>All threads may use it. Writing allocates nothing, reading the array that it returns.
 */
public final class FloatArrays {
  /*
   * Floats go through a byte array in bounded pieces: one write a piece is what RocksDB's views are
   * fast at, and a damaged count cannot make a large array before the bytes are seen to be there. Each
   * thread keeps one such array, since RocksDB has every event read and write one state.
   */
  private static final int PIECE_FLOATS = 1024;

  private static final ThreadLocal<byte[]> PIECE =
      ThreadLocal.withInitial(() -> new byte[PIECE_FLOATS * Float.BYTES]);

  private static final VarHandle BITS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private FloatArrays() {}

  /** Writes an array. */
  public static void write(float[] values, DataOutputView out) throws IOException {
    out.writeInt(values.length);
    byte[] piece = PIECE.get();
    for (int from = 0; from < values.length; from += PIECE_FLOATS) {
      int count = Math.min(PIECE_FLOATS, values.length - from);
      for (int j = 0; j < count; j++) {
        BITS.set(piece, j * Float.BYTES, Float.floatToRawIntBits(values[from + j]));
      }
      out.write(piece, 0, count * Float.BYTES);
    }
  }

  /**
   * Reads an array.
   *
   * @param what whose floats they are, for the error message
   * @throws IOException if their number is negative, or they are not all there
   */
  public static float[] read(String what, DataInputView in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      throw new IOException(
          what + " claims " + length + " floats: the savepoint or checkpoint is damaged");
    }
    float[] values = new float[Math.min(length, PIECE_FLOATS)];
    byte[] piece = PIECE.get();
    for (int from = 0; from < length; from += PIECE_FLOATS) {
      int count = Math.min(PIECE_FLOATS, length - from);
      in.readFully(piece, 0, count * Float.BYTES);
      if (from + count > values.length) {
        values = Arrays.copyOf(values, Math.min(length, 2 * values.length));
      }
      for (int j = 0; j < count; j++) {
        values[from + j] = Float.intBitsToFloat((int) BITS.get(piece, j * Float.BYTES));
      }
    }
    return values;
  }
}
