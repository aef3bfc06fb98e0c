package dev.carryover.deploy.demo;

import dev.carryover.runtime.kernels.KernelChoice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What a demo is asked for.
 *
 * @param data the folder that holds {@code data/hdfs} and {@code models}
 * @param parallelism how many instances of each operator, and partitions of each topic
 * @param backend {@code heap} or {@code rocksdb}
 * @param gap the inactivity after which a sequence ends; empty if a block ends when the stream does
 * @param speed how many times real time; 0 = as fast as the job takes the events
 * @param copies how many times the log is sent, side by side
 * @param checkpointInterval how often exactly-once output becomes visible
 * @param kernels which kernels step the model
 */
public record DemoSettings(
    Path data,
    int parallelism,
    String backend,
    Optional<Duration> gap,
    double speed,
    int copies,
    Duration checkpointInterval,
    KernelChoice kernels) {

  /** Checks the values; picocli has checked their types. */
  public DemoSettings {
    Objects.requireNonNull(data, "data");
    require(parallelism >= 1 && parallelism <= 64, "--parallelism", parallelism, "1 to 64");
    require(
        backend.equals("heap") || backend.equals("rocksdb"),
        "--backend",
        backend,
        "heap or rocksdb");
    require(
        gap.isEmpty() || (gap.get().toSeconds() > 0 && gap.get().toMillisPart() == 0),
        "--gap",
        gap.map(Duration::toString).orElse(""),
        "whole seconds, because the events have no finer times");
    Objects.requireNonNull(kernels, "kernels");
    require(copies >= 1 && copies <= 100, "--copies", copies, "1 to 100");
    require(speed >= 0 && Double.isFinite(speed), "--speed", speed, "a number of at least 0");
    require(
        checkpointInterval.toMillis() >= 100,
        "--checkpoint-interval",
        checkpointInterval,
        "at least 100 ms");
  }

  private static void require(boolean condition, String option, Object value, String allowed) {
    if (!condition) {
      throw new IllegalArgumentException(option + " is " + value + "; allowed is " + allowed);
    }
  }
}
