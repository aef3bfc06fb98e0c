package dev.carryover.deploy.demo;

import dev.carryover.runtime.kernels.KernelChoice;
import java.time.Duration;
import java.util.Objects;

/**
 * What every demo can be asked for.
 *
 * @param parallelism how many instances of each operator, and partitions of each topic
 * @param backend {@code heap} or {@code rocksdb}
 * @param speed how many times real time; 0 = as fast as the job takes the events
 * @param checkpointInterval how often exactly-once output becomes visible
 * @param kernels which kernels step the model
 */
public record DemoSettings(
    int parallelism,
    String backend,
    double speed,
    Duration checkpointInterval,
    KernelChoice kernels) {

  /** Checks the values; picocli has checked their types. */
  public DemoSettings {
    require(parallelism >= 1 && parallelism <= 64, "--parallelism", parallelism, "1 to 64");
    require(
        backend.equals("heap") || backend.equals("rocksdb"),
        "--backend",
        backend,
        "heap or rocksdb");
    require(speed >= 0 && Double.isFinite(speed), "--speed", speed, "a number of at least 0");
    require(
        checkpointInterval.toMillis() >= 100,
        "--checkpoint-interval",
        checkpointInterval,
        "at least 100 ms");
    Objects.requireNonNull(kernels, "kernels");
  }

  /**
   * Checks the value of an option.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
   */
  public static void require(boolean condition, String option, Object value, String allowed) {
    if (!condition) {
      throw new IllegalArgumentException(option + " is " + value + "; allowed is " + allowed);
    }
  }
}
