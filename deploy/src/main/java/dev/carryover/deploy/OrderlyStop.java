package dev.carryover.deploy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets Ctrl-C end a long command as its own end does: the command's thread is interrupted, closes
 * what it opened, and only then does the process end. Otherwise open Kafka transactions would hold
 * consumers up, and temporary folders would stay behind.
 *
 * <pre>{@code
 * try (OrderlyStop stop = OrderlyStop.install()) {
 *   ...                                    // an InterruptedException unwinds the command
 * }
 * }</pre>
 *
 * <p>A command that notices the request by itself is waited for, and not interrupted: {@link
 * #await}.
 *
 * <p>Installed and closed by the command's thread.
 */
final class OrderlyStop implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Thread command;
  private final CountDownLatch unwound = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "carryover-stop");
  private volatile boolean requested;

  private OrderlyStop(Thread command) {
    this.command = command;
  }

  /** Takes care of the calling thread from now on. */
  static OrderlyStop install() {
    return install(Thread.currentThread());
  }

  /** Holds the end of the process up until the calling thread has come to its own. */
  static OrderlyStop await() {
    return install(null);
  }

  private static OrderlyStop install(Thread command) {
    OrderlyStop stop = new OrderlyStop(command);
    Runtime.getRuntime().addShutdownHook(stop.hook);
    return stop;
  }

  /** Whether the process was asked to end: errors that follow are of its own making. */
  boolean requested() {
    return requested;
  }

  private void stop() {
    requested = true;
    if (command != null) {
      command.interrupt();
    }
    try {
      if (!unwound.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        System.err.println(
            "carryover: not everything stopped within " + PATIENCE.toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells that everything is closed. */
  @Override
  public void close() {
    unwound.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already: the hook runs, and goes on now.
      requested = true;
    }
  }
}
