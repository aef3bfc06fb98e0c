package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.OperatorOutputs;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.ServedModel;
import dev.carryover.model.spec.Task;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.SequenceEnd;

/** Answers of models with a head over their state: scores, classes and values, row by row. */
final class ScoredAnswers implements SequenceAnswers {
  private final OperatorSettings settings;
  private final OperatorOutputs outputs;

  ScoredAnswers(OperatorSettings settings, OperatorOutputs outputs) {
    this.settings = settings;
    this.outputs = outputs;
  }

  @Override
  public boolean finite(Lane lane) {
    return lane.served.inferences().finite(lane.served.session(), lane.row);
  }

  @Override
  public boolean stepped(Lane lane, SequenceEnd end) {
    ServedModel served = lane.served;
    boolean answerFollows =
        end == SequenceEnd.END_FLAG
            && served.config().task() == Task.NEXT_TOKEN
            && served.recurrent().answersAtEnd();
    emit(
        lane,
        lane.tokenId,
        lane.stepping.timestampMs(),
        lane.state.steps(),
        answerFollows ? null : end);
    return answerFollows;
  }

  @Override
  public boolean ended(Lane lane, SequenceEnd end, StreamEvent event) {
    return lane.served.recurrent().answersAtEnd();
  }

  @Override
  public void answered(Lane lane) {
    if (finite(lane)) {
      emit(lane, lane.served.endToken(), lane.endMs, lane.state.steps() + 1, lane.ending);
    }
  }

  /** Alerts go out also for events that get no inference. */
  private void emit(Lane lane, int tokenId, long timestampMs, long step, SequenceEnd end) {
    ServedModel served = lane.served;
    boolean answers = settings.answersEveryEvent(served.config().task()) || end != null;
    boolean alerts = served.inferences().alerts(served.session(), lane.row, tokenId);
    if (answers || alerts) {
      Inference inference =
          served
              .inferences()
              .build(
                  served.session(),
                  lane.row,
                  lane.key,
                  lane.state.startMs(),
                  tokenId,
                  timestampMs,
                  step,
                  lane.stepping == null,
                  end);
      if (answers) {
        outputs.inference(inference);
      }
      if (alerts) {
        outputs.alert(inference);
      }
    }
  }
}
