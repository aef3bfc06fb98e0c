package dev.carryover.tests.stream;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.util.function.SerializableFunction;

/**
 * Failures that are to come in a job of this process: each at a certain record, or in the middle of
 * a checkpoint, and each once. Thread-safe.
 *
 * <p>The functions of a job find their failures by name, since they are copied into the cluster.
 */
public final class Failures {
  private static final Map<String, Failures> BY_NAME = new ConcurrentHashMap<>();

  private final String name;
  private final Set<String> records = ConcurrentHashMap.newKeySet();
  private final AtomicInteger snapshots = new AtomicInteger();
  private final AtomicInteger notifications = new AtomicInteger();
  private final AtomicInteger happened = new AtomicInteger();
  private boolean held;

  private Failures(String name) {
    this.name = name;
  }

  /** The failures of a job. */
  public static Failures named(String name) {
    return BY_NAME.computeIfAbsent(name, Failures::new);
  }

  /** Fails when a record with this identity comes by. */
  public void atRecord(String identity) {
    records.add(identity);
  }

  /** Fails while the next checkpoint is taken: it will not complete. */
  public void inNextSnapshot() {
    snapshots.incrementAndGet();
  }

  /** Fails after the next checkpoint is complete, when its transactions are being committed. */
  public void afterNextCheckpoint() {
    notifications.incrementAndGet();
  }

  /** Waits until no failure of a checkpoint is to come. */
  public void awaitThoseOfCheckpoints() throws InterruptedException {
    synchronized (happened) {
      while (snapshots.get() > 0 || notifications.get() > 0) {
        happened.wait();
      }
    }
  }

  /** Waits until no failure of a record is to come. */
  public void awaitThoseOfRecords() throws InterruptedException {
    synchronized (happened) {
      while (!records.isEmpty()) {
        happened.wait();
      }
    }
  }

  /** How many happened. */
  public int happened() {
    return happened.get();
  }

  /** An identity function that suffers the failures whose records come by it. */
  public <T> RichMapFunction<T, T> function(SerializableFunction<T, String> identity) {
    return new Failing<>(name, identity);
  }

  /** Lets no announcement pass until {@link #releaseAnnouncements}: their stream is slow. */
  public void holdAnnouncements() {
    synchronized (happened) {
      held = true;
    }
  }

  /** Lets all announcements pass. */
  public void releaseAnnouncements() {
    synchronized (happened) {
      held = false;
      happened.notifyAll();
    }
  }

  /** Whether announcements are held up. */
  public boolean holdsAnnouncements() {
    synchronized (happened) {
      return held;
    }
  }

  private void passAnnouncement() throws InterruptedException {
    synchronized (happened) {
      while (held) {
        happened.wait();
      }
    }
  }

  /** An identity function for announcements, which are held up in it when they are to be. */
  public <T> MapFunction<T, T> announcements() {
    String job = name;
    return announcement -> {
      named(job).passAnnouncement();
      return announcement;
    };
  }

  private void fail(String where) {
    synchronized (happened) {
      happened.incrementAndGet();
      happened.notifyAll();
    }
    throw new IllegalStateException("a failure that the test wants: " + where);
  }

  private void takeFrom(AtomicInteger planned, String where) {
    if (planned.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      fail(where);
    }
  }

  private static final class Failing<T> extends RichMapFunction<T, T>
      implements CheckpointedFunction, CheckpointListener {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final SerializableFunction<T, String> identity;

    Failing(String name, SerializableFunction<T, String> identity) {
      this.name = name;
      this.identity = identity;
    }

    @Override
    public T map(T record) {
      String id = identity.apply(record);
      if (named(name).records.remove(id)) {
        named(name).fail("at " + id);
      }
      return record;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {
      // It has none.
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {
      named(name).takeFrom(named(name).snapshots, "in checkpoint " + context.getCheckpointId());
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      named(name).takeFrom(named(name).notifications, "after checkpoint " + checkpointId);
    }
  }
}
