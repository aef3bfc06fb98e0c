package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.TestingCommandLine.Result;
import dev.carryover.deploy.publish.TestingModelFile;
import dev.carryover.deploy.words.WordModel;
import dev.carryover.model.spec.Attention;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole demo of words, as a user starts it. */
class WordDemoITCase {

  @TempDir private Path folder;

  @Test
  void everyWordIsAnsweredOnceAndTheShippedModelWithAttentionTakesOver() {
    Result result =
        TestingCommandLine.execute("demo", "--words", "300", "--checkpoint-interval", "200ms");
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .containsSubsequence(
            "300 of the 6,380 words of the CMU dictionary that no model was trained on",
            "Revision 1 pronunciation: seq2seq",
            "no attention",
            "Revision 2 pronunciation: seq2seq",
            "additive attention",
            "  revision 1  ",
            "Published",
            "drain: running sequences end on the revision they began with",
            "loaded on 1 of 1 at ",
            "  revision 2  ",
            "300 of 300 words answered: 0 missing, 0 doubled, 0 inferences that answer no whole",
            "0 dead letters and late events",
            "0 words answered by another revision")
        .containsPattern("right\n")
        .endsWith("PASS\n");
  }

  @Test
  void otherModelsServeTwoInstancesOnRocksDbWithoutASwap() throws IOException {
    for (WordModel model : WordModel.values()) {
      Files.createDirectories(model.run(folder));
      TestingModelFile.writePronouncing(
          model.file(folder),
          model == WordModel.PLAIN ? Attention.NONE : Attention.ADDITIVE,
          model.ordinal());
    }
    Result result =
        TestingCommandLine.execute(
            "demo",
            "--models",
            folder,
            "--words",
            "20",
            "--copies",
            "2",
            "--beam",
            "1",
            "--parallelism",
            "2",
            "--backend",
            "rocksdb",
            "--no-swap",
            "--checkpoint-interval",
            "200ms");
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("each 2 times", "40 of 40 words answered: 0 missing, 0 doubled")
        .doesNotContain("Published", "Revision 2", "with attention", "Revisions")
        .endsWith("PASS\n");
  }

  @Test
  void aFolderWithoutModelsIsOneLine() {
    Result result = TestingCommandLine.execute("demo", "--models", folder);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).contains("plain/model.safetensors");
  }
}
