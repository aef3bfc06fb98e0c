package dev.carryover.training.input;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads which keys are anomalous: {@code key TAB 0} for normal, {@code key TAB 1} for anomalous.
 */
public final class LabelReader {
  private static final int MAXIMUM_LINE = 1 << 16;

  private LabelReader() {}

  /**
   * The labels of keys, in the order of the file; true = anomalous.
   *
   * @throws DataException when the file cannot be read, or a line is none of a label; the message
   *     names the line
   */
  public static Map<String, Boolean> read(Path file) throws DataException {
    Map<String, Boolean> labels = new LinkedHashMap<>();
    try (InputStream in = Files.newInputStream(file)) {
      LineReader reader = new LineReader(in, file.toString(), MAXIMUM_LINE);
      for (String line = reader.next(); line != null; line = reader.next()) {
        if (!line.isBlank()) {
          add(line, labels, reader.where());
        }
      }
    } catch (DataException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new DataException("there is no such file", file.toString(), "correct the path", e);
    } catch (IOException e) {
      throw new DataException(
          "the file cannot be read: " + e, file.toString(), "look at its permissions", e);
    }
    if (labels.isEmpty()) {
      throw new DataException(
          "the file holds 0 labels, and at least 1 is needed",
          file.toString(),
          "give a file with labels");
    }
    return Collections.unmodifiableMap(labels);
  }

  private static void add(String line, Map<String, Boolean> labels, String where)
      throws DataException {
    int tab = line.lastIndexOf('\t');
    String label = line.substring(tab + 1).strip();
    if (tab < 1 || !(label.equals("0") || label.equals("1"))) {
      throw new DataException(
          "the line is '" + line + "', and a key, a tab and 0 or 1 are expected",
          where,
          "correct the line");
    }
    if (labels.put(line.substring(0, tab), label.equals("1")) != null) {
      throw new DataException(
          "the key '" + line.substring(0, tab) + "' has a second label", where, "leave one out");
    }
  }
}
