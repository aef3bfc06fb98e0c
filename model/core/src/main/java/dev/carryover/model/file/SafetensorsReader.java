package dev.carryover.model.file;

import dev.carryover.model.file.StrictJson.Number;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a safetensors file, a PyTorch export or a model file, in one pass over a stream: first the
 * header, which {@link #open} checks whole, and then, once the caller has agreed with {@link
 * #entries}, the values.
 *
 * <p>Not thread-safe. The stream stays the caller's to close.
 */
final class SafetensorsReader {
  /*
   * Nothing is allocated on the file's word alone. The size of the file comes from outside; the
   * header length is checked against it before the header is read, and every tensor lies, with a
   * length that its shape confirms, inside a data section that is exactly covered. So the sum of
   * all arrays is at most twice the file (16-bit values become 32-bit ones). The JSON of the header
   * is bounded by the file and by a limit on the number of its values.
   *
   * Reading in the order of the offsets visits every byte once, and that is what makes the SHA-256
   * of the file come for nothing.
   */

  static final String METADATA = "__metadata__";

  private static final int MAX_DIMENSIONS = 8;
  private static final int CHUNK_BYTES = 1 << 16;
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
  private static final List<String> ENTRY_KEYS = List.of("dtype", "shape", "data_offsets");

  /** How one value lies in the file. All are read into float32, which holds each exactly. */
  enum DType {
    F32(4),
    F16(2),
    BF16(2);

    private final int bytes;

    DType(int bytes) {
      this.bytes = bytes;
    }

    /** Decodes {@code count} values from the start of {@code chunk} into {@code target}. */
    void decode(ByteBuffer chunk, int count, float[] target, int offset) {
      switch (this) {
        case F32 -> {
          FloatBuffer floats = chunk.asFloatBuffer();
          floats.get(target, offset, count);
        }
        case F16 -> {
          ShortBuffer halves = chunk.asShortBuffer();
          for (int i = 0; i < count; i++) {
            target[offset + i] = halfToFloat(halves.get(i));
          }
        }
        case BF16 -> {
          ShortBuffer brains = chunk.asShortBuffer();
          for (int i = 0; i < count; i++) {
            target[offset + i] = Float.intBitsToFloat(brains.get(i) << 16);
          }
        }
      }
    }

    /** IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
    static float halfToFloat(short half) {
      int sign = (half & 0x8000) << 16;
      int exponent = (half >>> 10) & 0x1f;
      int fraction = half & 0x3ff;
      if (exponent == 0) {
        float magnitude = fraction * 0x1p-24f;
        return sign == 0 ? magnitude : -magnitude;
      }
      int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
      return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }
  }

  /** A tensor as the header describes it; offsets count from the start of the data section. */
  record Entry(String name, DType dtype, int[] shape, int length, long begin, long end) {}

  private final InputStream in;
  private final DigestInputStream digest;
  private final long size;
  private final String source;
  private final ModelFileLimits limits;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private List<Entry> inOrder;
  private long dataBytes;

  private SafetensorsReader(InputStream in, long size, String source, ModelFileLimits limits) {
    this.digest = new DigestInputStream(in, ModelFileWriter.newSha256());
    this.in = digest;
    this.size = size;
    this.source = source;
    this.limits = limits;
  }

  /**
   * Reads and checks the header.
   *
   * @param in the file from its first byte
   * @param size the number of its bytes, known from elsewhere than the file itself
   * @param source names the file in errors
   */
  static SafetensorsReader open(InputStream in, long size, String source, ModelFileLimits limits)
      throws ModelFileException {
    SafetensorsReader reader = new SafetensorsReader(in, size, source, limits);
    reader.readHeader();
    return reader;
  }

  /** The strings of {@code __metadata__}. */
  Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /** The tensors by name, in the order of the header. */
  Map<String, Entry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  private void readHeader() throws ModelFileException {
    if (size > limits.fileBytes()) {
      throw refuse(
          ModelFileError.FILE_TOO_LARGE,
          "the file has " + size + " bytes, the limit is " + limits.fileBytes(),
          "",
          "raise the limit if the model is meant to be this large");
    }
    if (size < Long.BYTES) {
      throw refuse(
          ModelFileError.TRUNCATED,
          "the file has " + size + " bytes, the header length alone has " + Long.BYTES,
          "",
          "copy the file again");
    }
    byte[] prefix = new byte[Long.BYTES];
    readFully(prefix, prefix.length, 0);
    long headerBytes = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (headerBytes < 0 || headerBytes > size - Long.BYTES) {
      throw refuse(
          ModelFileError.HEADER_BEYOND_FILE,
          "the header length is "
              + Long.toUnsignedString(headerBytes)
              + ", the file has "
              + (size - Long.BYTES)
              + " bytes after it",
          ", offset 0",
          "copy the file again if it was cut off; export PyTorch weights with"
              + " safetensors.torch.save_file");
    }
    if (headerBytes > limits.headerBytes()) {
      throw refuse(
          ModelFileError.HEADER_TOO_LARGE,
          "the header has " + headerBytes + " bytes, the limit is " + limits.headerBytes(),
          ", offset 0",
          "raise the limit if the vocabulary is meant to be this large");
    }
    byte[] header = new byte[(int) headerBytes];
    readFully(header, header.length, Long.BYTES);
    dataBytes = size - Long.BYTES - headerBytes;
    String text = StrictJson.decodeUtf8(header);
    if (text == null) {
      throw refuse(
          ModelFileError.HEADER_NOT_UTF8,
          "the header's " + headerBytes + " bytes are not UTF-8",
          ", offset 8",
          "write the file again");
    }
    Map<String, Object> json =
        StrictJson.parse(
            text, source + ", header", ModelFileError.HEADER_MALFORMED, limits.headerValues());
    for (Map.Entry<String, Object> item : json.entrySet()) {
      if (item.getKey().equals(METADATA)) {
        readMetadata(item.getValue());
      } else {
        entries.put(item.getKey(), readEntry(item.getKey(), item.getValue()));
      }
    }
    if (entries.size() > limits.tensors()) {
      throw refuse(
          ModelFileError.TOO_MANY_TENSORS,
          "the header describes " + entries.size() + " tensors, the limit is " + limits.tensors(),
          ", header",
          "raise the limit if the model is meant to have this many");
    }
    checkCoverage();
  }

  private void readMetadata(Object value) throws ModelFileException {
    if (!(value instanceof Map<?, ?> map)) {
      throw refuse(
          ModelFileError.METADATA_INVALID,
          "metadata is " + type(value) + ", expected an object of strings",
          ", header, " + METADATA,
          "write the file again");
    }
    for (Map.Entry<?, ?> item : map.entrySet()) {
      if (!(item.getValue() instanceof String text)) {
        throw refuse(
            ModelFileError.METADATA_INVALID,
            "the value is " + type(item.getValue()) + ", expected a string",
            ", header, " + METADATA + "." + item.getKey(),
            "write metadata as strings; JSON inside it is one string");
      }
      metadata.put((String) item.getKey(), text);
    }
  }

  private Entry readEntry(String name, Object value) throws ModelFileException {
    if (!(value instanceof Map<?, ?> map)) {
      throw invalidEntry(name, "it is " + type(value) + ", expected an object");
    }
    if (map.size() != ENTRY_KEYS.size() || !map.keySet().containsAll(ENTRY_KEYS)) {
      throw invalidEntry(name, "its keys are " + map.keySet() + ", expected " + ENTRY_KEYS);
    }
    DType dtype = dtype(name, map.get("dtype"));
    long[] shape = wholeNumbers(name, "shape", map.get("shape"));
    long[] offsets = wholeNumbers(name, "data_offsets", map.get("data_offsets"));
    long length = length(name, shape);
    if (offsets.length != 2) {
      throw invalidEntry(name, "data_offsets has " + offsets.length + " numbers, expected 2");
    }
    long begin = offsets[0];
    long end = offsets[1];
    if (begin < 0 || end < begin) {
      throw inTensor(
          ModelFileError.OFFSETS_INVALID,
          "data_offsets are [" + begin + ", " + end + "], expected 0 <= begin <= end",
          name,
          "write the file again");
    }
    if (end > dataBytes) {
      throw inTensor(
          ModelFileError.OFFSETS_OUT_OF_RANGE,
          "data_offsets end at " + end + ", the data section has " + dataBytes + " bytes",
          name,
          "copy the file again if it was cut off, else write it again");
    }
    if (end - begin != length * dtype.bytes) {
      throw inTensor(
          ModelFileError.TENSOR_SIZE_MISMATCH,
          "shape %s of %s needs %d bytes, data_offsets [%d, %d] hold %d"
              .formatted(
                  Arrays.toString(shape), dtype, length * dtype.bytes, begin, end, end - begin),
          name,
          "write the file again");
    }
    int[] dimensions = Arrays.stream(shape).mapToInt(Math::toIntExact).toArray();
    return new Entry(name, dtype, dimensions, (int) length, begin, end);
  }

  private DType dtype(String name, Object value) throws ModelFileException {
    if (!(value instanceof String text)) {
      throw invalidEntry(name, "dtype is " + type(value) + ", expected a string");
    }
    for (DType dtype : DType.values()) {
      if (dtype.name().equals(text)) {
        return dtype;
      }
    }
    throw inTensor(
        ModelFileError.UNSUPPORTED_DTYPE,
        "dtype is '" + text + "', expected one of " + Arrays.toString(DType.values()),
        name,
        "convert the tensor to float32 before saving it, or leave it out if it is no weight");
  }

  private long[] wholeNumbers(String name, String key, Object value) throws ModelFileException {
    if (!(value instanceof List<?> list)) {
      throw invalidEntry(name, key + " is " + type(value) + ", expected an array");
    }
    long[] numbers = new long[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!(list.get(i) instanceof Number number) || !number.whole()) {
        throw invalidEntry(
            name, "%s[%d] is %s, expected a whole number".formatted(key, i, type(list.get(i))));
      }
      try {
        numbers[i] = Long.parseLong(number.text());
      } catch (NumberFormatException e) {
        throw invalidEntry(
            name, "%s[%d] is %s, which is beyond 64 bits".formatted(key, i, number.text()));
      }
    }
    return numbers;
  }

  /** The product of the dimensions, which fits an array. */
  private long length(String name, long[] shape) throws ModelFileException {
    if (shape.length > MAX_DIMENSIONS) {
      throw inTensor(
          ModelFileError.SHAPE_INVALID,
          "the shape has " + shape.length + " dimensions, the limit is " + MAX_DIMENSIONS,
          name,
          "leave the tensor out if it is no weight of the model");
    }
    long length = 1;
    boolean overflow = false;
    for (long dimension : shape) {
      if (dimension < 0) {
        throw inTensor(
            ModelFileError.SHAPE_INVALID,
            "the shape is " + Arrays.toString(shape) + ", expected no negative dimension",
            name,
            "write the file again");
      }
      // Each factor is checked by itself, so that a zero among them does not hide a huge one.
      overflow |= dimension > LARGEST_ARRAY;
      if (!overflow) {
        length *= dimension;
        overflow = length > LARGEST_ARRAY;
      }
    }
    if (overflow) {
      throw inTensor(
          ModelFileError.SHAPE_OVERFLOW,
          "shape %s has more values than one array holds, which is %d"
              .formatted(Arrays.toString(shape), LARGEST_ARRAY),
          name,
          "use smaller sizes, or write the file again if they are not the model's");
    }
    return length;
  }

  /** Every byte of the data section belongs to exactly one tensor. */
  private void checkCoverage() throws ModelFileException {
    inOrder = new ArrayList<>(entries.values());
    inOrder.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long covered = 0;
    for (Entry entry : inOrder) {
      if (entry.begin < covered) {
        throw inTensor(
            ModelFileError.OFFSETS_OVERLAP,
            "it begins at " + entry.begin + ", the tensor before it ends at " + covered,
            entry.name,
            "write the file again");
      }
      if (entry.begin > covered) {
        throw inTensor(
            ModelFileError.OFFSETS_GAP,
            "it begins at " + entry.begin + ", expected " + covered + " where the last one ends",
            entry.name,
            "write the file again");
      }
      covered = entry.end;
    }
    if (covered != dataBytes) {
      throw refuse(
          ModelFileError.TRAILING_BYTES,
          "the tensors end at " + covered + ", the data section has " + dataBytes + " bytes",
          ", data section",
          "write the file again");
    }
  }

  /** Reads all values, by name. To be called once. */
  Map<String, float[]> readValues() throws ModelFileException {
    Map<String, float[]> values = new LinkedHashMap<>();
    byte[] chunk = new byte[CHUNK_BYTES];
    long dataStart = size - dataBytes;
    for (Entry entry : inOrder) {
      float[] tensor = new float[entry.length];
      int perChunk = CHUNK_BYTES / entry.dtype.bytes;
      for (int done = 0; done < tensor.length; ) {
        int count = Math.min(perChunk, tensor.length - done);
        long offset = dataStart + entry.begin + (long) done * entry.dtype.bytes;
        readFully(chunk, count * entry.dtype.bytes, offset);
        entry.dtype.decode(
            ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN), count, tensor, done);
        done += count;
      }
      checkFinite(entry, tensor);
      values.put(entry.name, tensor);
    }
    checkEnd();
    return values;
  }

  private void checkFinite(Entry entry, float[] tensor) throws ModelFileException {
    for (int i = 0; i < tensor.length; i++) {
      if (!Float.isFinite(tensor[i])) {
        throw inTensor(
            ModelFileError.NON_FINITE_VALUE,
            "the value at index %d of %s is %s, expected a finite number"
                .formatted(i, Arrays.toString(entry.shape), tensor[i]),
            entry.name,
            "train again from a checkpoint before the weights diverged");
      }
    }
  }

  private void checkEnd() throws ModelFileException {
    try {
      if (in.read() >= 0) {
        throw refuse(
            ModelFileError.TRAILING_BYTES,
            "bytes follow the " + size + " that the file was said to have",
            ", offset " + size,
            "read the file when nobody is writing it");
      }
    } catch (ModelFileException e) {
      throw e;
    } catch (IOException e) {
      throw unreadable(source, e);
    }
  }

  /** The SHA-256 of all bytes, once {@link #readValues} has read them. */
  String sha256() {
    return HexFormat.of().formatHex(digest.getMessageDigest().digest());
  }

  private void readFully(byte[] target, int count, long offset) throws ModelFileException {
    int read;
    try {
      read = in.readNBytes(target, 0, count);
    } catch (IOException e) {
      throw unreadable(source, e);
    }
    if (read < count) {
      throw refuse(
          ModelFileError.TRUNCATED,
          "the file ends after " + (offset + read) + " bytes, expected " + size,
          ", offset " + (offset + read),
          "copy the file again");
    }
  }

  static ModelFileException unreadable(String source, IOException cause) {
    return new ModelFileException(
        ModelFileError.UNREADABLE,
        "the file cannot be read: " + cause,
        source,
        "check that it exists and may be read, or try again",
        cause);
  }

  private ModelFileException invalidEntry(String tensor, String what) {
    return inTensor(ModelFileError.TENSOR_ENTRY_INVALID, what, tensor, "write the file again");
  }

  private ModelFileException inTensor(
      ModelFileError error, String what, String tensor, String remedy) {
    return refuse(error, what, ", header, tensor " + tensor, remedy);
  }

  private ModelFileException refuse(
      ModelFileError error, String what, String place, String remedy) {
    return new ModelFileException(error, what, source + place, remedy);
  }

  private static String type(Object value) {
    if (value instanceof Map) {
      return "an object";
    }
    if (value instanceof List) {
      return "an array";
    }
    return value instanceof String ? "'" + value + "'" : String.valueOf(value);
  }
}
