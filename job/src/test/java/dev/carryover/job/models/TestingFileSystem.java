package dev.carryover.job.models;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;

/**
 * Local files in stores of any name, {@code testing://store/path}. A test can hold readers up, let
 * them hang, fail them, or lie about a size; files without a {@link Gate} are as they are.
 */
public final class TestingFileSystem extends LocalFileSystem {
  static final String SCHEME = "testing";

  private static final int WITHIN_SECONDS = 60;

  private static final Map<String, Gate> GATES = new ConcurrentHashMap<>();

  /** The URI of a local file in a store. */
  public static String uri(String store, java.nio.file.Path file) {
    return SCHEME + "://" + store + file.toUri().getRawPath();
  }

  /** What becomes of those who open a file, until it is closed. */
  public static final class Gate implements AutoCloseable {
    private final String path;
    private final CountDownLatch open = new CountDownLatch(1);
    private final Semaphore arrivals = new Semaphore(0);
    private final Semaphore interrupts = new Semaphore(0);
    private final AtomicInteger opened = new AtomicInteger();
    private boolean deaf;
    private Throwable failure;
    private long claimedBytes = -1;

    private Gate(String path) {
      this.path = path;
    }

    /** Waits for that many readers to come. */
    public void awaitReaders(int count) throws InterruptedException {
      await(arrivals, count, "readers of ");
    }

    /** Waits for that many readers to be interrupted. */
    public void awaitInterrupts(int count) throws InterruptedException {
      await(interrupts, count, "interrupts of readers of ");
    }

    private void await(Semaphore semaphore, int count, String what) throws InterruptedException {
      if (!semaphore.tryAcquire(count, WITHIN_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("fewer than " + count + " " + what + path);
      }
    }

    /** How many have opened the file, or tried to. */
    public int opened() {
      return opened.get();
    }

    /** Lets all pass. */
    public void open() {
      open.countDown();
    }

    /** Lets all pass, and the file be as it is. */
    @Override
    public void close() {
      open();
      GATES.remove(path, this);
    }

    private void pass() throws IOException {
      opened.incrementAndGet();
      arrivals.release();
      boolean passed = false;
      while (!passed) {
        try {
          open.await();
          passed = true;
        } catch (InterruptedException e) {
          interrupts.release();
          if (!deaf) {
            throw new InterruptedIOException("interrupted");
          }
        }
      }
      if (failure instanceof IOException e) {
        throw e;
      } else if (failure instanceof RuntimeException e) {
        throw e;
      } else if (failure instanceof Error e) {
        throw e;
      }
    }
  }

  /** Holds up who opens a file, until the gate is opened or the reader interrupted. */
  public static Gate hold(java.nio.file.Path file) {
    Gate gate = new Gate(file.toString());
    GATES.put(gate.path, gate);
    return gate;
  }

  /** Holds up who opens a file, interrupted or not. */
  public static Gate hang(java.nio.file.Path file) {
    Gate gate = hold(file);
    gate.deaf = true;
    return gate;
  }

  /** Lets everybody pass, and counts them. */
  public static Gate watch(java.nio.file.Path file) {
    Gate gate = hold(file);
    gate.open();
    return gate;
  }

  /** Fails who opens a file. */
  public static Gate fail(java.nio.file.Path file, Throwable failure) {
    Gate gate = watch(file);
    gate.failure = failure;
    return gate;
  }

  /** Says that a file has another size than it has. */
  public static Gate claim(java.nio.file.Path file, long bytes) {
    Gate gate = watch(file);
    gate.claimedBytes = bytes;
    return gate;
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    FileStatus status = super.getFileStatus(path);
    Gate gate = GATES.get(path.getPath());
    return gate == null || gate.claimedBytes < 0
        ? status
        : new ClaimedStatus(status, gate.claimedBytes);
  }

  @Override
  public FSDataInputStream open(Path path) throws IOException {
    Gate gate = GATES.get(path.getPath());
    if (gate != null) {
      gate.pass();
    }
    return super.open(path);
  }

  private record ClaimedStatus(FileStatus status, long bytes) implements FileStatus {
    @Override
    public long getLen() {
      return bytes;
    }

    @Override
    public long getBlockSize() {
      return status.getBlockSize();
    }

    @Override
    public short getReplication() {
      return status.getReplication();
    }

    @Override
    public long getModificationTime() {
      return status.getModificationTime();
    }

    @Override
    public long getAccessTime() {
      return status.getAccessTime();
    }

    @Override
    public boolean isDir() {
      return status.isDir();
    }

    @Override
    public Path getPath() {
      return status.getPath();
    }
  }
}
