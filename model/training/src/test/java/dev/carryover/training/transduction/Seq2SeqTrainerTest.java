package dev.carryover.training.transduction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.report.Figure;
import dev.carryover.training.trainer.RunHistory;
import dev.carryover.training.trainer.TrainingListener;
import dev.carryover.training.trainer.TrainingPlan;
import dev.carryover.training.trainer.TrainingResult;
import dev.carryover.training.trainer.TrainingRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Seq2SeqTrainerTest {
  private static final TrainingPlan SMALL =
      TrainingPlan.parse(
          """
          model-id: reversal
          embedding-size: 8
          hidden-size: 24
          encoder-hidden-size: 12
          bidirectional-encoder: true
          attention: additive
          maximum-output-length: 9
          batch-size: 16
          epochs: 3
          learning-rate: 0.02
          threads: 2
          """,
          "test");

  private static final PairData DATA = TestingPairs.reversals();

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

  private TrainingResult train(TrainingPlan plan, String run) throws Exception {
    return Seq2SeqTrainer.train(plan, DATA, folder.resolve(run), TrainingListener.SILENT);
  }

  private static List<Double> losses(TrainingResult result) {
    return result.history().steps().stream().map(RunHistory.Step::loss).toList();
  }

  @Test
  void aTrainedModelWritesWordsBackwardsInTheRuntime() throws Exception {
    TrainingResult result = train(SMALL.with("epochs", 25).with("dropout", 0.05), "run");
    assertThat(result.bestLoss()).isLessThanOrEqualTo(0.1);

    ModelFile file = ModelFileReader.read(folder.resolve("run").resolve(TrainingRun.MODEL));
    assertThat(file.config().task()).isEqualTo(Task.SEQ2SEQ);
    assertThat(file.selfTests()).hasSize(SMALL.selfTests());
    assertThat(file.config().provenance())
        .containsKeys("data_sha256", "seed")
        .containsEntry("validation_word_error_rate", Double.toString(result.bestLoss()));
    assertThat(folder.resolve("run").resolve(TrainingRun.STATE_DICT)).exists();

    Seq2SeqModel model = Seq2SeqModel.load(file);
    TransductionMetrics greedy =
        Seq2SeqEvaluator.evaluate(
            model, DATA.validation(), DecodingOptions.greedy(9), EvaluationOptions.DEFAULTS);
    assertThat(greedy.all().wordErrorRate()).isEqualTo(result.bestLoss());
    assertThat(greedy.all().count()).isEqualTo(40);
    for (int threads : new int[] {1, 3}) {
      TransductionMetrics beam =
          Seq2SeqEvaluator.evaluate(
              model,
              DATA.validation(),
              DecodingOptions.beam(4, 9),
              EvaluationOptions.DEFAULTS.withThreads(threads).withBatchSize(7));
      assertThat(beam.all().wordErrorRate()).isLessThanOrEqualTo(0.1);
      assertThat(beam.quarters()).hasSizeBetween(2, 4);
    }
    answersStandInTheOrderOfTheirPairs(model);
  }

  private static void answersStandInTheOrderOfTheirPairs(Seq2SeqModel model) {
    List<Answer> answers =
        Seq2SeqEvaluator.answers(
            model,
            DATA.validation(),
            DecodingOptions.beam(3, 9).withAttention(true),
            EvaluationOptions.DEFAULTS.withThreads(2).withBatchSize(7));
    assertThat(answers).extracting(Answer::pair).isEqualTo(DATA.validation());
    long right = answers.stream().filter(Answer::right).count();
    assertThat(right).isGreaterThan(20).isLessThan(40);
    assertThat(Answer.metrics(answers).all().wrong()).isEqualTo(40 - right);
    for (Answer answer : answers) {
      assertThat(
              Seq2SeqEvaluator.logProbability(
                  model, answer.pair().source(), answer.best().tokens()))
          .isCloseTo(answer.best().score(), Offset.offset(1e-4));
      Figure.HeatMap map =
          (Figure.HeatMap) AlignmentFigure.of(model, answer, "id", "title").orElseThrow();
      assertThat(map.rows()).hasSize(answer.pair().source().length);
      assertThat(map.columns()).hasSize(answer.best().tokens().length);
      assertThat(map.caption())
          .contains(answer.pair().key(), answer.right() ? "is right" : "wrong, right would be ");
    }
    Answer blind =
        Seq2SeqEvaluator.answers(
                model,
                DATA.validation().subList(0, 1),
                DecodingOptions.greedy(9),
                EvaluationOptions.DEFAULTS)
            .get(0);
    assertThatThrownBy(() -> AlignmentFigure.of(model, blind, "id", "title"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no attention weights; ask for them");
  }

  @ParameterizedTest
  @CsvSource({
    "rnn_tanh,1,none,false,24",
    "rnn_relu,1,dot,true,12",
    "lstm,2,general,false,10",
    "lstm,2,additive,true,7",
    "gru,2,dot,false,24"
  })
  void everyKindOfModelIsExportedWithSelfTestsThatTheRuntimeReplays(
      String cell, int layers, String attention, boolean bothWays, int encoderSize)
      throws Exception {
    TrainingPlan plan =
        SMALL
            .with("cell", cell)
            .with("layers", layers)
            .with("attention", attention)
            .with("bidirectional-encoder", bothWays)
            .with("encoder-hidden-size", encoderSize)
            .with("learning-rate", 0.005)
            .with("epochs", 2);
    TrainingResult result = train(plan, "run");
    List<Double> losses = losses(result);
    assertThat(losses.get(losses.size() - 1)).isLessThan(losses.get(0));
    assertThat(result.best().selfTests()).hasSize(SMALL.selfTests());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "linear", "exponential", "inverse-sigmoid"})
  void aRunThatIsResumedAfterACrashEndsWithTheSameBits(String sampling) throws Exception {
    TrainingPlan plan =
        SMALL
            .with("scheduled-sampling", sampling)
            .with("sampling-epochs", 2)
            .with("sampling-lowest", 0.2)
            .with("schedule", "cosine")
            .with("averaging", 0.9)
            .with("label-smoothing", 0.1)
            .with("dropout", 0.1)
            .with("checkpoint-steps", 4);
    TrainingResult whole = train(plan, "whole");
    Path cut = folder.resolve("cut");
    assertThatThrownBy(() -> Seq2SeqTrainer.train(plan, DATA, cut, crashAt(19)))
        .isInstanceOf(Crash.class);
    TrainingResult resumed = Seq2SeqTrainer.resume(plan, DATA, cut, TrainingListener.SILENT);
    assertThat(losses(resumed)).isEqualTo(losses(whole));
    assertThat(resumed.bestLoss()).isEqualTo(whole.bestLoss());
    for (String name : whole.best().config().tensorShapes().names()) {
      assertThat(resumed.best().tensor(name)).as(name).containsExactly(whole.best().tensor(name));
    }
  }

  @Test
  void twoThreadsLearnWhatOneLearns() throws Exception {
    List<Double> one = losses(train(SMALL.with("threads", 1), "one"));
    List<Double> three = losses(train(SMALL.with("threads", 3), "three"));
    for (int i = 0; i < one.size(); i++) {
      assertThat(three.get(i)).isCloseTo(one.get(i), Offset.offset(1e-2));
    }
  }

  @Test
  void validationSaysHowManyAnswersAreWrong() throws Exception {
    RunHistory history = train(SMALL, "run").history();
    assertThat(history.epochs()).hasSize(3);
    for (RunHistory.Epoch epoch : history.epochs()) {
      assertThat(epoch.validationLoss()).isFinite();
      assertThat(epoch.metrics())
          .containsKeys("sequence_accuracy", "word_error_rate", "phone_error_rate");
    }
    assertThat(RunHistory.fromJson(history.toJson()).epochs()).isEqualTo(history.epochs());
  }

  @Test
  void whatOtherTasksHaveIsRefused() {
    assertThatThrownBy(() -> train(SMALL.with("window", 8), "run"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("window is 8 and the task is seq2seq, which has no use for it; leave it out");
    assertThatThrownBy(() -> train(SMALL.with("bidirectional", true), "run"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leave it out, or say bidirectional-encoder");
    assertThatThrownBy(() -> SMALL.checkTask(Task.LABEL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bidirectional-encoder is true and the task is label");
  }
}
