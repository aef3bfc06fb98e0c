package dev.carryover.deploy.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.training.input.InputFormat;
import dev.carryover.training.input.InputOptions;
import dev.carryover.training.trainer.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingRecipeTest {

  @TempDir private Path folder;

  @Test
  void whatIsLeftOutHasItsDefault() throws IOException {
    TrainingRecipe recipe = recipe("training:\n  epochs: 3\n");
    assertThat(recipe.data()).isEqualTo(DataPlan.DEFAULTS);
    assertThat(recipe.training()).isEqualTo(TrainingPlan.DEFAULTS.with("epochs", 3));
    assertThat(recipe.calibration()).isNull();
    assertThat(recipe.withSeed(9).training().seed()).isEqualTo(9);
  }

  @Test
  void filesStartAtTheFolderOfTheRecipeUnlessOthersAreGiven()
      throws IOException, ConfigurationException {
    TrainingRecipe recipe = recipe("data:\n  files: [a.txt, b/c.txt]\n");
    assertThat(DataSource.of(recipe.data(), recipe.folder(), List.of(), warning -> {}).name())
        .isEqualTo(folder.resolve("a.txt") + ", " + folder.resolve("b/c.txt"));
    List<Path> given = List.of(Path.of("d.txt"));
    assertThat(DataSource.of(recipe.data(), recipe.folder(), given, warning -> {}).name())
        .isEqualTo("d.txt");
  }

  @Test
  void everyKeyOfTheDataReachesItsReader() {
    InputOptions options =
        DataPlan.parse(
                """
                format: events
                task: classify
                target-column: true
                target-of-every-step: true
                time-unit: ms
                gap: 6 h
                maximum-length: 50
                minimum-count: 2
                special-tokens: {unknown: UNK}
                validation-fraction: 0.3
                seed: 4
                """,
                "test")
            .options();
    assertThat(options.format()).isEqualTo(InputFormat.EVENTS);
    assertThat(options.task().configName()).isEqualTo("classify");
    assertThat(options.targetColumn()).isTrue();
    assertThat(options.targetOfEveryStep()).isTrue();
    assertThat(options.timeUnit()).isEqualTo(TimeUnit.MILLISECONDS);
    assertThat(options.gap()).isEqualTo(Duration.ofHours(6));
    assertThat(options.maximumLength()).isEqualTo(50);
    assertThat(options.minimumCount()).isEqualTo(2);
    assertThat(options.specialTokens().unknown()).isEqualTo("UNK");
    assertThat(options.specialTokens().end()).isNull();
    assertThat(options.validationFraction()).isEqualTo(0.3);
    assertThat(options.seed()).isEqualTo(4);
  }

  @Test
  void theLayoutSaysHowDataLooksAndNotWhereItIs() {
    DataPlan plan =
        DataPlan.parse("format: kafka\njob: secret/job.yaml\nfrom: earliest\ngap: 6 h\n", "test");
    assertThat(plan.layout()).doesNotContain("secret", "earliest");
    assertThat(DataPlan.parse(plan.layout(), "layout"))
        .isEqualTo(DataPlan.parse("format: avro\ngap: 6 h\n", "test"));
  }

  @Test
  void onlyTopicsHaveAJobAndARange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataPlan.parse("format: lines\njob: job.yaml\n", "test"))
        .withMessageContaining("only kafka reads a job's topics");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataPlan.parse("format: lines\nfrom: earliest\n", "test"))
        .withMessageContaining("belong to the format kafka");
  }

  private TrainingRecipe recipe(String yaml) throws IOException {
    return TrainingRecipe.read(Files.writeString(folder.resolve("recipe.yaml"), yaml));
  }
}
