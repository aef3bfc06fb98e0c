package dev.carryover.tests.bench.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.carryover.tests.bench.section.SectionResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What sections found, one JSON file each in a folder: {@code step.json}. A section that runs again
 * replaces its file; the others stay, so a report can be drawn of runs of different days.
 */
public final class StoredRuns {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

  private final Path folder;

  /** In a folder, which is made when it is first written to. */
  public StoredRuns(Path folder) {
    this.folder = folder;
  }

  /** Keeps a run, in the place of the section's earlier one. */
  public Path write(SectionRun run) throws IOException {
    Files.createDirectories(folder);
    Path file = file(run.section());
    Files.write(file, JSON.writeValueAsBytes(run));
    return file;
  }

  /**
   * The runs of those sections that have one, in the order of the names.
   *
   * @throws IOException if a file is not of this format; the message names it
   */
  public List<SectionRun> read(List<String> sections) throws IOException {
    List<SectionRun> runs = new ArrayList<>();
    for (String section : sections) {
      Path file = file(section);
      if (Files.exists(file)) {
        runs.add(parse(file, SectionRun.class));
      }
    }
    return runs;
  }

  private Path file(String section) {
    return folder.resolve(section + ".json");
  }

  /** Writes a result alone, for the process that began the one that measured. */
  public static void writeResult(SectionResult result, Path file) throws IOException {
    Files.write(file, JSON.writeValueAsBytes(result));
  }

  /** Reads what {@link #writeResult} wrote. */
  public static SectionResult readResult(Path file) throws IOException {
    return parse(file, SectionResult.class);
  }

  private static <T> T parse(Path file, Class<T> type) throws IOException {
    try {
      return JSON.readValue(Files.readAllBytes(file), type);
    } catch (JsonProcessingException e) {
      throw new IOException(
          "%s is no result of this version (%s); delete it, or run its section again"
              .formatted(file, e.getOriginalMessage()),
          e);
    }
  }
}
