package dev.carryover.deploy.words;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/*
 * A spelling is letters from a to z and apostrophes, and has two letters at least. What else stands in the dictionary
 * is not spelled the way it is said: abbreviations with their full stops (a.m.), words with hyphens and underscores, which are
 * two words of the dictionary, and names of single letters, of which nothing can be learned from other words. It is one
 * line in a hundred.
 */
/**
 * The CMU pronouncing dictionary of North American English, and its split into words to train on
 * and words to test with. A line of it is a word and its phones with blanks between them; further
 * ways to say a word stand in lines of their own, as {@code word(2)}.
 *
 * <p>Immutable.
 */
public final class PronouncingDictionary {

  private static final String RESOURCE = "edu/cmu/sphinx/models/en-us/cmudict-en-us.dict";
  private static final Pattern LINE = Pattern.compile("(\\S+?)(?:\\(\\d+\\))?((?: [A-Z]+)+)");
  private static final Pattern SPELLING = Pattern.compile("'*[a-z]'*[a-z][a-z']*");

  private final List<DictionaryWord> words;

  private PronouncingDictionary(List<DictionaryWord> words) {
    this.words = List.copyOf(words);
  }

  /**
   * Reads the dictionary of the class path.
   *
   * @throws IOException if it is not there, or a line of it is malformed
   */
  public static PronouncingDictionary read() throws IOException {
    try (InputStream in =
        PronouncingDictionary.class.getClassLoader().getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException(
            RESOURCE
                + " is not on the class path; build with mvn package, which fetches the jar"
                + " net.sf.phat:sphinx4-data");
      }
      return read(new InputStreamReader(in, StandardCharsets.UTF_8), RESOURCE);
    }
  }

  /**
   * Reads a dictionary.
   *
   * @param name what it is called in errors
   */
  static PronouncingDictionary read(Reader text, String name) throws IOException {
    BufferedReader lines = new BufferedReader(text);
    Map<String, List<List<String>>> pronunciations = new LinkedHashMap<>();
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      Matcher parts = LINE.matcher(line);
      if (!parts.matches()) {
        throw new IOException(
            "%s:%d: the line is '%s', expected a word and its phones in capitals with single blanks between them"
                .formatted(name, number, line));
      }
      if (SPELLING.matcher(parts.group(1)).matches()) {
        pronunciations
            .computeIfAbsent(parts.group(1), spelling -> new ArrayList<>())
            .add(Arrays.asList(parts.group(2).strip().split(" ")));
      }
    }
    return new PronouncingDictionary(
        pronunciations.entrySet().stream()
            .map(word -> new DictionaryWord(word.getKey(), word.getValue()))
            .toList());
  }

  /** The words to train on, in the order of the dictionary. */
  public List<DictionaryWord> training() {
    return words.stream().filter(word -> !word.forTest()).toList();
  }

  /** The words to test with, in the order of the dictionary. */
  public List<DictionaryWord> test() {
    return words.stream().filter(DictionaryWord::forTest).toList();
  }

  /** Words in another order, which a seed decides; at most {@code limit} of them. */
  public static List<DictionaryWord> sample(List<DictionaryWord> words, int limit, long seed) {
    List<DictionaryWord> shuffled = new ArrayList<>(words);
    Collections.shuffle(shuffled, new Random(seed));
    return List.copyOf(shuffled.subList(0, Math.min(limit, shuffled.size())));
  }

  /**
   * Writes words as a file of pairs, as {@code carryover train} and {@code evaluate} read them: a
   * line each, the spelling and every pronunciation with tabs between them.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(List<DictionaryWord> words, Path file) throws IOException {
    StringBuilder text = new StringBuilder();
    words.forEach(word -> text.append(word.pair()).append('\n'));
    Files.writeString(file, text);
  }
}
