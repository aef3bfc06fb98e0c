package dev.carryover.deploy.logs;

import java.nio.file.Path;

/** Where the data of the demo is; Surefire runs in the module's folder. */
public final class TestingData {

  /** The data folder, as the command line finds it. */
  public static final Path FOLDER =
      Path.of(
          System.getenv()
              .getOrDefault(
                  "CARRYOVER_DATA",
                  Path.of("").toAbsolutePath().getParent().resolveSibling("shared").toString()));

  /** The stream of events. */
  public static final Path STREAM = FOLDER.resolve("data/hdfs/stream.tsv");

  /** Why a test is left out. */
  public static final String ABSENT =
      STREAM + " is absent: put Loghub's HDFS_v1 by block there or set CARRYOVER_DATA";

  private TestingData() {}
}
