package dev.carryover.deploy.logs;

import java.nio.file.Path;

/** The demo's data is not there. The message has two lines: what to fetch, and where to put it. */
public final class DataAbsentException extends Exception {

  private static final long serialVersionUID = 1L;

  DataAbsentException(Path folder, Path absent) {
    super(
        absent
            + " is absent. Fetch HDFS_v1 of Loghub (https://github.com/logpai/loghub), parsed into event ids by block."
            + System.lineSeparator()
            + "Put stream.tsv, labels.tsv and train.txt into "
            + folder.resolve("data").resolve("hdfs")
            + " and the model hdfs-gru64.* into "
            + folder.resolve("models")
            + ", or name another folder with --data DIR or CARRYOVER_DATA.");
  }
}
