package dev.carryover.training.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.training.data.TrainingData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static final TrainingPlan SMALL =
      TrainingPlan.parse(
          """
          model-id: small
          embedding-size: 4
          hidden-size: 12
          batch-size: 8
          epochs: 4
          learning-rate: 0.02
          threads: 2
          """,
          "test");

  @TempDir Path folder;

  /** A crash at some step. */
  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static TrainingListener crashAt(long step) {
    return new TrainingListener() {
      @Override
      public void step(RunHistory.Step done, long totalSteps, Duration left) {
        if (done.step() == step) {
          throw new Crash();
        }
      }
    };
  }

  private float[] weights(String run) throws Exception {
    return Checkpoint.read(folder.resolve(run).resolve(TrainingRun.LAST)).weights();
  }

  private TrainingResult train(TrainingPlan plan, TrainingData data, String run) throws Exception {
    return Trainer.train(plan, data, folder.resolve(run), TrainingListener.SILENT);
  }

  @Test
  void aTrainedModelPredictsWhatFollowsAndIsServedByTheRuntime() throws Exception {
    TrainingResult result = train(SMALL.with("epochs", 12), TestingData.counting(), "run");
    assertThat(result.bestLoss()).isLessThan(0.8);
    assertThat(result.history().epochs()).hasSize(12);
    assertThat(result.history().steps().get(0).loss()).isGreaterThan(1.5);

    ModelFile file = ModelFileReader.read(folder.resolve("run").resolve(Trainer.MODEL));
    assertThat(file.selfTests()).hasSize(SMALL.selfTests());
    assertThat(file.config().provenance()).containsKeys("data_sha256", "seed", "validation_loss");
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(1);
    float[] state = model.newState();
    session.addToken(state, 3);
    session.run();
    session.readState(0, state);
    session.clear();
    session.addToken(state, 4);
    session.run();
    assertThat(session.rank(0)).isZero();
  }

  @Test
  void oneSeedGivesTheSameBitsAndAnotherDoesNot() throws Exception {
    TrainingPlan plan = SMALL.with("dropout", 0.2).with("epochs", 2);
    train(plan, TestingData.counting(), "a");
    train(plan, TestingData.counting(), "b");
    train(plan.with("seed", 2), TestingData.counting(), "c");
    assertThat(weights("b")).containsExactly(weights("a"));
    assertThat(weights("c")).isNotEqualTo(weights("a"));
  }

  @Test
  void twoThreadsLearnWhatOneLearns() throws Exception {
    train(SMALL.with("threads", 1), TestingData.counting(), "one");
    train(SMALL.with("threads", 3), TestingData.counting(), "three");
    assertThat(weights("three")).containsExactly(weights("one"), Offset.offset(1e-3f));
  }

  @ParameterizedTest
  @CsvSource({"false,adam,9", "true,adamw,17", "true,sgd,30"})
  void aRunThatIsResumedAfterACrashEndsWithTheSameBits(boolean stream, String optimizer, int step)
      throws Exception {
    TrainingData data = stream ? TestingData.stream() : TestingData.counting();
    TrainingPlan plan =
        SMALL
            .with("optimizer", optimizer)
            .with("cell", "lstm")
            .with("window", stream ? 7 : 0)
            .with("schedule", "cosine")
            .with("dropout", 0.1)
            .with("checkpoint-steps", 3);
    TrainingResult whole = train(plan, data, "whole");
    Path cut = folder.resolve("cut");
    assertThatThrownBy(() -> Trainer.train(plan, data, cut, crashAt(step)))
        .isInstanceOf(Crash.class);
    assertThatThrownBy(() -> Trainer.resume(plan, data, cut, crashAt(step + 5)))
        .isInstanceOf(Crash.class);
    TrainingResult resumed = Trainer.resume(plan, data, cut, TrainingListener.SILENT);
    assertThat(weights("cut")).containsExactly(weights("whole"));
    assertThat(resumed.bestLoss()).isEqualTo(whole.bestLoss());
    assertThat(resumed.history().steps().stream().map(RunHistory.Step::loss))
        .containsExactlyElementsOf(
            whole.history().steps().stream().map(RunHistory.Step::loss).toList());
    assertThat(resumed.best().tensor("head.weight"))
        .containsExactly(whole.best().tensor("head.weight"));
  }

  @Test
  void moreEpochsAreTheSameAsHavingAskedForThemAtOnce() throws Exception {
    train(SMALL, TestingData.counting(), "long");
    train(SMALL.with("epochs", 2), TestingData.counting(), "short");
    Trainer.resume(SMALL, TestingData.counting(), folder.resolve("short"), TrainingListener.SILENT);
    assertThat(weights("short")).containsExactly(weights("long"));
  }

  @Test
  void stateIsCarriedFromWindowToWindow() throws Exception {
    TrainingPlan plan = SMALL.with("window", 3).with("epochs", 10).with("cell", "lstm");
    assertThat(train(plan, TestingData.stream(), "run").bestLoss()).isLessThan(0.2);
  }

  @ParameterizedTest
  @CsvSource({"CLASSIFY,false,false", "CLASSIFY,true,false", "LABEL,true,false", "LABEL,true,true"})
  void labelsAreLearned(Task task, boolean everyStep, boolean bidirectional) throws Exception {
    TrainingPlan plan = SMALL.with("epochs", 15).with("bidirectional", bidirectional);
    TrainingResult result = train(plan, TestingData.sums(task, everyStep), "run");
    assertThat(result.bestLoss()).isLessThan(0.35);
    assertThat(result.best().config().task()).isEqualTo(task);
    assertThat(result.best().config().bidirectional()).isEqualTo(bidirectional);
    assertThat(result.best().config().labels()).containsExactly("negative", "positive");
    assertThat(result.best().selfTests()).isNotEmpty();
    assertThat(folder.resolve("run").resolve(Trainer.STATE_DICT)).exists();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void valuesAreLearned(boolean everyStep) throws Exception {
    TrainingPlan plan = SMALL.with("epochs", 25);
    TrainingResult result = train(plan, TestingData.sums(Task.REGRESS, everyStep), "run");
    assertThat(result.bestLoss()).isLessThan(0.6);
    assertThat(result.best().config().features().scale()).containsExactly(2, 1);
  }

  @Test
  void trainingStopsWhenValidationNoLongerImproves() throws Exception {
    TrainingPlan plan = SMALL.with("epochs", 200).with("patience", 2).with("learning-rate", 0.2);
    TrainingResult result = train(plan, TestingData.counting(), "run");
    List<RunHistory.Epoch> epochs = result.history().epochs();
    assertThat(epochs.size()).isLessThan(200);
    assertThat(epochs.subList(epochs.size() - 2, epochs.size())).noneMatch(RunHistory.Epoch::best);
    assertThat(epochs.get(epochs.size() - 3).best()).isTrue();
  }

  @Test
  void aLossThatIsNoNumberStopsTheRunAndLeavesTheCheckpoint() throws Exception {
    train(SMALL.with("epochs", 1).with("optimizer", "sgd"), TestingData.counting(), "run");
    byte[] before = Files.readAllBytes(folder.resolve("run").resolve(TrainingRun.LAST));
    TrainingPlan wild =
        SMALL.with("optimizer", "sgd").with("learning-rate", 1e38).with("clip-norm", 0);
    assertThatThrownBy(() -> train(wild, TestingData.counting(), "wild"))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("use a lower learning rate than 1.0E38");
    assertThat(Files.readAllBytes(folder.resolve("run").resolve(TrainingRun.LAST)))
        .isEqualTo(before);
  }

  @Test
  void aFolderOfARunIsNotOverwritten() throws Exception {
    train(SMALL.with("epochs", 1), TestingData.counting(), "run");
    assertThatThrownBy(() -> train(SMALL, TestingData.counting(), "run"))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("holds the checkpoint of a run; resume it, or name another folder");
  }

  @Test
  void anotherPlanOrOtherDataAreNotResumed() throws Exception {
    train(SMALL.with("epochs", 1), TestingData.counting(), "run");
    Path run = folder.resolve("run");
    assertThatThrownBy(
            () ->
                Trainer.resume(
                    SMALL.with("hidden-size", 13),
                    TestingData.counting(),
                    run,
                    TrainingListener.SILENT))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("hidden-size 12, not 13");
    assertThatThrownBy(
            () ->
                Trainer.resume(
                    SMALL, TestingData.sums(Task.CLASSIFY, true), run, TrainingListener.SILENT))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("digest counting and this is sums");
  }

  @Test
  void onlyLabelsMayReadWhatComesLater() {
    assertThatThrownBy(
            () -> train(SMALL.with("bidirectional", true), TestingData.counting(), "run"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bidirectional is true and the task next-token");
  }

  @Test
  void theHistoryIsReadBack() throws Exception {
    TrainingResult result = train(SMALL.with("epochs", 1), TestingData.counting(), "run");
    byte[] json = Files.readAllBytes(folder.resolve("run").resolve(TrainingRun.HISTORY));
    RunHistory read = RunHistory.fromJson(json);
    assertThat(read.steps()).isEqualTo(result.history().steps());
    assertThat(read.epochs()).isEqualTo(result.history().epochs());
    assertThat(read.backend()).startsWith("nd4j-native-1.0.0-M").contains(" on CPU, BLAS ");
  }
}
