package dev.carryover.tests.bench.report;

import dev.carryover.tests.bench.section.SectionResult;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A section that ran: when, on what, how, and what came of it.
 *
 * @param section its name
 * @param title its heading
 * @param started date and time of the beginning, {@code 2026-01-31 12:00}
 * @param seconds how long it took
 * @param commit of the checkout, with {@code + changes} where it had some; empty if unknown
 * @param machine what it ran on
 * @param load processors that others kept busy before and meanwhile
 * @param flags of its JVM
 * @param quick whether it was a glance
 * @param rounds as given, or 0
 * @param options as given
 * @param failure the message of what went wrong; null if nothing
 * @param result what it found; null after a failure
 */
public record SectionRun(
    String section,
    String title,
    String started,
    double seconds,
    String commit,
    Machine machine,
    Load load,
    List<String> flags,
    boolean quick,
    int rounds,
    Map<String, String> options,
    String failure,
    SectionResult result) {

  /**
   * What kept processors busy besides the section.
   *
   * @param before the load average of the minute before the command began
   * @param others processors that other processes used while the section ran; NaN if unknown
   */
  public record Load(double before, double others) {
    private static final double BUSY_BEFORE = 0.5;
    private static final double BUSY_MEANWHILE = 0.1;

    /** Whether figures may be worse than the machine allows. */
    boolean busy() {
      return before > BUSY_BEFORE || others > BUSY_MEANWHILE;
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "load average %.2f at the start", before)
          + (Double.isNaN(others)
              ? ""
              : String.format(
                  Locale.ROOT, ", %.2f processors used by others meanwhile", Math.max(0, others)));
    }
  }

  /** What readers must know before they trust the figures. */
  Optional<String> warning() {
    if (load.busy()) {
      return Optional.of(
          "Busy machine: %s. Trust ratios only, and measure again when it is idle."
              .formatted(load));
    }
    return quick
        ? Optional.of("A quick run: few sizes, once. A glance, not a result.")
        : Optional.empty();
  }

  /** When, how and in which state, in one line. */
  String circumstances() {
    StringBuilder line = new StringBuilder(started);
    line.append(String.format(Locale.ROOT, ", %.1f minutes", seconds / 60));
    if (!commit.isEmpty()) {
      line.append(", commit ").append(commit);
    }
    if (quick) {
      line.append(", --quick");
    }
    if (rounds > 0) {
      line.append(", --rounds ").append(rounds);
    }
    options.forEach(
        (name, value) -> line.append(", --set %s.%s=%s".formatted(section, name, value)));
    return line.append(", ").append(load).toString();
  }
}
