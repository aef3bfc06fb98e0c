package dev.carryover.deploy.lessons;

import dev.carryover.deploy.training.TrainingRecipe.Exercise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Makes the pairs of an exercise up: sources of random tokens, all lengths as often, none twice.
 * One exercise gives the same pairs everywhere.
 *
 * @param training {@code source TAB target}, a line a pair, to learn from
 * @param tests lines of the same kind, to be answered at the end; none is among the first
 */
record ExercisePairs(List<String> training, List<String> tests) {

  /** The file of what is learned from. */
  static final String TRAINING_FILE = "train.tsv";

  /** The file of what is answered at the end. */
  static final String TEST_FILE = "test.tsv";

  static ExercisePairs of(Exercise exercise) {
    Random random = new Random(exercise.seed());
    Set<String> taken = new HashSet<>();
    return new ExercisePairs(
        lines(exercise, exercise.sources(), exercise.longest(), random, taken),
        lines(exercise, exercise.tests(), exercise.longestTest(), random, taken));
  }

  private static List<String> lines(
      Exercise exercise, int count, int longest, Random random, Set<String> taken) {
    List<String> lines = new ArrayList<>();
    int lengths = longest - exercise.shortest() + 1;
    while (lines.size() < count) {
      // Lengths go round, so that all come as often, also where sources were taken already.
      int[] source =
          random
              .ints(exercise.shortest() + lines.size() % lengths, 0, exercise.symbols())
              .toArray();
      String line = line(exercise, source);
      if (taken.add(line)) {
        lines.add(line);
      }
    }
    return List.copyOf(lines);
  }

  private static String line(Exercise exercise, int[] source) {
    boolean reversed = Exercise.REVERSAL.equals(exercise.rule());
    char first = reversed ? 'a' : '0';
    StringBuilder written = new StringBuilder();
    StringJoiner answer = new StringJoiner(" ");
    int sum = 0;
    for (int i = 0; i < source.length; i++) {
      written.append((char) (first + source[i]));
      sum = (sum + source[i]) % exercise.symbols();
      int token = reversed ? source[source.length - 1 - i] : sum;
      answer.add(Character.toString(first + token));
    }
    return written + "\t" + answer;
  }

  /** Writes both files. */
  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve(TRAINING_FILE), training);
    Files.write(folder.resolve(TEST_FILE), tests);
  }
}
