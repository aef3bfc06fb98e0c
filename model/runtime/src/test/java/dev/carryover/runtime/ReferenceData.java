package dev.carryover.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * The folder of reference data: the system property {@code carryover.data}, else the environment
 * variable {@code CARRYOVER_DATA}, else {@code ../shared} beside the checkout.
 */
public final class ReferenceData {
  private ReferenceData() {}

  /** A file or folder of the data; the test is skipped, with the reason, where it is absent. */
  public static Path require(String name) {
    Path data = data();
    Assumptions.assumeTrue(
        data != null && Files.exists(data.resolve(name)),
        "skipped: there is no '%s' in the reference data (%s); set CARRYOVER_DATA to where it is"
            .formatted(name, data == null ? "no ../shared beside the checkout" : data));
    return data.resolve(name);
  }

  private static Path data() {
    String said = System.getProperty("carryover.data", System.getenv("CARRYOVER_DATA"));
    if (said != null) {
      return Path.of(said);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path beside = at.resolveSibling("shared");
      if (Files.isDirectory(beside.resolve("golden"))) {
        return beside;
      }
    }
    return null;
  }
}
