package dev.carryover.job.models;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileError;
import dev.carryover.model.file.ModelFileException;
import dev.carryover.model.file.ModelFileLimits;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.SelfTestFailedException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one file to a model that may serve: fetched through Flink's file systems, checked,
 * packed, self-tested and warmed. Equal loads have equal outcomes but for the state of the storage.
 *
 * @param uri a path of any Flink file system
 * @param sha256 digest that the file must have, or {@link #ANY_DIGEST}
 * @param bytes size that the file must have, or {@link #ANY_SIZE}
 * @param maximumBytes size that it may have at most
 * @param timeoutMs how long it may take, or {@link LoadThreads#UNLIMITED}
 * @param options kernels to run on and what weights are kept in
 */
record ModelLoad(
    String uri,
    String sha256,
    long bytes,
    long maximumBytes,
    long timeoutMs,
    RuntimeOptions options) {
  /* The reader computes a digest too, but only of a file that it accepts. Here it is taken of whatever
   * was fetched: a file that is cut off or exchanged is told from one that was announced as it is and
   * breaks a rule.
   */

  /** Whatever digest the file has. */
  static final String ANY_DIGEST = null;

  /** Whatever size the file has. */
  static final long ANY_SIZE = -1;

  private static final Logger LOG = LoggerFactory.getLogger(ModelLoad.class);

  /** Compiling the kernels takes this long; the sources of the job start meanwhile. */
  private static final Duration WARM_UP = Duration.ofSeconds(1);

  /** Cells whose kernels this process has compiled. */
  private static final Set<String> WARMED = ConcurrentHashMap.newKeySet();

  private static final int DRAIN_BYTES = 1 << 16;

  /** A model ready to serve, with the size of its file and the time that everything took. */
  record Loaded(LoadedModel model, long bytes, long nanos) {}

  /** The load of the model that a job was submitted with. */
  static ModelLoad submitted(ModelReference reference) {
    return new ModelLoad(
        reference.uri(),
        reference.sha256(),
        ANY_SIZE,
        ModelFileLimits.defaults().fileBytes(),
        LoadThreads.UNLIMITED,
        reference.options());
  }

  /** The load of an announced model. */
  static ModelLoad announced(ModelReference reference, long bytes, ModelSettings settings) {
    return new ModelLoad(
        reference.uri(),
        reference.sha256(),
        bytes,
        settings.maximumBytes(),
        settings.loadTimeoutMs(),
        reference.options());
  }

  private boolean announced() {
    return bytes != ANY_SIZE;
  }

  /** What hangs together when storage hangs: scheme and authority. */
  String store() {
    try {
      URI parsed = path().toUri();
      String authority = parsed.getRawAuthority();
      return parsed.getScheme() + "://" + (authority == null ? "" : authority);
    } catch (IllegalArgumentException e) {
      return "nowhere"; // the load will say why
    }
  }

  /**
   * Fetches and loads the model.
   *
   * @param wanted turns false when nobody waits for it any more
   * @throws ModelRejectedException if it may not serve; of what else is thrown {@link #rejection}
   *     makes one
   */
  Loaded run(BooleanSupplier wanted) throws ModelRejectedException {
    long start = System.nanoTime();
    Fetched fetched = fetch(wanted);
    LoadedModel model = pack(fetched.file);
    Loaded loaded = new Loaded(model, fetched.bytes, System.nanoTime() - start);
    LOG.info(
        "Loaded model '{}' from {} in {} ms: SHA-256 {}, {} floats of state per key, {}",
        model.config().modelId(),
        uri,
        loaded.nanos / 1_000_000,
        sha256,
        model.floats(),
        model.kernelReason());
    return loaded;
  }

  private LoadedModel pack(ModelFile file) throws ModelRejectedException {
    if (file.config().bidirectional()) {
      throw refused(
          RejectionCode.UNSUPPORTED_MODEL,
          "it holds a bidirectional model: no end exists in a stream to run backwards from; use a"
              + " one-directional model",
          null);
    }
    try {
      LoadedModel model = LoadedModel.load(file, options);
      boolean decodes = file.config().task() == Task.SEQ2SEQ;
      if (WARMED.add(
          file.config().cell()
              + (decodes ? " decoder of " : " of ")
              + options.weights()
              + " on "
              + model.kernels())) {
        model.warmUp(WARM_UP);
      }
      return model;
    } catch (SelfTestFailedException e) {
      throw refused(RejectionCode.SELF_TEST_FAILED, e.getMessage(), e);
    }
  }

  /** A file with its size. */
  record Fetched(ModelFile file, long bytes) {}

  /**
   * Fetches the file and checks everything about it but whether it reproduces its self-tests.
   *
   * @param wanted turns false when nobody waits for it any more
   * @throws ModelRejectedException if it cannot be read or is refused
   */
  Fetched fetch(BooleanSupplier wanted) throws ModelRejectedException {
    try {
      Path path = path();
      FileSystem fileSystem = path.getFileSystem();
      FileStatus status = fileSystem.getFileStatus(path);
      if (status.isDir()) {
        throw refused(
            RejectionCode.FILE_MISSING,
            "it is a folder; give the path of a .safetensors file",
            null);
      }
      checkSize(status.getLen());
      try (FSDataInputStream in = fileSystem.open(path)) {
        return new Fetched(read(in, status.getLen(), wanted), status.getLen());
      }
    } catch (FileNotFoundException e) {
      throw refused(
          RejectionCode.FILE_MISSING,
          "it does not exist, or may not be read; look at the path and its permissions",
          e);
    } catch (IOException e) {
      throw refused(
          RejectionCode.FILE_UNREADABLE, e.getMessage() == null ? e.toString() : e.getMessage(), e);
    } catch (RuntimeException e) { // file systems throw these too
      throw refused(
          RejectionCode.FILE_UNREADABLE, e + "; look at the path and at its file system", e);
    }
  }

  private void checkSize(long found) throws ModelRejectedException {
    if (found > maximumBytes) {
      throw refused(
          RejectionCode.FILE_TOO_LARGE,
          "it has "
              + found
              + " bytes, the limit is "
              + maximumBytes
              + (announced()
                  ? "; raise models.maximum-size if the model is meant to be this large"
                  : "; no model file may be larger"),
          null);
    }
    checkAnnouncedSize(found);
  }

  /**
   * Compares a size with the announced one.
   *
   * @throws ModelRejectedException if they differ
   */
  void checkAnnouncedSize(long found) throws ModelRejectedException {
    if (announced() && found != bytes) {
      throw refused(
          RejectionCode.SIZE_MISMATCH,
          "it has "
              + found
              + " bytes, the announcement says "
              + bytes
              + "; publish it again if it was cut off or exchanged",
          null);
    }
  }

  private ModelFile read(InputStream in, long size, BooleanSupplier wanted)
      throws ModelRejectedException, IOException {
    DigestedStream stream = new DigestedStream(in, size, wanted);
    try {
      ModelFile file =
          ModelFileReader.read(
              stream, size, uri, ModelFileLimits.defaults().withFileBytes(maximumBytes));
      checkDigest(file.sha256());
      return file;
    } catch (ModelFileException e) {
      if (e.error() == ModelFileError.UNREADABLE) {
        throw refused(RejectionCode.FILE_UNREADABLE, e.getMessage(), e);
      }
      stream.drain();
      if (stream.left > 0) {
        throw refused(
            RejectionCode.SIZE_MISMATCH,
            "it ends after "
                + (size - stream.left)
                + " bytes, its file system says that it has "
                + size
                + "; read it when nobody is writing it",
            e);
      }
      checkDigest(stream.sha256());
      throw refused(RejectionCode.INVALID_FILE, e.getMessage(), e);
    }
  }

  private void checkDigest(String found) throws ModelRejectedException {
    if (sha256 == ANY_DIGEST || found.equals(sha256)) {
      return;
    }
    throw new ModelRejectedException(
        RejectionCode.SHA256_MISMATCH,
        "model file "
            + uri
            + " has the SHA-256 "
            + found
            + (announced() ? ", the announcement says " : ", the job was submitted with ")
            + sha256
            + (announced()
                ? ": publish the file again, it is not the one that was announced"
                : ": put the file back, or submit the job again"));
  }

  /** What a failure of {@link #run} or {@link LoadThreads} means to whoever asked. */
  ModelRejectedException rejection(Throwable failure) {
    if (failure instanceof ModelRejectedException rejected) {
      return rejected;
    }
    if (failure instanceof TimeoutException) {
      String reason =
          failure.getMessage() == null
              ? "it was not loaded within " + timeoutMs + " ms"
              : failure.getMessage();
      return refused(
          RejectionCode.LOAD_TIMEOUT,
          reason
              + "; look at the storage, or raise models.load-timeout, and announce it under a higher revision",
          failure);
    }
    return refused(
        RejectionCode.LOAD_FAILED,
        failure + "; look at the memory and the kernels of this process",
        failure);
  }

  private ModelRejectedException refused(RejectionCode code, String reason, Throwable cause) {
    return new ModelRejectedException(code, "model file " + uri + " is refused: " + reason, cause);
  }

  /** A URI, in which characters that have no place in one may also stand as they are. */
  private Path path() {
    try {
      return new Path(new URI(uri));
    } catch (URISyntaxException e) {
      return new Path(uri);
    }
  }

  /**
   * The first bytes of a stream and their digest, while they are wanted, and nothing after them.
   */
  private static final class DigestedStream extends InputStream {
    private final InputStream in;
    private final MessageDigest digest;
    private final BooleanSupplier wanted;
    private long left;

    private DigestedStream(InputStream in, long size, BooleanSupplier wanted) {
      this.in = in;
      this.wanted = wanted;
      left = size;
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      if (!wanted.getAsBoolean()) {
        throw new InterruptedIOException("the load was given up");
      }
      int count = in.read(target, offset, (int) Math.min(length, left));
      if (count > 0) {
        left -= count;
        digest.update(target, offset, count);
      }
      return count;
    }

    private void drain() throws IOException {
      byte[] chunk = new byte[DRAIN_BYTES];
      while (left > 0 && read(chunk, 0, chunk.length) >= 0) {
        // Only the digest is wanted.
      }
    }

    private String sha256() {
      return HexFormat.of().formatHex(digest.digest());
    }
  }
}
