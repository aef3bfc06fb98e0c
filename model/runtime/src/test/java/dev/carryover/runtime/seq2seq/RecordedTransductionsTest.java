package dev.carryover.runtime.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelConfigReader;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.runtime.ReferenceData;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.verify.RecordedTransduction;
import dev.carryover.runtime.verify.ReplayReport;
import dev.carryover.runtime.verify.TransductionReplay;
import dev.carryover.runtime.verify.VectorError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What PyTorch recorded of the reference models, on the specification and on vectors of every
 * width: the encoder's outputs, log-probabilities and attention of every step, and what greedy and
 * beam search came to, token for token.
 */
class RecordedTransductionsTest {
  static Stream<KernelProvider.Selection> kernels() {
    return TestingTransducers.kernels().stream();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void everyRecordingIsReproduced(KernelProvider.Selection kernels) throws Exception {
    List<Path> cases;
    try (Stream<Path> files = Files.list(ReferenceData.require("golden"))) {
      cases =
          files
              .filter(file -> file.getFileName().toString().matches("seq2seq_.*\\.json"))
              .sorted()
              .toList();
    }
    assertThat(cases).isNotEmpty();
    for (Path file : cases) {
      RecordedTransduction recorded = RecordedTransduction.read(file);
      ModelFile model =
          ModelImporter.fromWeights(
              Path.of(file.toString().replace(".json", ".safetensors")),
              ModelConfigReader.read(recorded.configJson(), file.toString()));
      for (RuntimeOptions budget :
          List.of(TestingTransducers.FOLDED, TestingTransducers.UNFOLDED)) {
        ReplayReport report =
            TransductionReplay.run(Seq2SeqModel.load(model, kernels, budget), recorded);
        assertThat(report.errors())
            .as("%s on %s", file.getFileName(), report.kernels())
            .hasSizeGreaterThanOrEqualTo(5)
            .allMatch(RecordedTransductionsTest::agrees);
      }
    }
  }

  private static boolean agrees(VectorError error) {
    return switch (error.vector()) {
      case "encoder outputs", "attention" -> error.relative() <= 1e-5;
      case "log-softmax", "beam scores" -> error.absolute() <= 2e-5;
      default -> error.relative() == 0;
    };
  }
}
