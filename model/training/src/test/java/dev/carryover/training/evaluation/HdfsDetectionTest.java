package dev.carryover.training.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.training.data.TrainingSequence;
import dev.carryover.training.input.DataReader;
import dev.carryover.training.input.InputFormat;
import dev.carryover.training.input.InputOptions;
import dev.carryover.training.input.LabelReader;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Detection in a real log by a model that PyTorch trained, against what is known of both. */
class HdfsDetectionTest {
  @Test
  void thresholdsCalibratedOnNormalSessionsBeatTheBestTopG() throws IOException {
    ModelFile file =
        ModelImporter.fromFiles(
            ReferenceData.require("models/hdfs-gru64.safetensors"),
            ReferenceData.require("models/hdfs-gru64.config.json"));
    ModelConfig config = file.config();
    List<TrainingSequence> sessions =
        DataReader.readFor(
            config,
            List.of(ReferenceData.require("data/hdfs/train.txt")),
            InputOptions.builder().build());
    List<TrainingSequence> stream =
        DataReader.readFor(
            config,
            List.of(ReferenceData.require("data/hdfs/stream.tsv")),
            InputOptions.builder().format(InputFormat.EVENTS).build());
    Map<String, Boolean> labels = LabelReader.read(ReferenceData.require("data/hdfs/labels.tsv"));
    RecurrentModel model = RecurrentModel.load(file);
    EvaluationOptions options = EvaluationOptions.DEFAULTS;
    AlertCalibration calibration =
        AlertCalibration.calibrate(
            ScoredSequence.score(model, sessions, options), config.vocabulary(), 0.002);
    RecurrentModel calibrated = RecurrentModel.load(calibration.store(file));

    DetectionReport report =
        DetectionReport.evaluate(calibrated, stream, labels, sessions, options);

    assertThat(report.bestTopG().detector()).isEqualTo("top-11");
    assertThat(report.bestTopG().f1()).isCloseTo(0.897, within(0.0005));
    assertThat(report.baselines().get(0).f1()).isCloseTo(0.920, within(0.0005));
    assertThat(report.baselines().get(1).f1()).isCloseTo(0.967, within(0.0005));
    assertThat(report.calibrated()).isPresent();
    assertThat(report.calibrated().get().f1())
        .as("%s%n%s", calibration, report.table())
        .isGreaterThanOrEqualTo(report.bestTopG().f1());
    assertThat(report.unlabelled()).isZero();
    assertThat(report.absent()).isZero();
  }
}
