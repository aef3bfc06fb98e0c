package dev.carryover.model.file;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * The folder of reference models: the system property {@code carryover.data}, else the environment
 * variable {@code CARRYOVER_DATA}, else {@code ../shared} beside the checkout.
 */
final class ReferenceData {
  private ReferenceData() {}

  /** A folder of the reference data; the test is skipped, with the reason, where it is absent. */
  static Path folder(String name) {
    Path data = data();
    Assumptions.assumeTrue(
        data != null && Files.isDirectory(data.resolve(name)),
        "skipped: no folder '%s' in the reference data (%s); set CARRYOVER_DATA to where it is"
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
