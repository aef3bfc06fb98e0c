package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.carryover.job.models.LoadedModel;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.ModelReference;
import dev.carryover.model.file.ModelFileLimits;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadedModelsTest {
  @TempDir Path folder;

  @AfterEach
  void nothingIsHeld() {
    assertThat(LoadedModels.held()).isZero();
  }

  @Test
  void slotsShareAModelUntilTheLastReleasesIt() throws Exception {
    ModelReference reference = TestingModels.NEXT_TOKEN.in(folder);
    LoadedModel first = LoadedModels.acquire(reference);
    assertThat(LoadedModels.acquire(reference)).isSameAs(first);
    LoadedModels.release(reference);
    assertThat(LoadedModels.held()).isEqualTo(1);
    assertThat(LoadedModels.acquire(reference)).isSameAs(first);
    LoadedModels.release(reference);
    LoadedModels.release(reference);
  }

  @Test
  void differentModelsAreHeldSideBySide() throws Exception {
    ModelReference one = TestingModels.NEXT_TOKEN.in(folder);
    ModelReference other = TestingModels.REGRESS.in(folder);
    assertThat(LoadedModels.acquire(one)).isNotSameAs(LoadedModels.acquire(other));
    assertThat(LoadedModels.held()).isEqualTo(2);
    LoadedModels.release(one);
    LoadedModels.release(other);
  }

  @Test
  void oneFileWithItsWeightsInTwoPrecisionsIsTwoModels() throws Exception {
    ModelReference exact = TestingModels.NEXT_TOKEN.in(folder);
    ModelReference rounded = TestingModels.in(exact, WeightPrecision.BF16);
    assertThat(LoadedModels.acquire(exact).recurrent().weights()).isEqualTo(WeightPrecision.FP32);
    assertThat(LoadedModels.acquire(rounded).recurrent().weights()).isEqualTo(WeightPrecision.BF16);
    assertThat(LoadedModels.held()).isEqualTo(2);
    LoadedModels.release(exact);
    LoadedModels.release(rounded);
  }

  @Test
  void aModelIsOfOneKind() throws Exception {
    ModelReference scores = TestingModels.NEXT_TOKEN.in(folder);
    ModelReference transduces = TestingTransducers.ADDITIVE.in(folder);
    assertThat(LoadedModels.acquire(scores).recurrent().config().task()).isEqualTo(Task.NEXT_TOKEN);
    assertThat(LoadedModels.acquire(transduces).transducer().streamable()).isTrue();
    assertThatIllegalStateException()
        .isThrownBy(() -> LoadedModels.acquire(scores).transducer())
        .withMessage(
            "model 'testing' has the task next-token, and no decoder; ask for its recurrent()");
    assertThatIllegalStateException()
        .isThrownBy(() -> LoadedModels.acquire(transduces).recurrent())
        .withMessage(
            "model 'testing' is an encoder and a decoder, and no single stack; ask for its"
                + " transducer()");
    for (int user = 0; user < 2; user++) {
      LoadedModels.release(scores);
      LoadedModels.release(transduces);
    }
  }

  @Test
  void anOperatorReleasesItsModelWhenItCloses() throws Exception {
    ModelReference reference = TestingModels.NEXT_TOKEN.in(folder);
    try (TestingHarness harness = TestingHarness.start(reference, settings())) {
      assertThat(LoadedModels.held()).isEqualTo(1);
      assertThat(harness.inferences()).isEmpty();
    }
    assertThat(LoadedModels.held()).isZero();
  }

  @Test
  void anotherFileThanTheOneSubmittedIsRefused() throws Exception {
    ModelReference reference = TestingModels.NEXT_TOKEN.in(folder);
    String now =
        ModelFileWriter.write(
            TestingModels.REGRESS.file(), folder.resolve("NEXT_TOKEN.safetensors"));
    assertThatIOException()
        .isThrownBy(() -> LoadedModels.acquire(reference))
        .withMessage(
            "model file %s has the SHA-256 %s, the job was submitted with %s: put the file back, or submit the job again",
            reference.uri(), now, reference.sha256());
  }

  @Test
  void aMissingFileIsNamed() {
    String uri = folder.resolve("none.safetensors").toUri().toString();
    assertThatIOException()
        .isThrownBy(() -> LoadedModels.read(uri))
        .withMessage(
            "model file %s is refused: it does not exist, or may not be read; look at the path and its permissions",
            uri);
  }

  @Test
  void aFolderIsNoModelFile() {
    String uri = folder.toUri().toString();
    assertThatIOException()
        .isThrownBy(() -> LoadedModels.read(uri))
        .withMessage(
            "model file %s is refused: it is a folder; give the path of a .safetensors file", uri);
  }

  @Test
  void aFileLargerThanAnyModelIsRefusedUnread() throws Exception {
    Path path = folder.resolve("huge.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(ModelFileLimits.defaults().fileBytes() + 1); // a hole, no disk space
    }
    assertThatIOException()
        .isThrownBy(() -> LoadedModels.read(path.toUri().toString()))
        .withMessageStartingWith("model file " + path.toUri() + " is refused: ")
        .withMessageContaining(String.valueOf(ModelFileLimits.defaults().fileBytes()));
  }

  @Test
  void aFileThatIsNoModelIsRefusedWithTheReadersReason() throws Exception {
    Path path = Files.write(folder.resolve("text.safetensors"), new byte[] {1, 2, 3});
    assertThatIOException()
        .isThrownBy(() -> LoadedModels.read(path.toUri().toString()))
        .withMessageStartingWith("model file " + path.toUri() + " is refused: ");
  }

  @Test
  void aPathMayHoldSpacesAndPercentSigns() throws Exception {
    Path odd = Files.createDirectory(folder.resolve("50% of models"));
    ModelReference reference = TestingModels.NEXT_TOKEN.in(odd);
    assertThat(reference.uri()).contains("50%25%20of%20models");
    assertThat(LoadedModels.read(reference.uri()).sha256()).isEqualTo(reference.sha256());
    Path spaced = Files.createDirectory(folder.resolve("a b"));
    TestingModels.NEXT_TOKEN.in(spaced);
    assertThat(LoadedModels.read("file://" + spaced + "/NEXT_TOKEN.safetensors").sha256())
        .as("not encoded")
        .isEqualTo(reference.sha256());
  }

  @Test
  void aModelThatCannotBeLoadedIsNotHeld() {
    ModelReference reference =
        new ModelReference(
            folder.resolve("none").toUri().toString(), "0".repeat(64), 1, KernelChoice.AUTO);
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatIOException().isThrownBy(() -> LoadedModels.acquire(reference));
      assertThat(LoadedModels.held()).isZero();
    }
  }
}
