package dev.carryover.deploy.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What another implementation says of every key, read from a table with a heading and the columns
 * {@code block, steps_with_end, max_rank, sum_surprisal_nats, max_surprisal_nats, label}, separated
 * by tabs.
 */
public final class ReferenceScores {

  private static final List<String> COLUMNS =
      List.of(
          "block",
          "steps_with_end",
          "max_rank",
          "sum_surprisal_nats",
          "max_surprisal_nats",
          "label");

  private ReferenceScores() {}

  /**
   * Reads the table, in its order.
   *
   * @throws IOException if the file cannot be read, or a line is not one of the table: the message
   *     names the line
   */
  public static Map<String, SequenceScore> read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !Arrays.asList(lines.get(0).split("\t")).equals(COLUMNS)) {
      throw new IOException(
          file
              + ":1: the heading is "
              + (lines.isEmpty() ? "absent" : "'" + lines.get(0) + "'")
              + "; expected the columns "
              + COLUMNS);
    }
    Map<String, SequenceScore> scores = new LinkedHashMap<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] fields = lines.get(i).split("\t");
      try {
        SequenceScore score =
            new SequenceScore(
                Integer.parseInt(fields[1]),
                Integer.parseInt(fields[2]),
                Double.parseDouble(fields[3]),
                Double.parseDouble(fields[4]));
        if (scores.put(fields[0], score) != null) {
          throw new IOException(
              file + ":" + (i + 1) + ": block " + fields[0] + " stands there twice");
        }
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        throw new IOException(
            file + ":" + (i + 1) + ": cannot read '" + lines.get(i) + "'; expected " + COLUMNS, e);
      }
    }
    return Collections.unmodifiableMap(scores);
  }
}
