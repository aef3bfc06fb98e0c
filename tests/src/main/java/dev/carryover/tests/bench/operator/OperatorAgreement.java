package dev.carryover.tests.bench.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.TokenProbability;
import dev.carryover.tests.bench.operator.OperatorPipelines.Variant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * The check before the clock: a plain loop over the same events says what the operator says, bit
 * for bit, and what ONNX Runtime says within {@value #TOLERANCE}.
 */
final class OperatorAgreement {
  /** Largest difference of a surprisal, or of the logarithm of a probability, in nats. */
  static final float TOLERANCE = 1e-5f;

  private OperatorAgreement() {}

  /**
   * An answer.
   *
   * @param probabilities {@code [k]} of the most likely tokens, which are {@code ids}
   */
  private record Answer(int rank, float surprisal, int[] ids, float[] probabilities) {
    /** Rank, surprisal and tokens are the same, to the bit. */
    private boolean equalTo(Answer other, int named) {
      for (int place = 0; place < named; place++) {
        if (ids[place] != other.ids[place] || probabilities[place] != other.probabilities[place]) {
          return false;
        }
      }
      return rank == other.rank && surprisal == other.surprisal;
    }

    /**
     * Surprisal and probabilities are within the tolerance of this answer's, which names all
     * tokens, and the order differs only among tokens that are as close to each other.
     */
    private boolean closeTo(Answer other, int named) {
      boolean close = Math.abs(surprisal - other.surprisal) <= TOLERANCE;
      for (int place = 0; place < named; place++) {
        float own = probabilities[placeOf(other.ids[place])];
        close &= near(own, other.probabilities[place]) && near(own, probabilities[place]);
      }
      return close && near(probabilities[rank], probabilities[other.rank]);
    }

    private static boolean near(double one, double other) {
      return Math.abs(Math.log(one / other)) <= TOLERANCE;
    }

    private int placeOf(int id) {
      int place = 0;
      while (ids[place] != id) {
        place++;
      }
      return place;
    }

    private String shown(int named) {
      StringBuilder text = new StringBuilder("surprisal " + surprisal + ", rank " + rank + ",");
      for (int place = 0; place < named; place++) {
        text.append(" ").append(ids[place]).append(": ").append(probabilities[place]);
      }
      return text.toString();
    }
  }

  /**
   * Compares the first events of a pool, in order per key.
   *
   * @throws IllegalStateException at the first difference; both values are named
   */
  static void require(
      OperatorPipelines pipelines,
      Variant variant,
      int batch,
      ModelFile model,
      EventPool events,
      int count)
      throws Exception {
    Map<String, Queue<Answer>> expected = loop(model, events, count);
    List<Inference> inferences = pipelines.inferences(variant, batch, events, count);
    if (inferences.size() != count) {
      throw new IllegalStateException(
          "%s gave %d inferences to %d events; nothing was timed"
              .formatted(variant, inferences.size(), count));
    }
    for (Inference inference : inferences) {
      Answer answer = answer(model, inference);
      Answer other = expected.get(inference.getKey()).remove();
      int named = answer.ids.length;
      if (!(variant == Variant.RECURRENT
          ? other.equalTo(answer, named)
          : other.closeTo(answer, named))) {
        throw new IllegalStateException(
            "%s gives (%s) where a plain loop gives (%s), at %d ms of key %s; nothing was timed"
                .formatted(
                    variant,
                    answer.shown(named),
                    other.shown(named),
                    inference.getTimestampMs(),
                    inference.getKey()));
      }
    }
  }

  private static Answer answer(ModelFile model, Inference inference) {
    NextToken result = (NextToken) inference.getPrediction();
    int named = result.getExpected().size();
    int[] ids = new int[named];
    float[] probabilities = new float[named];
    for (int place = 0; place < named; place++) {
      TokenProbability likely = result.getExpected().get(place);
      ids[place] = model.config().vocabulary().id(likely.getToken());
      probabilities[place] = likely.getProbability();
    }
    return new Answer(result.getRank(), result.getSurprisalNats(), ids, probabilities);
  }

  private static Map<String, Queue<Answer>> loop(ModelFile file, EventPool events, int count) {
    RecurrentModel model = RecurrentModel.load(file);
    int vocabulary = file.config().vocabulary().size();
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
      int[] ids = new int[vocabulary];
      float[] probabilities = new float[vocabulary];
      session.expected(row, vocabulary, ids, probabilities);
      answers
          .computeIfAbsent(event.key(), key -> new ArrayDeque<>())
          .add(new Answer(session.rank(row), session.surprisal(row), ids, probabilities));
    }
    return answers;
  }
}
