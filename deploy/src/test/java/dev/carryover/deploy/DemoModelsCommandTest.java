package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.TestingCommandLine.Result;
import dev.carryover.deploy.words.WordModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** demo models, with the shipped recipes made so small that they are trained in a second. */
class DemoModelsCommandTest {

  @TempDir private Path folder;
  private Path recipes;

  @BeforeEach
  void shrinkRecipes() throws IOException {
    recipes = Files.createDirectory(folder.resolve("recipes"));
    for (WordModel model : WordModel.values()) {
      String recipe = Files.readString(Path.of("examples").resolve(model.recipe()));
      Files.writeString(
          recipes.resolve(model.recipe()),
          recipe
              .replaceAll("(hidden-size|embedding-size|attention-size): .*", "$1: 8")
              .replaceAll("epochs: .*", "epochs: 1"));
    }
  }

  @Test
  void bothModelsAreTrainedFromTrainingWordsMeasuredOnTestWordsAndNotWrittenOver()
      throws IOException {
    Path output = folder.resolve("output");
    Result result = train(output);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .containsSubsequence(
            "train.tsv  60 training words",
            "test.tsv   60 test words",
            "$ deploy/carryover train --config " + recipes.resolve(WordModel.PLAIN.recipe()),
            "attention none",
            "$ deploy/carryover train --config " + recipes.resolve(WordModel.ATTENTION.recipe()),
            "attention additive",
            "$ deploy/carryover evaluate --model " + WordModel.PLAIN.file(output),
            "60 sources of " + output.resolve("test.tsv"),
            "$ deploy/carryover evaluate --model " + WordModel.ATTENTION.file(output),
            "together   ");
    assertThat(output.resolve("train.tsv")).content().hasLineCount(60);

    byte[] trained = Files.readAllBytes(WordModel.PLAIN.file(output));
    Result again = train(output);
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err()).hasLineCount(1).contains("holds the checkpoint of a run; resume it");
    assertThat(train(output, "--resume").exitCode()).isZero();
    assertThat(WordModel.PLAIN.file(output)).hasBinaryContent(trained);
  }

  private Result train(Path output, String... more) {
    return TestingCommandLine.execute(
        CarryoverTest.with(
            new String[] {
              "demo",
              "models",
              "--recipes",
              recipes.toString(),
              "--output",
              output.toString(),
              "--words",
              "60"
            },
            more));
  }
}
