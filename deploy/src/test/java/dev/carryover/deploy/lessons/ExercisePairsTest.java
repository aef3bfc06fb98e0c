package dev.carryover.deploy.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.carryover.deploy.training.TrainingRecipe.Exercise;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ExercisePairsTest {

  private static Exercise exercise(String rule, int symbols, long seed) {
    return new Exercise(rule, symbols, 300, 4, 9, 160, 11, seed);
  }

  @Test
  void reversalsAreTheirSourcesBackwards() {
    ExercisePairs pairs = ExercisePairs.of(exercise(Exercise.REVERSAL, 5, 1));
    for (String line : pairs.training()) {
      String[] columns = line.split("\t");
      assertThat(columns[0]).matches("[a-e]{4,9}");
      assertThat(columns[1].replace(" ", ""))
          .isEqualTo(new StringBuilder(columns[0]).reverse().toString());
    }
  }

  @Test
  void runningSumsAddWhatCameSoFarModuloTheSymbols() {
    ExercisePairs pairs = ExercisePairs.of(exercise(Exercise.RUNNING_SUM, 7, 1));
    for (String line : pairs.tests()) {
      String[] columns = line.split("\t");
      String[] sums = columns[1].split(" ");
      assertThat(columns[0]).matches("[0-6]{4,11}");
      assertThat(sums).hasSameSizeAs(columns[0].split(""));
      for (int i = 0; i < sums.length; i++) {
        int sum = columns[0].substring(0, i + 1).chars().map(digit -> digit - '0').sum();
        assertThat(sums[i]).isEqualTo(Integer.toString(sum % 7));
      }
    }
  }

  @Test
  void aSeedGivesThePairsAndNoSourceStandsTwice() {
    ExercisePairs pairs = ExercisePairs.of(exercise(Exercise.REVERSAL, 5, 3));
    assertThat(ExercisePairs.of(exercise(Exercise.REVERSAL, 5, 3))).isEqualTo(pairs);
    assertThat(ExercisePairs.of(exercise(Exercise.REVERSAL, 5, 4))).isNotEqualTo(pairs);
    Set<String> all = new HashSet<>(pairs.training());
    all.addAll(pairs.tests());
    assertThat(all).hasSize(460);
  }

  @Test
  void allLengthsComeAsOften() {
    ExercisePairs pairs = ExercisePairs.of(exercise(Exercise.REVERSAL, 5, 3));
    assertThat(lengths(pairs.training()))
        .containsOnlyKeys(4, 5, 6, 7, 8, 9)
        .allSatisfy((length, count) -> assertThat(count).isEqualTo(50));
    assertThat(lengths(pairs.tests()))
        .containsOnlyKeys(4, 5, 6, 7, 8, 9, 10, 11)
        .allSatisfy((length, count) -> assertThat(count).isEqualTo(20));
  }

  private static Map<Integer, Long> lengths(List<String> lines) {
    return lines.stream()
        .map(line -> line.indexOf('\t'))
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }

  @Test
  void anExerciseThatCannotBeMadeUpIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> exercise("sorting", 5, 1))
        .withMessage("exercise.rule is 'sorting'; it is reversal or running-sum");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> exercise(Exercise.RUNNING_SUM, 11, 1))
        .withMessage("exercise.symbols is 11; it is 2 to 10");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Exercise(Exercise.REVERSAL, 5, 300, 4, 3, 160, 11, 1))
        .withMessage("exercise.longest is 3; it is 4 to 1,000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> exercise(Exercise.REVERSAL, 3, 1))
        .withMessageContaining("there are 81 sources of that length, and about 70 are wanted");
  }
}
