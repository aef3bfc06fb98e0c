package dev.carryover.tests.hdfs;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds real data, which is not part of the checkout. */
final class DataFolder {
  private static final String VARIABLE = "CARRYOVER_DATA";

  private DataFolder() {}

  /**
   * The folder that {@code CARRYOVER_DATA} names, else {@code shared} beside the checkout. The test
   * is skipped where that lacks a file that it needs.
   *
   * @param needed paths within the folder
   */
  static Path withAll(String... needed) {
    Path folder = find();
    for (String file : needed) {
      Assumptions.assumeTrue(
          Files.isReadable(folder.resolve(file)),
          () ->
              "skipped: there is no %s in %s; put it there, or set %s to the folder that has it"
                  .formatted(file, folder, VARIABLE));
    }
    return folder;
  }

  private static Path find() {
    String named = System.getenv(VARIABLE);
    if (named != null && !named.isBlank()) {
      return Path.of(named);
    }
    Path at = Path.of("").toAbsolutePath();
    while (at.getParent() != null && Files.exists(at.resolve("../pom.xml").normalize())) {
      at = at.getParent();
    }
    return at.resolveSibling("shared");
  }
}
