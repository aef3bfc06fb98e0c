package dev.carryover.training.input;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.carryover.model.spec.Task;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Reads one file of any format and hands its events to a collector. */
final class FileParser {
  private static final Pattern BLANKS = Pattern.compile("[ \\u00a0]+");
  private static final Pattern TAB = Pattern.compile("\t");

  private final InputOptions options;
  private final SequenceCollector collector;
  private final String source;

  FileParser(InputOptions options, SequenceCollector collector, String source) {
    this.options = options;
    this.collector = collector;
    this.source = source;
  }

  void parse(InputStream in) throws IOException {
    switch (options.format()) {
      case LINES -> lines(in);
      case CHARACTERS -> characters(in);
      case EVENTS -> events(in);
      case CSV -> csv(in);
    }
  }

  private void lines(InputStream in) throws IOException {
    LineReader reader = new LineReader(in, source, options.maximumLineLength());
    int columns = 1 + (options.keyColumn() ? 1 : 0) + (options.targetColumn() ? 1 : 0);
    for (String line = reader.next(); line != null; line = reader.next()) {
      if (line.isBlank()) {
        continue;
      }
      // Without further columns a tab is a blank as well.
      String[] parts = columns == 1 ? new String[] {line.replace('\t', ' ')} : TAB.split(line, -1);
      checkColumns(parts.length, columns, reader.where());
      String key = options.keyColumn() ? parts[0] : reader.where();
      String[] tokens = blanks(parts[options.keyColumn() ? 1 : 0]);
      if (tokens.length == 0) {
        throw new DataException(
            "the line has 0 tokens beside its other columns, and a sequence has at least 1",
            reader.where(),
            "leave the line out");
      }
      String[] targets =
          options.targetColumn() ? blanks(parts[columns - 1]) : new String[tokens.length];
      line(reader, key, tokens, targets);
    }
  }

  private void line(LineReader reader, String key, String[] tokens, String[] targets)
      throws DataException {
    boolean everyStep = options.targetOfEveryStep();
    boolean labelled = options.targetColumn() && options.task() != Task.REGRESS;
    int wanted = everyStep ? tokens.length : 1;
    if (labelled && targets.length != wanted) {
      throw new DataException(
          "there are %d labels and %d tokens".formatted(targets.length, tokens.length),
          reader.where(),
          everyStep ? "give one label for every token" : "give one label for the line");
    }
    int last = tokens.length - 1;
    for (int step = 0; step <= last; step++) {
      InputEvent event = InputEvent.ofToken(key, 0, tokens[step]);
      if (labelled && (everyStep || step == last)) {
        event = event.withLabel(targets[everyStep ? step : 0]);
      } else if (options.targetColumn() && step == last) {
        event = event.withValues(numbers(targets, reader.where()));
      }
      collector.add(step == last ? event.withEnd() : event, reader::where);
    }
  }

  private void characters(InputStream in) throws IOException {
    Reader reader = new BufferedReader(LineReader.strict(in));
    long[] line = {1};
    try {
      for (int c = reader.read(); c >= 0; c = reader.read()) {
        int point = c;
        if (Character.isHighSurrogate((char) c)) {
          point = Character.toCodePoint((char) c, (char) reader.read());
        }
        collector.add(
            InputEvent.ofToken("", 0, Character.toString(point)), () -> source + ":" + line[0]);
        line[0] += c == '\n' ? 1 : 0;
      }
    } catch (CharacterCodingException e) {
      throw LineReader.notUtf8(source + ":" + line[0] + " or after", e);
    }
  }

  private void events(InputStream in) throws IOException {
    LineReader reader = new LineReader(in, source, options.maximumLineLength());
    int columns = 3 + (options.targetColumn() ? 1 : 0);
    for (String line = reader.next(); line != null; line = reader.next()) {
      if (line.isBlank()) {
        continue;
      }
      String[] parts = TAB.split(line, -1);
      checkColumns(parts.length, columns, reader.where());
      InputEvent event = InputEvent.ofToken(parts[1], time(parts[0], reader.where()), parts[2]);
      if (options.targetColumn()) {
        event =
            options.task() == Task.REGRESS
                ? event.withValues(numbers(blanks(parts[3]), reader.where()))
                : parts[3].isEmpty() ? event : event.withLabel(parts[3]);
      }
      collector.add(event, reader::where);
    }
  }

  private void csv(InputStream in) throws IOException {
    CsvFactory factory =
        CsvFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxStringLength(options.maximumLineLength())
                    .build())
            .build();
    CsvMapper mapper = new CsvMapper(factory);
    CsvSchema schema = CsvSchema.emptySchema().withColumnSeparator(options.csv().delimiter());
    try (MappingIterator<String[]> rows =
        mapper
            .readerFor(String[].class)
            .with(CsvParser.Feature.WRAP_AS_ARRAY)
            .with(CsvParser.Feature.SKIP_EMPTY_LINES)
            .with(schema)
            .readValues(LineReader.strict(in))) {
      if (!rows.hasNextValue()) {
        return;
      }
      CsvHeader header = CsvHeader.of(rows.nextValue(), options.csv(), source + ":1");
      collector.featureNames(header.featureNames());
      while (rows.hasNextValue()) {
        String[] row = rows.nextValue();
        long number = line(rows);
        row(header, row, source + ":" + number);
      }
    } catch (CharacterCodingException e) {
      throw LineReader.notUtf8(source, e);
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (RuntimeJsonMappingException e) {
      if (e.getCause() instanceof JsonProcessingException cause) {
        throw malformed(cause);
      }
      throw e;
    }
  }

