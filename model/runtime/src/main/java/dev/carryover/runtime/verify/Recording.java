package dev.carryover.runtime.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What another implementation, usually PyTorch, said of one sequence: a JSON object with the {@code
 * config} of its model. With a {@code source} it is of a seq2seq model, otherwise of one that reads
 * step by step.
 */
public sealed interface Recording permits RecordedCases, RecordedTransduction {
  /**
   * Reads a recording of either kind.
   *
   * @throws IOException if the file cannot be read
   * @throws RecordedCasesException if it is no recording
   */
  static Recording read(Path file) throws IOException, RecordedCasesException {
    String source = file.toString();
    JsonNode root = RecordedCases.json(Files.readString(file), source);
    return root.has("source")
        ? RecordedTransduction.of(root, source)
        : RecordedCases.of(root, source);
  }

  /** Where the recording was read from. */
  String source();

  /** The config of the recorded model, as JSON. */
  String configJson();
}
