package dev.carryover.job.serving;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.revisions.Takeover;
import dev.carryover.schemas.SequenceEnd;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * What the operator reports to Flink's metrics, below the group {@code carryover}. Counters start
 * at zero with the task; the numbers of keys are exact, also after a restore.
 */
public final class OperatorMetrics {
  private static final int WINDOW = 1000;

  /*
   * To read the clock twice and to note a time takes some 50 ns, which is much beside a step of one row and
   * nothing beside one of many. So all steps of many rows are timed, and of those of few every so many.
   */
  private static final int MANY_ROWS = 8;

  private static final int TIMED_OF_FEW = 16;

  private final Counter events;
  private final Counter steps;
  private final Counter duplicates;
  private final Counter alerts;
  private final Counter restarted;
  private final Histogram batchFill;
  private final Histogram stepTime;
  private final Map<SequenceEnd, Counter> ended = new EnumMap<>(SequenceEnd.class);
  private final Counter expired;
  private final Map<RejectReason, Counter> rejected = new EnumMap<>(RejectReason.class);
  private final Map<Takeover.Kind, Counter> takeovers = new EnumMap<>(Takeover.Kind.class);
  private final Map<RejectionCode, Counter> rejectedModels = new EnumMap<>(RejectionCode.class);
  private final Counter missing;
  private final Counter notFinite;
  private final Counter modelWait;
  private final Counter cacheHits;
  private final Counter cacheMisses;
  private final Counter transduced;
  private final Counter notTransduced;
  private final Histogram decoderStepTime;
  private LongSupplier residentKeys = () -> 0;
  private LongSupplier keysOnOlderRevisions = () -> 0;
  private LongSupplier residentModels = () -> 0;
  private LongSupplier pendingDecodes = () -> 0;
  private int stepsOfFew;
  private long activeRevision;
  private long loadNanos;
  private long latestEventMs = Long.MIN_VALUE;

  /** Registers all metrics with an operator's group. */
  public OperatorMetrics(MetricGroup operatorGroup) {
    MetricGroup group = operatorGroup.addGroup("carryover");
    events = group.counter("events");
    steps = group.counter("steps");
    duplicates = group.counter("duplicates");
    alerts = group.counter("alerts");
    restarted = group.counter("statesOfAnotherLayout");
    expired = group.counter("keysExpired");
    batchFill = group.histogram("batchFill", new DescriptiveStatisticsHistogram(WINDOW));
    stepTime = group.histogram("stepTimeNanos", new DescriptiveStatisticsHistogram(WINDOW));
    missing = group.counter("statesOfMissingRevision");
    notFinite = group.counter("replaysNotFinite");
    modelWait = group.counter("modelWaitMs");
    cacheHits = group.counter("stateCacheHits");
    cacheMisses = group.counter("stateCacheMisses");
    transduced = group.counter("transductions");
    notTransduced = group.counter("transductionsWithoutAnswer");
    decoderStepTime =
        group.histogram("decoderStepNanos", new DescriptiveStatisticsHistogram(WINDOW));
    group.gauge("pendingDecodes", () -> pendingDecodes.getAsLong());
    group.gauge("residentKeys", () -> residentKeys.getAsLong());
    group.gauge("keysOnOlderRevisions", () -> keysOnOlderRevisions.getAsLong());
    group.gauge("residentModels", () -> residentModels.getAsLong());
    group.gauge("activeRevision", () -> activeRevision);
    group.gauge("modelLoadMs", () -> loadNanos / 1_000_000);
    group.gauge("eventTimeLagMs", this::eventTimeLagMs);
    for (SequenceEnd cause : SequenceEnd.values()) {
      if (cause != SequenceEnd.UNKNOWN) {
        ended.put(cause, group.addGroup("cause", cause.name()).counter("sequencesEnded"));
      }
    }
    for (Takeover.Kind kind : Takeover.Kind.values()) {
      takeovers.put(kind, group.addGroup("policy", kind.name()).counter("takeovers"));
    }
    for (RejectionCode code : RejectionCode.values()) {
      rejectedModels.put(code, group.addGroup("reason", code.name()).counter("modelsRejected"));
    }
    for (RejectReason reason : RejectReason.values()) {
      rejected.put(reason, group.addGroup("reason", reason.name()).counter("deadLetters"));
    }
  }

