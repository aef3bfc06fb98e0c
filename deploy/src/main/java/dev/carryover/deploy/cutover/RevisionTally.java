package dev.carryover.deploy.cutover;

import dev.carryover.deploy.cutover.CutoverSettings.Times;
import dev.carryover.deploy.demo.JobOutput;
import dev.carryover.deploy.demo.RevisionStatuses;
import dev.carryover.deploy.demo.RevisionSwap;
import dev.carryover.deploy.evaluation.DeliveryLedger;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.StatePolicy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Adds up who served what: events, sequences and alerts by revision, before and after the cutover
 * and by hour, and what went to another revision than it should. Belongs to one thread.
 */
final class RevisionTally implements JobOutput.Listener {

  /** A sequence of a block. */
  record Sequence(String block, long startMs) {}

  /** What a revision did on one side of the cutover. */
  static final class Share {
    private final Set<Sequence> alerting = new HashSet<>();
    private long events;
    private long alerts;
    private long endAlerts;

    /** Inferences of events; ends are not among them. */
    long events() {
      return events;
    }

    /** Alerts on events. */
    long alerts() {
      return alerts;
    }

    /** Alerts on ends of sequences. */
    long endAlerts() {
      return endAlerts;
    }

    /** Sequences that alerted, on an event or their end. */
    Set<Sequence> alerting() {
      return alerting;
    }
  }

  private record Side(long revision, boolean after) {}

  private final Times times;
  private final StatePolicy policy;
  private final Vocabulary vocabulary;
  private final Map<Long, AlertThresholds> thresholds = new HashMap<>();
  private final RevisionStatuses statuses;
  private final DeliveryLedger ledger = new DeliveryLedger();
  private final Map<Sequence, Long> revisions = new HashMap<>();
  private final Set<Sequence> torn = new HashSet<>();
  private final Set<Sequence> across = new HashSet<>();
  private final Map<Side, Share> shares = new HashMap<>();
  private final Map<Long, int[]> eventsByHour = new HashMap<>();
  private final Map<Long, int[]> alertsByHour = new HashMap<>();
  private long ends;
  private long misplaced;
  private long alertsExpected;
  private long alertsTold;

  RevisionTally(Times times, StatePolicy policy, Vocabulary vocabulary, RevisionStatuses statuses) {
    this.times = times;
    this.policy = policy;
    this.vocabulary = vocabulary;
    this.statuses = statuses;
  }

  /** Says what a revision alerts on; before its first inference. */
  void thresholds(long revision, AlertThresholds of) {
    thresholds.put(revision, of);
  }

  @Override
  public void inference(Inference inference, long visibleNanos) {
    if (!ledger.deliver(inference.getKey(), inference.getSequenceStartMs(), inference.getStep())) {
      return;
    }
    long revision = inference.getRevision();
    Sequence sequence = new Sequence(inference.getKey(), inference.getSequenceStartMs());
    boolean after = inference.getTimestampMs() >= times.cutoverMs();
    note(sequence, revision, after);
    if (revision != expected(inference)) {
      misplaced++;
    }
    Share share = shares.computeIfAbsent(new Side(revision, after), side -> new Share());
    boolean alert = alerts(inference, revision);
    if (inference.getSequenceEnd() != null) {
      ends++;
      share.endAlerts += alert ? 1 : 0;
    } else {
      share.events++;
      count(eventsByHour, revision, inference);
      if (alert) {
        share.alerts++;
        count(alertsByHour, revision, inference);
      }
    }
    if (alert) {
      share.alerting.add(sequence);
      alertsExpected++;
    }
  }

  private void note(Sequence sequence, long revision, boolean after) {
    Long other = revisions.putIfAbsent(sequence, revision);
    if (other != null && other != revision) {
      torn.add(sequence);
    }
    if (after && sequence.startMs() < times.cutoverMs()) {
      across.add(sequence);
    }
  }

  /** Who is to serve it: by the time of the event, or with drain of the sequence's beginning. */
  private long expected(Inference inference) {
    long timeMs =
        policy == StatePolicy.DRAIN ? inference.getSequenceStartMs() : inference.getTimestampMs();
    return timeMs < times.cutoverMs() ? RevisionSwap.FIRST : RevisionSwap.SECOND;
  }

  private boolean alerts(Inference inference, long revision) {
    NextToken token = (NextToken) inference.getPrediction();
    AlertThresholds of = thresholds.get(revision);
    return of != null
        && of.alerts(
            vocabulary, vocabulary.id(token.getToken()), token.getRank(), token.getSurprisalNats());
  }

  private void count(Map<Long, int[]> byHour, long revision, Inference inference) {
    int[] hours = byHour.computeIfAbsent(revision, r -> new int[times.hourCount()]);
    hours[Math.min(times.hourOf(inference.getTimestampMs()), hours.length - 1)]++;
  }

  @Override
  public void alert(Inference inference) {
    alertsTold++;
  }

  @Override
  public void status(ModelStatus status) {
    statuses.add(status);
  }

  DeliveryLedger ledger() {
    return ledger;
  }

  /** What a revision did before the cutover, or after it. */
  Share share(long revision, boolean after) {
    return shares.getOrDefault(new Side(revision, after), new Share());
  }

  /** How many sequences began on a revision. */
  long sequences(long revision) {
    return revisions.values().stream().filter(of -> of == revision).count();
  }

  /** How many sequences had steps of two revisions. */
  int torn() {
    return torn.size();
  }

  /** How many sequences went on across the cutover. */
  int across() {
    return across.size();
  }

  /** Inferences by another revision than should have served them. */
  long misplaced() {
    return misplaced;
  }

  /** Inferences of events. */
  long events() {
    return shares.values().stream().mapToLong(Share::events).sum();
  }

  /** Inferences that ended a sequence. */
  long ends() {
    return ends;
  }

  /** Inferences that the thresholds of their revision alert on. */
  long alertsExpected() {
    return alertsExpected;
  }

  /** Records of the alerts topic. */
  long alertsTold() {
    return alertsTold;
  }

  /** Inferences of events, by hour of the stream. */
  int[] eventsByHour(long revision) {
    return eventsByHour.getOrDefault(revision, new int[times.hourCount()]);
  }

  /** Alerts on events, by hour of the stream. */
  int[] alertsByHour(long revision) {
    return alertsByHour.getOrDefault(revision, new int[times.hourCount()]);
  }

  RevisionStatuses statuses() {
    return statuses;
  }
}
