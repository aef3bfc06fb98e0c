package dev.carryover.training.trainer;

import dev.carryover.training.export.AtomicFile;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * All of a run that is needed to go on as if it had never stopped.
 *
 * <p>Version 1 of the file: the magic {@code CRYT}, the version, the text of the plan, the digest
 * of the data, the position, the history as JSON, the vectors, each with its length, and the
 * SHA-256 of all of it. Big-endian, as {@link DataOutputStream} writes.
 *
 * @param plan the plan as YAML
 * @param dataDigest the digest of the training data
 * @param epoch epochs that are done
 * @param batch batches that are done in the epoch at hand
 * @param optimizerSteps updates that are done
 * @param lossSum the sum of the losses of the batches that are done in the epoch at hand
 * @param secondsInEpoch how long the epoch at hand has taken
 * @param bestLoss the best validation loss, or other score that decides
 * @param epochsSinceBest how many epochs ago that was
 * @param history what happened
 * @param weights all weights, {@code [P]}
 * @param memory what the optimizer remembers
 * @param carried the hidden state that windows carry on, one vector per thread
 */
record Checkpoint(
    String plan,
    String dataDigest,
    int epoch,
    int batch,
    long optimizerSteps,
    double lossSum,
    double secondsInEpoch,
    double bestLoss,
    int epochsSinceBest,
    RunHistory history,
    float[] weights,
    List<float[]> memory,
    List<float[]> carried) {
  private static final int MAGIC = 0x43525954;
  private static final int VERSION = 1;
  private static final int SHA_256_BYTES = 32;

  /**
   * Writes a file, which appears whole or not at all.
   *
   * @throws IOException when it cannot be written; what stood there before still does
   */
  void write(Path path) throws IOException {
    byte[] json = history.toJson();
    MessageDigest digest = sha256();
    AtomicFile.write(
        path,
        target -> {
          DataOutputStream out = new DataOutputStream(new DigestOutputStream(target, digest));
          out.writeInt(MAGIC);
          out.writeInt(VERSION);
          writeBytes(out, plan.getBytes(StandardCharsets.UTF_8));
          writeBytes(out, dataDigest.getBytes(StandardCharsets.UTF_8));
          out.writeInt(epoch);
          out.writeInt(batch);
          out.writeLong(optimizerSteps);
          out.writeDouble(lossSum);
          out.writeDouble(secondsInEpoch);
          out.writeDouble(bestLoss);
          out.writeInt(epochsSinceBest);
          writeBytes(out, json);
          writeFloats(out, weights);
          writeAll(out, memory);
          writeAll(out, carried);
          out.flush();
          target.write(digest.digest());
        });
  }

  private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void writeAll(DataOutputStream out, List<float[]> vectors) throws IOException {
    out.writeInt(vectors.size());
    for (float[] vector : vectors) {
      writeFloats(out, vector);
    }
  }

  private static void writeFloats(DataOutputStream out, float[] values) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES));
    bytes.asFloatBuffer().put(values);
    writeBytes(out, bytes.array());
  }

  /**
   * Reads a file that {@link #write} wrote.
   *
   * @throws IOException when it cannot be read, is something else, or was damaged
   */
  static Checkpoint read(Path path) throws IOException {
    long size = Files.size(path);
    MessageDigest digest = sha256();
    try (DigestInputStream digesting =
            new DigestInputStream(new BufferedInputStream(Files.newInputStream(path)), digest);
        DataInputStream in = new DataInputStream(digesting)) {
      int magic = in.readInt();
      int version = in.readInt();
      if (magic != MAGIC || version != VERSION) {
        throw new IOException(
            "%s begins with %08x, version %d, and a checkpoint with %08x, version %d; name the folder of a run of this build"
                .formatted(path, magic, version, MAGIC, VERSION));
      }
      Checkpoint checkpoint =
          new Checkpoint(
              new String(readBytes(in, size), StandardCharsets.UTF_8),
              new String(readBytes(in, size), StandardCharsets.UTF_8),
              in.readInt(),
              in.readInt(),
              in.readLong(),
              in.readDouble(),
              in.readDouble(),
              in.readDouble(),
              in.readInt(),
              RunHistory.fromJson(readBytes(in, size)),
              readFloats(in, size),
              readAll(in, size),
              readAll(in, size));
      byte[] found = digest.digest();
      digesting.on(false);
      byte[] recorded = in.readNBytes(SHA_256_BYTES);
      if (!Arrays.equals(found, recorded)) {
        throw new IOException(path + " is damaged: its digest does not fit; begin a new run");
      }
      return checkpoint;
    } catch (EOFException e) {
      throw new IOException(path + " ends in the middle of a checkpoint; begin a new run", e);
    }
  }

  private static byte[] readBytes(DataInputStream in, long size) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > size) {
      throw new EOFException();
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  private static float[] readFloats(DataInputStream in, long size) throws IOException {
    byte[] bytes = readBytes(in, size);
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
    return values;
  }

  private static List<float[]> readAll(DataInputStream in, long size) throws IOException {
    int count = in.readInt();
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      vectors.add(readFloats(in, size));
    }
    return vectors;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