  /** An event came. */
  public void event(long timestampMs) {
    events.inc();
    latestEventMs = Math.max(latestEventMs, timestampMs);
  }

  /**
   * One run of the model over some rows is about to begin.
   *
   * @return whether it is to be timed, and {@link #stepTime} told
   */
  public boolean step(int rows) {
    steps.inc(rows);
    if (rows >= MANY_ROWS) {
      return true;
    }
    stepsOfFew = (stepsOfFew + 1) % TIMED_OF_FEW;
    return stepsOfFew == 1;
  }

  /** How long one run of the model over some rows took. */
  public void stepTime(int rows, long nanos) {
    stepTime.update(nanos / rows);
  }

  /** A micro-batch of some entries is worked off. */
  public void batch(int entries) {
    batchFill.update(entries);
  }

  /** An event was dropped that had been seen before. */
  public void duplicate() {
    duplicates.inc();
  }

  /** An inference alerts. */
  public void alert() {
    alerts.inc();
  }

  /** A state began anew because its model lays it out otherwise. */
  public void stateOfAnotherLayout() {
    restarted.inc();
  }

  /** A sequence ended. */
  public void ended(SequenceEnd cause) {
    ended.get(cause).inc();
  }

  /** A key was forgotten for its silence. */
  public void expired() {
    expired.inc();
  }

  /** An event could not be used. */
  public void rejected(RejectReason reason) {
    rejected.get(reason).inc();
  }

  /** A sequence went over to another revision. */
  public void tookOver(Takeover.Kind kind) {
    takeovers.get(kind).inc();
  }

  /** A state began anew because the revision that it was of can no longer be had. */
  public void stateOfMissingRevision() {
    missing.inc();
  }

  /** A state began anew because running its inputs again left the finite numbers. */
  public void replayNotFinite() {
    notFinite.inc();
  }

  /** Events waited for a model. */
  public void waitedForModel(long millis) {
    modelWait.inc(millis);
  }

  /** A revision may not serve. */
  public void rejectedModel(RejectionCode code) {
    rejectedModels.get(code).inc();
  }

  /** A revision serves, in place of all below it. */
  public void activeRevision(long revision) {
    activeRevision = revision;
  }

  /** A model was fetched and loaded in some nanoseconds. */
  public void loadedModel(long nanos) {
    loadNanos = nanos;
  }

  /** Where the numbers of keys come from; read by the reporters' threads, so roughly. */
  public void keys(LongSupplier resident, LongSupplier onOlderRevisions) {
    residentKeys = resident;
    keysOnOlderRevisions = onOlderRevisions;
  }

  /** States of keys that the cache had, and that it had not. */
  public void cached(int hits, int misses) {
    cacheHits.inc(hits);
    cacheMisses.inc(misses);
  }

  /** A sequence was transduced. */
  public void transduced() {
    transduced.inc();
  }

  /** A sequence ended for which there is no answer. */
  public void notTransduced() {
    notTransduced.inc();
  }

  /** One step of a decoder over some rows. */
  public void decoderStep(int rows, long nanos) {
    if (rows > 0) {
      decoderStepTime.update(nanos / rows);
    }
  }

  /** Where the number of sequences comes from that are not decoded yet. */
  public void pendingDecodes(LongSupplier pending) {
    pendingDecodes = pending;
  }

  /** Where the number of models that are held comes from. */
  public void models(LongSupplier resident) {
    residentModels = resident;
  }

  private long eventTimeLagMs() {
    return latestEventMs == Long.MIN_VALUE ? 0 : System.currentTimeMillis() - latestEventMs;
  }
}
