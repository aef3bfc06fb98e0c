package dev.carryover.tests.bench.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/** The check before the clock: the operator answers as a plain loop over the same events does. */
final class OperatorAgreement {
  private OperatorAgreement() {}

  private record Answer(int rank, float surprisal) {}

  /**
   * Compares the first events of a pool bit for bit, in order per key.
   *
   * @throws IllegalStateException at the first difference; both values are named
   */
  static void require(OperatorPipelines pipelines, ModelFile model, EventPool events, int count)
      throws Exception {
    Map<String, Queue<Answer>> expected = loop(model, events, count);
    List<Inference> inferences = pipelines.inferences(events, count);
    if (inferences.size() != count) {
      throw new IllegalStateException(
          "the operator gave %d inferences to %d events; nothing was timed"
              .formatted(inferences.size(), count));
    }
    for (Inference inference : inferences) {
      NextToken result = (NextToken) inference.getPrediction();
      Answer answer = new Answer(result.getRank(), result.getSurprisalNats());
      Answer other = expected.get(inference.getKey()).remove();
      if (!answer.equals(other)) {
        throw new IllegalStateException(
            "the operator gives %s where a plain loop gives %s, at step %d of key %s; nothing was timed"
                .formatted(answer, other, inference.getStep(), inference.getKey()));
      }
    }
  }

  private static Map<String, Queue<Answer>> loop(ModelFile file, EventPool events, int count) {
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(1);
    Map<String, float[]> states = new HashMap<>();
    Map<String, Queue<Answer>> answers = new HashMap<>();
    for (int i = 0; i < count; i++) {
      StreamEvent event = events.event(i);
      float[] state = states.computeIfAbsent(event.key(), key -> model.newState());
      session.clear();
      int row = session.addToken(state, file.config().vocabulary().id(event.token()));
      session.run();
      session.readState(row, state);
      answers
          .computeIfAbsent(event.key(), key -> new ArrayDeque<>())
          .add(new Answer(session.rank(row), session.surprisal(row)));
    }
    return answers;
  }
}
