package dev.carryover.training.trainer;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns the JVM's shutdown into a request that the training thread sees after every batch, and
 * holds the shutdown until the checkpoint is written, a minute at most.
 */
final class StopRequest implements AutoCloseable {
  private static final int LONGEST_WAIT_SECONDS = 60;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "carryover-training-stop");
  private volatile boolean requested;

  StopRequest() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void stop() {
    requested = true;
    try {
      done.await(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  boolean requested() {
    return requested;
  }

  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      requested = true;
    }
  }
}
