package dev.carryover.deploy.logs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Log events of a Hadoop file system by block, in the order in which they were logged, with the
 * label of every block and the normal sessions to train a baseline on. Read from {@code data/hdfs}
 * of the data folder.
 *
 * <p>Immutable.
 */
public final class HdfsLog {

  private final List<BlockEvent> events;
  private final Map<String, List<BlockEvent>> blocks;
  private final Map<String, Boolean> labels;
  private final List<List<String>> normalSessions;

  HdfsLog(List<BlockEvent> events, Map<String, Boolean> labels, List<List<String>> normalSessions) {
    this.events = List.copyOf(events);
    this.labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    this.normalSessions = List.copyOf(normalSessions);
    Map<String, List<BlockEvent>> byBlock = new LinkedHashMap<>();
    for (BlockEvent event : events) {
      byBlock.computeIfAbsent(event.block(), b -> new ArrayList<>()).add(event);
    }
    this.blocks = Collections.unmodifiableMap(byBlock);
  }

  /**
   * Reads {@code data/hdfs/stream.tsv}, {@code labels.tsv} and {@code train.txt}.
   *
   * @throws DataAbsentException if one of the files, or of those of the model, is absent
   * @throws IOException if a file cannot be read or a line is malformed: the message names it
   */
  public static HdfsLog read(Path folder) throws DataAbsentException, IOException {
    Path hdfs = folder.resolve("data").resolve("hdfs");
    Path stream = present(folder, hdfs.resolve("stream.tsv"));
    Path labelFile = present(folder, hdfs.resolve("labels.tsv"));
    Path train = present(folder, hdfs.resolve("train.txt"));
    for (String suffix : List.of(".safetensors", ".config.json", ".expected.tsv")) {
      present(folder, modelFile(folder, suffix));
    }

    List<BlockEvent> events = new ArrayList<>();
    long latest = Long.MIN_VALUE;
    for (String[] fields : table(stream, 3)) {
      long timeMs = seconds(stream, events.size() + 1, fields[0]) * 1000;
      if (timeMs < latest) {
        throw new IOException(
            "%s:%d: time goes back from %d to %d ms; sort the file by its first column"
                .formatted(stream, events.size() + 1, latest, timeMs));
      }
      latest = timeMs;
      events.add(new BlockEvent(timeMs, fields[1], fields[2]));
    }
    if (events.isEmpty()) {
      throw new IOException(stream + ": there is no event in it; fetch the file again");
    }
    Map<String, Boolean> labels = new LinkedHashMap<>();
    for (String[] fields : table(labelFile, 2)) {
      labels.put(fields[0], fields[1].equals("1"));
    }
    List<List<String>> sessions = new ArrayList<>();
    for (String line : Files.readAllLines(train)) {
      if (!line.isBlank()) {
        sessions.add(Arrays.asList(line.strip().split("\\s+")));
      }
    }
    HdfsLog log = new HdfsLog(events, labels, sessions);
    if (!log.blocks.keySet().equals(labels.keySet())) {
      throw new IOException(
          "%s has %d blocks and %s labels %d; fetch both files again"
              .formatted(stream, log.blocks.size(), labelFile, labels.size()));
    }
    return log;
  }

  /**
   * This log {@code copies} times side by side, for a longer run: every event is followed by its
   * copies, which have blocks of their own.
   */
  HdfsLog times(int copies) {
    if (copies == 1) {
      return this;
    }
    List<BlockEvent> multiplied = new ArrayList<>(events.size() * copies);
    for (BlockEvent event : events) {
      for (int copy = 1; copy <= copies; copy++) {
        multiplied.add(new BlockEvent(event.timeMs(), copyOf(event.block(), copy), event.token()));
      }
    }
    return new HdfsLog(multiplied, times(labels, copies), normalSessions);
  }

  /** What is known of each block, for each of its copies. */
  static <T> Map<String, T> times(Map<String, T> byBlock, int copies) {
    Map<String, T> multiplied = new LinkedHashMap<>();
    byBlock.forEach(
        (block, value) -> {
          for (int copy = 1; copy <= copies; copy++) {
            multiplied.put(copyOf(block, copy), value);
          }
        });
    return multiplied;
  }

  private static String copyOf(String block, int copy) {
    return copy == 1 ? block : block + "#" + copy;
  }

  /** A file of the reference model. */
  public static Path modelFile(Path folder, String suffix) {
    return folder.resolve("models").resolve("hdfs-gru64" + suffix);
  }

  /** All events in their order. */
  public List<BlockEvent> events() {
    return events;
  }

  /** The events of each block, in the order in which blocks appear. */
  public Map<String, List<BlockEvent>> blocks() {
    return blocks;
  }

  /** Whether each block is anomalous. */
  public Map<String, Boolean> labels() {
    return labels;
  }

  /** Sessions of another part of the log, all normal: tokens in their order. */
  public List<List<String>> normalSessions() {
    return normalSessions;
  }

  /** The time of the last event. */
  public long endMs() {
    return events.get(events.size() - 1).timeMs();
  }

  /** The tokens of a block in their order. */
  public List<String> tokens(String block) {
    return blocks.get(block).stream().map(BlockEvent::token).toList();
  }

  /**
   * How many sequences there are if a block that is silent for longer than {@code gap} begins a new
   * one.
   */
  public int sequences(Duration gap) {
    int sequences = 0;
    for (List<BlockEvent> block : blocks.values()) {
      sequences++;
      for (int i = 1; i < block.size(); i++) {
        if (block.get(i).timeMs() - block.get(i - 1).timeMs() > gap.toMillis()) {
          sequences++;
        }
      }
    }
    return sequences;
  }

  private static Path present(Path folder, Path file) throws DataAbsentException {
    if (!Files.isRegularFile(file)) {
      throw new DataAbsentException(folder, file);
    }
    return file;
  }

  private static List<String[]> table(Path file, int columns) throws IOException {
    List<String[]> rows = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      String[] fields = line.split("\t", -1);
      if (fields.length != columns) {
        throw new IOException(
            "%s:%d: %d columns in '%s', expected %d separated by tabs"
                .formatted(file, rows.size() + 1, fields.length, line, columns));
      }
      rows.add(fields);
    }
    return rows;
  }

  private static long seconds(Path file, int line, String text) throws IOException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException(
          "%s:%d: the time is '%s', expected seconds since 1970".formatted(file, line, text), e);
    }
  }
}
