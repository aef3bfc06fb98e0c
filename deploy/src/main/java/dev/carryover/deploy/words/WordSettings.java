package dev.carryover.deploy.words;

import static dev.carryover.deploy.demo.DemoSettings.require;

import dev.carryover.deploy.demo.DemoSettings;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What the demo of words is asked for.
 *
 * @param job what every demo is asked for
 * @param words how many of the test words are sent; empty for all
 * @param copies how many times each is sent
 * @param beamWidth how many hypotheses the decoder follows at a time
 * @param swap whether the second model takes over in the middle
 * @param models the folder that models were trained into; empty for those that are part of this
 *     program
 */
public record WordSettings(
    DemoSettings job,
    Optional<Integer> words,
    int copies,
    int beamWidth,
    boolean swap,
    Optional<Path> models) {

  private static final int FEWEST_WORDS = 10;

  /** Checks the values; picocli has checked their types. */
  public WordSettings {
    Objects.requireNonNull(job, "job");
    Objects.requireNonNull(models, "models");
    require(
        words.orElse(FEWEST_WORDS) >= FEWEST_WORDS,
        "--words",
        words.orElse(FEWEST_WORDS),
        "at least " + FEWEST_WORDS);
    require(copies >= 1 && copies <= 100, "--copies", copies, "1 to 100");
    require(beamWidth >= 1 && beamWidth <= 64, "--beam", beamWidth, "1 to 64");
  }
}
