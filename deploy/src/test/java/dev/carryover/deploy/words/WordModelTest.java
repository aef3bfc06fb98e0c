package dev.carryover.deploy.words;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.training.TrainingRecipe;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.trainer.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The model files that are part of this program. Tests run in the module's folder. */
class WordModelTest {

  private static final long MEGABYTE = 1_000_000;

  @TempDir private Path folder;

  @Test
  void theyAreSmall() throws IOException {
    long plain = Files.size(WordModel.PLAIN.copy(Optional.empty(), folder));
    long attention = Files.size(WordModel.ATTENTION.copy(Optional.empty(), folder));
    assertThat(plain).isBetween(1L, 2 * MEGABYTE);
    assertThat(plain + attention).isLessThanOrEqualTo(6 * MEGABYTE);
  }

  @ParameterizedTest
  @EnumSource
  void theyAreWhatTheirRecipesMakeOfTheTrainingWords(WordModel model)
      throws IOException, NoSuchAlgorithmException {
    ModelFile file = ModelFileReader.read(model.copy(Optional.empty(), folder));
    TrainingPlan recipe =
        TrainingRecipe.read(Path.of("examples").resolve(model.recipe())).training();
    assertThat(TrainingPlan.parse(file.config().provenance().get("plan"), "the model file"))
        .isEqualTo(recipe);
    Path train = folder.resolve("train.tsv");
    PronouncingDictionary.write(PronouncingDictionary.read().training(), train);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(train));
    assertThat(file.config().provenance())
        .containsEntry("data_sha256", HexFormat.of().formatHex(digest));
  }

  @ParameterizedTest
  @EnumSource
  void theirSelfTestsReplay(WordModel model) throws IOException {
    ModelFile file = ModelFileReader.read(model.copy(Optional.empty(), folder));
    assertThat(file.selfTests()).isNotEmpty();
    assertThat(Seq2SeqModel.load(file)).isNotNull();
  }

  @Test
  void oneCanTakeOverFromTheOther() throws IOException {
    ModelFile plain = ModelFileReader.read(WordModel.PLAIN.copy(Optional.empty(), folder));
    ModelFile attention = ModelFileReader.read(WordModel.ATTENTION.copy(Optional.empty(), folder));
    assertThat(plain.config().modelId()).isEqualTo(attention.config().modelId());
    assertThat(plain.config().vocabulary()).isEqualTo(attention.config().vocabulary());
    assertThat(plain.config().encoderDecoder().attention().hasContext()).isFalse();
    assertThat(plain.config().encoderDecoder().bidirectionalEncoder()).isFalse();
    assertThat(attention.config().encoderDecoder().attention().hasContext()).isTrue();
  }
}
