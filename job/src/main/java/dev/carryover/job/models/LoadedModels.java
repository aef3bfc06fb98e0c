package dev.carryover.job.models;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileLimits;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.RuntimeOptions;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models that tasks of this process use, each loaded once and shared, and freed with the last task.
 * Safe for all threads.
 */
public final class LoadedModels {
  private static final Logger LOG = LoggerFactory.getLogger(LoadedModels.class);

  /** Compiling the kernels takes this long; the sources of the job start meanwhile. */
  private static final Duration WARM_UP = Duration.ofSeconds(1);

  private static final Map<ModelReference, Entry> ENTRIES = new HashMap<>();

  /** Cells whose kernels this process has compiled; guarded like the entries. */
  private static final Set<String> WARMED = new HashSet<>();

  private LoadedModels() {}

  private static final class Entry {
    private final RecurrentModel model;
    private int users;

    private Entry(RecurrentModel model) {
      this.model = model;
    }
  }

  /**
   * The model of a reference; every call is paired with a {@link #release}.
   *
   * @throws IOException if the file cannot be read, is refused, or is not the one that the
   *     reference names
   */
  public static RecurrentModel acquire(ModelReference reference) throws IOException {
    synchronized (ENTRIES) {
      Entry entry = ENTRIES.get(reference);
      if (entry == null) {
        entry = new Entry(load(reference));
        ENTRIES.put(reference, entry);
      }
      entry.users++;
      return entry.model;
    }
  }

  /** Gives a model back. */
  public static void release(ModelReference reference) {
    synchronized (ENTRIES) {
      Entry entry = ENTRIES.get(reference);
      if (entry != null && --entry.users == 0) {
        ENTRIES.remove(reference);
      }
    }
  }

  /** How many models are held, for tests of their release. */
  public static int held() {
    synchronized (ENTRIES) {
      return ENTRIES.size();
    }
  }

  private static RecurrentModel load(ModelReference reference) throws IOException {
    ModelFile file = read(reference.uri());
    if (!file.sha256().equals(reference.sha256())) {
      throw new IOException(
          "model file "
              + reference.uri()
              + " has the SHA-256 "
              + file.sha256()
              + ", the job was submitted with "
              + reference.sha256()
              + ": put the file back, or submit the job again");
    }
    RecurrentModel model =
        RecurrentModel.load(file, RuntimeOptions.DEFAULTS.withKernels(reference.kernels()));
    LOG.info(
        "Loaded model '{}' revision {} from {}: {} floats of state per key, {}",
        file.config().modelId(),
        reference.revision(),
        reference.uri(),
        model.stateLayout().floats(),
        model.kernelReason());
    if (WARMED.add(file.config().cell() + " on " + model.kernels())) {
      model.warmUp(WARM_UP);
    }
    return model;
  }

  /**
   * Reads and checks a model file through Flink's file systems.
   *
   * @throws IOException naming the file, if it cannot be read or is refused
   */
  public static ModelFile read(String uri) throws IOException {
    Path path = path(uri);
    try {
      FileSystem fileSystem = path.getFileSystem();
      FileStatus status = fileSystem.getFileStatus(path);
      if (status.isDir()) {
        throw new IOException("it is a folder; give the path of a .safetensors file");
      }
      try (FSDataInputStream in = fileSystem.open(path)) {
        return ModelFileReader.read(in, status.getLen(), uri, ModelFileLimits.defaults());
      }
    } catch (FileNotFoundException e) {
      throw refused(
          uri, "it does not exist, or may not be read; look at the path and its permissions", e);
    } catch (IOException e) {
      throw refused(uri, e.getMessage(), e);
    }
  }

  /** A URI, in which characters that have no place in one may also stand as they are. */
  private static Path path(String uri) {
    try {
      return new Path(new URI(uri));
    } catch (URISyntaxException e) {
      return new Path(uri);
    }
  }

  private static IOException refused(String uri, String reason, IOException cause) {
    return new IOException("model file " + uri + " is refused: " + reason, cause);
  }
}
