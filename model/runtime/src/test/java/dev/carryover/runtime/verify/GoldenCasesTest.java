package dev.carryover.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.model.file.ModelConfigReader;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every token and feature case that PyTorch recorded, on the scalar and on the SIMD kernels. */
class GoldenCasesTest {

  private static final double TOLERANCE = 1e-5;

  @ParameterizedTest
  @EnumSource(
      value = KernelChoice.class,
      names = {"SCALAR", "AUTO"})
  void everyRecordedStepAgreesLayerByLayer(KernelChoice kernels)
      throws IOException, RecordedCasesException {
    Path golden = dataFolder().resolve("golden");
    assumeTrue(
        Files.isDirectory(golden),
        golden + " is absent: put PyTorch's recorded cases there or set CARRYOVER_DATA");
    List<Path> files;
    try (Stream<Path> all = Files.list(golden)) {
      files =
          all.filter(file -> file.toString().endsWith(".json"))
              .filter(file -> !file.getFileName().toString().startsWith("seq2seq_"))
              .sorted()
              .toList();
    }
    assertThat(files).isNotEmpty();
    for (Path file : files) {
      RecordedCases cases = RecordedCases.read(file);
      ModelFile model =
          ModelImporter.fromWeights(
              Path.of(file.toString().replace(".json", ".safetensors")),
              ModelConfigReader.read(cases.configJson(), file.toString()));
      ReplayReport report =
          Replay.run(
              RecurrentModel.load(model, RuntimeOptions.DEFAULTS.withKernels(kernels)), cases);
      assertThat(report.within(TOLERANCE))
          .as("%s on %s: %s", file.getFileName(), report.kernels(), report.errors())
          .isTrue();
    }
  }

  private static Path dataFolder() {
    String folder = System.getenv("CARRYOVER_DATA");
    return folder != null ? Path.of(folder) : Path.of("..", "..", "..", "shared");
  }
}
