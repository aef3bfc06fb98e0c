package dev.carryover.deploy.words;

import dev.carryover.deploy.demo.JobOutput;
import dev.carryover.deploy.demo.RevisionStatuses;
import dev.carryover.deploy.demo.RevisionSwap;
import dev.carryover.deploy.words.WordStream.Request;
import dev.carryover.schemas.Hypothesis;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.Transduction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Keeps account of the answers: that every request has one, at its end and by the revision that was
 * announced for it. Belongs to one thread.
 */
final class WordTally implements JobOutput.Listener {

  /**
   * What the job says of a word.
   *
   * @param phones the best hypothesis
   * @param visibleNanos the nano time at which it became visible
   */
  record Answer(Request request, long revision, List<String> phones, long visibleNanos) {

    /** Which of the ways to say the word this is, from 0; -1 if it is none. */
    int reference() {
      return request.word().pronunciations().indexOf(phones);
    }
  }

  private final WordStream stream;
  private final int cutover;
  private final RevisionStatuses statuses;
  private final Consumer<Answer> live;
  private final List<Answer> answers = new ArrayList<>();
  private final Set<String> answered = new HashSet<>();
  private int doubled;
  private int strange;
  private int misplaced;

  /**
   * @param cutover the position of the first event that the second revision may serve; the size of
   *     the stream if there is none
   * @param live hears of every answer when it comes
   */
  WordTally(WordStream stream, int cutover, RevisionStatuses statuses, Consumer<Answer> live) {
    this.stream = stream;
    this.cutover = cutover;
    this.statuses = statuses;
    this.live = live;
  }

  @Override
  public void inference(Inference inference, long visibleNanos) {
    Request request = stream.request(inference.getKey());
    if (request == null || !answersWhole(inference, request)) {
      strange++;
      return;
    }
    if (!answered.add(request.key())) {
      doubled++;
      return;
    }
    // State policy drain: a request ends on the revision that it began with.
    long expected = request.firstEvent() < cutover ? RevisionSwap.FIRST : RevisionSwap.SECOND;
    if (inference.getRevision() != expected) {
      misplaced++;
    }
    Hypothesis best = ((Transduction) inference.getPrediction()).getHypotheses().get(0);
    Answer answer =
        new Answer(request, inference.getRevision(), List.copyOf(best.getTokens()), visibleNanos);
    answers.add(answer);
    live.accept(answer);
  }

  /** Whether this is an answer of a whole request: at its last letter, and with a hypothesis. */
  private boolean answersWhole(Inference inference, Request request) {
    return inference.getSequenceEnd() == SequenceEnd.END_FLAG
        && inference.getStep() == request.word().spelling().length()
        && inference.getSequenceStartMs() == stream.timeMs(request.firstEvent())
        && inference.getTimestampMs() == stream.timeMs(request.lastEvent())
        && inference.getPrediction() instanceof Transduction transduction
        && !transduction.getHypotheses().isEmpty();
  }

  @Override
  public void status(ModelStatus status) {
    statuses.add(status);
  }

  /** The first answer of each request, as they came. */
  List<Answer> answers() {
    return answers;
  }

  /** How many requests have no answer. */
  int missing() {
    return stream.requests().size() - answers.size();
  }

  /** Answers to requests that had been answered before. */
  int doubled() {
    return doubled;
  }

  /** Inferences that are no answer to a whole request. */
  int strange() {
    return strange;
  }

  /** Answers by another revision than was announced for the first letter. */
  int misplaced() {
    return misplaced;
  }

  /** Whether every instance said that the second revision took over. */
  boolean swapTold() {
    return statuses.all(RevisionSwap.FIRST, RevisionStatus.SUPERSEDED)
        && statuses.all(RevisionSwap.SECOND, RevisionStatus.ACTIVE);
  }

  RevisionStatuses statuses() {
    return statuses;
  }
}