  /** The row's own line: the parser already stands behind its end. */
  private static long line(MappingIterator<String[]> rows) {
    JsonLocation location = rows.getParser().currentTokenLocation();
    return location.getLineNr();
  }

  private DataException malformed(JsonProcessingException e) {
    JsonLocation location = e.getLocation();
    return new DataException(
        "the row cannot be read: " + e.getOriginalMessage(),
        source + ":" + (location == null ? "?" : location.getLineNr()),
        "correct the row",
        e);
  }

  private void row(CsvHeader header, String[] row, String where) throws DataException {
    checkColumns(row.length, header.columns(), where);
    float[] features = new float[header.features().length];
    for (int i = 0; i < features.length; i++) {
      features[i] = number(row[header.features()[i]], header.featureNames().get(i), where);
    }
    String key = header.key() < 0 ? "" : row[header.key()];
    long time = header.time() < 0 ? 0 : time(row[header.time()], where);
    InputEvent event = InputEvent.ofFeatures(key, time, features);
    int[] targets = header.targets();
    if (targets.length > 0 && options.task() == Task.REGRESS) {
      float[] values = new float[targets.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = number(row[targets[i]], options.csv().targets().get(i), where);
      }
      event = event.withValues(values);
    } else if (targets.length > 0 && !row[targets[0]].isEmpty()) {
      event = event.withLabel(row[targets[0]]);
    }
    collector.add(event, () -> where);
  }

  private static void checkColumns(int found, int expected, String where) throws DataException {
    if (found != expected) {
      throw new DataException(
          "the line has %d columns and the others have %d".formatted(found, expected),
          where,
          "give every line the same columns, or name those there are");
    }
  }

  private static String[] blanks(String text) {
    String trimmed = text.strip();
    return trimmed.isEmpty() ? new String[0] : BLANKS.split(trimmed);
  }

  private static float[] numbers(String[] texts, String where) throws DataException {
    float[] numbers = new float[texts.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = number(texts[i], "value " + (i + 1), where);
    }
    return numbers;
  }

  private static float number(String text, String column, String where) throws DataException {
    float number;
    try {
      number = Float.parseFloat(text.strip());
    } catch (NumberFormatException e) {
      number = Float.NaN;
    }
    if (!Float.isFinite(number)) {
      throw new DataException(
          "column '%s' has '%s', and a finite number is needed".formatted(column, text),
          where,
          "leave the line out, or write a number in its place");
    }
    return number;
  }

  /** Whole or decimal numbers in the unit of the options, or an ISO 8601 instant. */
  private long time(String text, String where) throws DataException {
    try {
      if (text.indexOf('-') > 0 || text.indexOf('T') > 0) {
        return Instant.parse(text.strip()).toEpochMilli();
      }
      if (text.indexOf('.') < 0) {
        return options.timeUnit().toMillis(Long.parseLong(text.strip()));
      }
      double nanosPerUnit = options.timeUnit().toNanos(1);
      return Math.round(Double.parseDouble(text) * nanosPerUnit / 1e6);
    } catch (NumberFormatException | DateTimeException e) {
      throw new DataException(
          "the time is '%s', and a number of %s or an ISO 8601 instant is needed"
              .formatted(text, options.timeUnit().toString().toLowerCase(Locale.ROOT)),
          where,
          "correct it");
    }
  }

  /**
   * Where the columns stand.
   *
   * @param columns how many there are
   * @param key the place of the key, or -1; likewise time
   */
  private record CsvHeader(
      int columns, int key, int time, int[] features, List<String> featureNames, int[] targets) {
    static CsvHeader of(String[] names, CsvColumns wanted, String where) throws DataException {
      List<String> header = Arrays.stream(names).map(String::strip).toList();
      for (int i = 0; i < names.length; i++) {
        if (header.indexOf(header.get(i)) != i) {
          throw new DataException(
              "columns %d and %d are both named '%s'"
                  .formatted(header.indexOf(header.get(i)) + 1, i + 1, header.get(i)),
              where,
              "give every column a name of its own");
        }
      }
      int key = wanted.key() == null ? -1 : place(header, wanted.key(), where);
      int time = wanted.time() == null ? -1 : place(header, wanted.time(), where);
      int[] targets = new int[wanted.targets().size()];
      List<Integer> others = new ArrayList<>(List.of(key, time));
      for (int i = 0; i < targets.length; i++) {
        targets[i] = place(header, wanted.targets().get(i), where);
        others.add(targets[i]);
      }
      List<String> featureNames = wanted.features();
      if (featureNames.isEmpty()) {
        featureNames =
            header.stream().filter(name -> !others.contains(header.indexOf(name))).toList();
      }
      if (featureNames.isEmpty()) {
        throw new DataException(
            "none of the columns " + header + " is left to be a feature",
            where,
            "name the features");
      }
      int[] features = new int[featureNames.size()];
      for (int i = 0; i < features.length; i++) {
        features[i] = place(header, featureNames.get(i), where);
      }
      return new CsvHeader(names.length, key, time, features, featureNames, targets);
    }

    private static int place(List<String> header, String name, String where) throws DataException {
      int place = header.indexOf(name);
      if (place < 0) {
        throw new DataException(
            "there is no column '" + name + "', there are " + header,
            where,
            "name a column of the header");
      }
      return place;
    }
  }
}
