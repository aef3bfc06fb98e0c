package dev.carryover.deploy;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where data and reference models lie: {@code --data}, else {@code CARRYOVER_DATA}, else {@code
 * ../shared}.
 */
final class DataFolder {

  private DataFolder() {}

  /**
   * Finds the folder; it need not exist.
   *
   * @param option what was given with {@code --data}
   */
  static Path find(Optional<Path> option) {
    return find(option, System.getenv(), System.getProperty("carryover.root"));
  }

  /**
   * @param checkout the folder of the checkout, which the launcher knows; {@code null} = the
   *     working directory
   */
  static Path find(Optional<Path> option, Map<String, String> environment, String checkout) {
    String fromEnvironment = environment.getOrDefault("CARRYOVER_DATA", "");
    return option.orElseGet(
        () ->
            fromEnvironment.isBlank()
                ? Path.of(checkout == null ? "" : checkout)
                    .toAbsolutePath()
                    .resolveSibling("shared")
                : Path.of(fromEnvironment));
  }
}
