package dev.carryover.training.pairs;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.SpecialTokens;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.training.data.KeySplit;
import dev.carryover.training.input.DataException;
import dev.carryover.training.input.LineReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads files of pairs. A line is a source and a target, whose tokens are separated by blanks, with
 * a tab between them; more tabs separate more targets, and several lines may have one source:
 *
 * <pre>
 * A       AH
 * A       EY
 * ABBOT   AE B AH T   AA B AH T
 * </pre>
 *
 * <p>Several files are read as if they were one. A source lies wholly on one side of the split.
 * Vocabularies come from what is learned from: special tokens first, then tokens by falling count.
 */
public final class PairReader {
  private static final int LONGEST_LINE = 1 << 16;

  private final PairOptions options;
  private final Map<String, Set<String>> targetsOf = new LinkedHashMap<>();
  private final String name;
  private final String digest;
  private long lines;

  private PairReader(List<Path> files, PairOptions options) throws DataException {
    this.options = options;
    name = files.stream().map(Path::toString).collect(Collectors.joining(", "));
    if (files.isEmpty()) {
      throw new DataException("there are 0 files", "data", "name at least 1");
    }
    MessageDigest sha256 = sha256();
    for (Path file : files) {
      long before = lines;
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
        read(in, file);
      } catch (DataException e) {
        throw e;
      } catch (NoSuchFileException e) {
        throw new DataException("there is no such file", file.toString(), "correct the path", e);
      } catch (IOException e) {
        throw new DataException(
            "the file cannot be read: " + e, file.toString(), "look at its permissions", e);
      }
      if (lines == before) {
        throw new DataException(
            "the file holds 0 pairs, and at least 1 is needed",
            file.toString(),
            "give a file with data");
      }
    }
    digest = HexFormat.of().formatHex(sha256.digest());
  }

  /**
   * Data to train on: split and numbered.
   *
   * @throws DataException when a file cannot be read or used; the message names file and line
   */
  public static PairData read(List<Path> files, PairOptions options) throws DataException {
    return new PairReader(files, options).data();
  }

  /**
   * All pairs, numbered as a trained model does, for evaluation.
   *
   * @throws DataException when a file cannot be read or used, or does not fit the model; the
   *     message names file and line
   */
  public static List<Pair> readFor(ModelConfig config, List<Path> files, PairOptions options)
      throws DataException {
    PairReader reader = new PairReader(files, options);
    if (config.task() != Task.SEQ2SEQ) {
      throw new DataException(
          "the data is pairs and model '%s' has the task %s"
              .formatted(config.modelId(), config.task()),
          reader.name,
          "give a model of the task seq2seq");
    }
    return reader.numbered(
        reader.targetsOf.keySet(), config.vocabulary(), config.encoderDecoder().targetVocabulary());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private void read(InputStream in, Path file) throws IOException {
    LineReader reader = new LineReader(in, file.toString(), LONGEST_LINE);
    for (String line = reader.next(); line != null; line = reader.next()) {
      if (!line.isBlank()) {
        lines++;
        take(line.split("\t"), reader.where());
      }
    }
  }

  private void take(String[] columns, String where) throws DataException {
    if (columns.length < 2) {
      throw new DataException(
          "the line has %d column, and a pair is a source, a tab and a target"
              .formatted(columns.length),
          where,
          "write 'source<TAB>target', the tokens of the target separated by blanks");
    }
    String source = columns[0].strip();
    if (source.isEmpty()) {
      throw new DataException(
          "the source is empty, and a source has at least 1 token", where, "leave the line out");
    }
    Set<String> targets = targetsOf.computeIfAbsent(source, key -> new LinkedHashSet<>());
    for (int column = 1; column < columns.length; column++) {
      String target = String.join(" ", columns[column].strip().split("\\s+"));
      if (target.isEmpty()) {
        throw new DataException(
            "target %d of source '%s' is empty, and a target has at least 1 token"
                .formatted(column, source),
            where,
            "leave it out");
      }
      targets.add(target);
    }
  }

  private PairData data() throws DataException {
    Set<String> held =
        KeySplit.heldBack(targetsOf.keySet(), options.validationFraction(), options.seed());
    if (held.size() == targetsOf.size()) {
      throw new DataException(
          "there is %d source, of which %d is held back, and none is left to learn from"
              .formatted(targetsOf.size(), held.size()),
          name,
          "give more sources, or hold none back");
    }
    List<String> learned = targetsOf.keySet().stream().filter(key -> !held.contains(key)).toList();
    Map<String, Integer> sourceCounts = new HashMap<>();
    Map<String, Integer> targetCounts = new HashMap<>();
    for (String source : learned) {
      count(sourceCounts, options.sourceTokens().split(source));
      for (String target : targetsOf.get(source)) {
        count(targetCounts, target.split(" "));
      }
    }
    SpecialTokens special = options.specialTokens();
    Vocabulary sources =
        vocabulary("source", sourceCounts, new SpecialTokens(null, null, special.unknown()));
    Vocabulary targets =
        vocabulary("target", targetCounts, new SpecialTokens(special.begin(), special.end(), null));
    return new PairData(
        sources,
        targets,
        numbered(learned, sources, targets),
        numbered(held, sources, targets),
        digest);
  }

  private static void count(Map<String, Integer> counts, String[] tokens) {
    for (String token : tokens) {
      counts.merge(token, 1, Integer::sum);
    }
  }

  private Vocabulary vocabulary(String which, Map<String, Integer> counts, SpecialTokens special)
      throws DataException {
    Set<String> entries = new LinkedHashSet<>();
    for (String token : new String[] {special.unknown(), special.begin(), special.end()}) {
      if (token != null) {
        if (counts.containsKey(token)) {
          throw new DataException(
              "the token '%s' is special, and a %s holds it %d times"
                  .formatted(token, which, counts.get(token)),
              name,
              "give the special token another name");
        }
        entries.add(token);
      }
    }
    List<String> kept =
        counts.entrySet().stream()
            .filter(entry -> entry.getValue() >= options.minimumCount())
            .sorted(
                Comparator.comparingInt((Map.Entry<String, Integer> entry) -> -entry.getValue())
                    .thenComparing(Map.Entry.comparingByKey()))
            .map(Map.Entry::getKey)
            .toList();
    if (kept.isEmpty()) {
      throw new DataException(
          "no %s token occurs %d times or more".formatted(which, options.minimumCount()),
          name,
          "give data with more tokens, or lower the minimum count");
    }
    entries.addAll(kept);
    return Vocabulary.of(List.copyOf(entries), special);
  }

  private List<Pair> numbered(
      Iterable<String> keys, Vocabulary sourceVocabulary, Vocabulary targetVocabulary)
      throws DataException {
    List<Pair> pairs = new ArrayList<>();
    for (String key : keys) {
      String[] tokens = options.sourceTokens().split(key);
      int[] source = new int[tokens.length];
      for (int i = 0; i < tokens.length; i++) {
        int id = sourceVocabulary.id(tokens[i]);
        source[i] = id == Vocabulary.ABSENT ? sourceVocabulary.unknownId() : id;
        if (source[i] == Vocabulary.ABSENT) {
          throw new DataException(
              "the token '%s' is not among the %d of the vocabulary, which has no unknown token"
                  .formatted(tokens[i], sourceVocabulary.size()),
              name + ", source " + key,
              "train with an unknown token, or leave the source out");
        }
      }
      List<int[]> targets = new ArrayList<>();
      for (String target : targetsOf.get(key)) {
        targets.add(numbered(target.split(" "), targetVocabulary));
      }
      pairs.add(new Pair(key, source, targets));
    }
    return pairs;
  }

  private static int[] numbered(String[] tokens, Vocabulary vocabulary) {
    int[] ids = new int[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      int id = vocabulary.id(tokens[i]);
      ids[i] = id == Vocabulary.ABSENT ? Pair.UNKNOWN : id;
    }
    return ids;
  }
}
