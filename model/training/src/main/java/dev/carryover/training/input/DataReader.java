package dev.carryover.training.input;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Reads files into data. Several files are read as if they were one. */
public final class DataReader {
  private DataReader() {}

  /**
   * Data to train on: split, numbered, normalized.
   *
   * @throws DataException when a file cannot be read or used; the message names file and line
   */
  public static TrainingData read(List<Path> files, InputOptions options) throws DataException {
    SequenceCollector collector = new SequenceCollector(options);
    String digest = collect(files, options, collector);
    return collector.toTrainingData(name(files), digest);
  }

  /**
   * All sequences, numbered as a trained model does, for evaluation. A stream is one sequence.
   *
   * @throws DataException when a file cannot be read or used; the message names file and line
   */
  public static List<TrainingSequence> readFor(
      ModelConfig config, List<Path> files, InputOptions options) throws DataException {
    SequenceCollector collector = new SequenceCollector(options);
    collect(files, options, collector);
    return collector.toSequences(name(files), config);
  }

  private static String name(List<Path> files) {
    return files.stream().map(Path::toString).collect(Collectors.joining(", "));
  }

  private static String collect(List<Path> files, InputOptions options, SequenceCollector collector)
      throws DataException {
    if (files.isEmpty()) {
      throw new DataException("there are 0 files", "data", "name at least 1");
    }
    MessageDigest digest = newSha256();
    for (Path file : files) {
      long before = collector.events();
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        new FileParser(options, collector, file.toString()).parse(in);
      } catch (DataException e) {
        throw e;
      } catch (NoSuchFileException e) {
        throw new DataException("there is no such file", file.toString(), "correct the path", e);
      } catch (IOException e) {
        throw new DataException(
            "the file cannot be read: " + e, file.toString(), "look at its permissions", e);
      }
      if (collector.events() == before) {
        throw new DataException(
            "the file holds 0 events, and at least 1 is needed",
            file.toString(),
            "give a file with data");
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
