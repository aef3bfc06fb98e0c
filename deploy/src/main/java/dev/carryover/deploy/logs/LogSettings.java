package dev.carryover.deploy.logs;

import static dev.carryover.deploy.demo.DemoSettings.require;

import dev.carryover.deploy.demo.DemoSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What the demo of the log is asked for.
 *
 * @param data the folder that holds {@code data/hdfs} and {@code models}
 * @param job what every demo is asked for
 * @param gap the inactivity after which a sequence ends; empty if a block ends when the stream does
 * @param copies how many times the log is sent, side by side
 */
public record LogSettings(Path data, DemoSettings job, Optional<Duration> gap, int copies) {

  /** Checks the values; picocli has checked their types. */
  public LogSettings {
    Objects.requireNonNull(data, "data");
    Objects.requireNonNull(job, "job");
    require(
        gap.isEmpty() || (gap.get().toSeconds() > 0 && gap.get().toMillisPart() == 0),
        "--gap",
        gap.map(Duration::toString).orElse(""),
        "whole seconds, because the events have no finer times");
    require(copies >= 1 && copies <= 100, "--copies", copies, "1 to 100");
  }

  /** Says to a job when sequences end, if not with the stream. */
  public void sequenceGap(Map<String, String> values) {
    gap.ifPresent(silence -> values.put("sequence.gap", silence.toSeconds() + " s"));
  }
}
