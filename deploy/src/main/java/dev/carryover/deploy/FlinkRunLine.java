package dev.carryover.deploy;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The command that starts a job on a Flink cluster. */
final class FlinkRunLine {

  private FlinkRunLine() {}

  /**
   * @param checkout the folder of the checkout, in which the job jar was built
   * @param config the job's configuration file
   * @throws IOException if the job jar is not there
   */
  static String of(String checkout, Path config) throws IOException {
    return "flink run --detached " + quoted(jobJar(checkout)) + " --config " + quoted(config);
  }

  private static Path jobJar(String checkout) throws IOException {
    Path folder = Path.of(checkout).resolve("job").resolve("target");
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> jars =
          Files.newDirectoryStream(folder, "carryover-job-*-flink.jar")) {
        for (Path jar : jars) {
          return jar;
        }
      }
    }
    throw new NoSuchFileException(
        folder.resolve("carryover-job-*-flink.jar").toString(), null, "build it with mvn package");
  }

  private static String quoted(Path path) {
    String text = path.toAbsolutePath().normalize().toString();
    return text.matches("[\\w./+@:=-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
