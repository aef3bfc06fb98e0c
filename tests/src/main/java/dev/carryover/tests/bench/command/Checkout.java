package dev.carryover.tests.bench.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The commit that is measured, where there is a Git that knows. */
final class Checkout {
  private Checkout() {}

  /** Such as {@code 1a2b3c4} or {@code 1a2b3c4 + changes}; empty if unknown. */
  static String commit(Path root) {
    String commit = git(root, "rev-parse", "--short", "HEAD").strip();
    if (commit.isEmpty()) {
      return "";
    }
    boolean changed = !git(root, "status", "--porcelain", "--untracked-files=no").isBlank();
    return changed ? commit + " + changes" : commit;
  }

  private static String git(Path root, String... arguments) {
    List<String> command = new ArrayList<>(List.of("git", "-C", root.toString()));
    command.addAll(Arrays.asList(arguments));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? answer : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
