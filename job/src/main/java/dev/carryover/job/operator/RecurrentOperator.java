package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.revisions.AnnouncementLog;
import dev.carryover.job.serving.OperatorMetrics;
import dev.carryover.job.serving.OperatorOutputs;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.RevisionState;
import dev.carryover.job.serving.Revisions;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.job.serving.StatusTeller;
import dev.carryover.job.serving.StreamOutputs;
import dev.carryover.job.state.HiddenState;
import dev.carryover.job.state.HiddenStateSerializer;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.ByteSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/**
 * Steps a recurrent model once per event with the hidden state of the event's key, many keys at a
 * time.
 *
 * <p>First input: events, keyed by {@link StreamEvent#key()}. Second input: announcements of
 * models, broadcast. Output: inferences; {@link SideOutputs} for the rest.
 */
public final class RecurrentOperator extends AbstractStreamOperator<Inference>
    implements TwoInputStreamOperator<StreamEvent, ModelAnnouncement, Inference>,
        Triggerable<String, Byte> {

  /*
   * Events are buffered and stepped together, across keys: the operator therefore ignores the key that
   * Flink sets per record, and sets it itself around each access to state, once per key and batch. The
   * buffer is worked off when it is full, when its first event has waited for the linger, before a
   * checkpoint barrier (so nothing of it need be checkpointed), around a watermark, and at the end.
   *
   * One timer service serves deadlines and the release of waiting events, since timers fire in the order
   * of time only within a service: an event released at 90 must come before a deadline at 100. Both go
   * through the micro-batch, which keeps that order per key.
   *
   * Event time is that of the events alone. Were the control input's watermark combined with theirs, as
   * Flink does by itself, a control input that has ended would put the clock at the end of time as soon as
   * the events are idle.
   *
   * Files of models are read elsewhere. While one is on its way, a timer looks whether it has come;
   * between batches, so that a model never changes within one. What sequences that have ended leave to
   * be done is done by a timer too, a slice at a time, so that events and barriers have their turn.
   */
  static final ValueStateDescriptor<HiddenState> HIDDEN_STATE =
      new ValueStateDescriptor<>("hidden-state", HiddenStateSerializer.INSTANCE);

  static final Byte DEADLINE = 0;

  private static final Byte RELEASE = 1;
  private static final int EVENTS = 0;
  private static final long POLL_MS = 20;
  private static final long TURN_MS = 1;
  private static final long serialVersionUID = 1L;

  private final ModelReference job;
  private final OperatorSettings settings;
  private final ModelSettings models;
  private final AnnouncementLog log;

  private transient OperatorMetrics meters;
  private transient KeyStates keys;
  private transient RevisionState revisionState;
  private transient Revisions revisions;
  private transient InternalTimerService<Byte> timers;
  private transient EventTimeOrder order;
  private transient MicroBatch batch;
  private transient SequenceAnswers answers;
  private transient SequenceStepper stepper;
  private transient OperatorOutputs outputs;
  private transient SingleTimer linger;
  private transient SingleTimer arrivals;
  private transient SingleTimer work;

  /** An operator that serves one model. */
  public RecurrentOperator(ModelReference job, OperatorSettings settings) {
    this(job, settings, ModelSettings.FIXED, AnnouncementLog.NONE);
  }

  /**
   * An operator that serves the model of a job until announced revisions take over.
   *
   * @param log where announcements stand that came before the first event
   */
  public RecurrentOperator(
      ModelReference job, OperatorSettings settings, ModelSettings models, AnnouncementLog log) {
    this.job = job;
    this.settings = settings;
    this.models = models;
    this.log = log;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    meters = new OperatorMetrics(getMetricGroup());
    keys = new KeyStates(context, getKeyedStateBackend(), getRuntimeContext(), settings, meters);
    order = new EventTimeOrder(context, settings.maxBufferedEvents());
    revisionState = new RevisionState(context);
  }

  @Override
  public void open() throws Exception {
    super.open();
    timers = getInternalTimerService("sequences", ByteSerializer.INSTANCE, this);
    keys.timers(timers);
    batch = new MicroBatch(settings.batchSize());
    outputs = new StreamOutputs(output, meters);
    LongSupplier clockMs = getProcessingTimeService()::getCurrentProcessingTime;
    TaskInfo task = getRuntimeContext().getTaskInfo();
    StatusTeller teller = new StatusTeller(models.announced(), outputs, clockMs, task);
    revisions = new Revisions(job, models, settings, keys, teller, meters);
    answers = keys.answers(revisions, outputs);
    revisions.open(revisionState.restored(), log, order.watermarkMs());
    meters.keys(keys::keys, () -> keys.keysBelow(revisions.activeNumber()));
    stepper = new SequenceStepper(revisions, answers, settings, outputs, meters);
    ProcessingTimeService clock = getProcessingTimeService();
    linger = new SingleTimer(clock, settings.lingerMs(), () -> !batch.isEmpty(), this::flush);
    arrivals = new SingleTimer(clock, POLL_MS, revisions::loading, this::poll);
    work = new SingleTimer(clock, TURN_MS, answers::pending, answers::work);
    arrivals.set();
    work.set();
  }

  @Override
  @SuppressWarnings("rawtypes") // as declared above
  public void setKeyContextElement1(StreamRecord record) {
    // The key is set around each access to state.
  }

  @Override
  @SuppressWarnings("rawtypes") // as declared above
  public void setKeyContextElement2(StreamRecord record) {
    // Announcements have no key.
  }

  @Override
  public void processElement1(StreamRecord<StreamEvent> record) throws Exception {
    StreamEvent event = record.getValue();
    answers.makeRoom();
    meters.event(event.timestampMs());
    if (settings.eventTimeOrder()) {
      await(event);
    } else {
      batch.add(event);
      flushWhenFull();
      linger.set();
    }
  }

  private void await(StreamEvent event) throws Exception {
    setCurrentKey(event.key());
    if (order.admit(event, outputs)) {
      timers.registerEventTimeTimer(RELEASE, event.timestampMs());
    }
  }

  private void flushWhenFull() throws Exception {
    if (batch.isFull()) {
      flush();
    }
  }

  private void flush() throws Exception {
    if (batch.isEmpty()) {
      return;
    }
    meters.batch(batch.size());
    keys.load(batch);
    stepper.run(batch);
    keys.store(batch);
    batch.clear();
    work.set();
  }

  @Override
  public void onEventTime(InternalTimer<String, Byte> timer) throws Exception {
    if (RELEASE.equals(timer.getNamespace())) {
      for (StreamEvent event : order.take(timer.getTimestamp())) {
        batch.add(event);
        flushWhenFull();
      }
    } else {
      batch.addDeadline(timer.getKey(), timer.getTimestamp());
      flushWhenFull();
    }
  }

  @Override
  public void onProcessingTime(InternalTimer<String, Byte> timer) {
    // Only event-time timers are registered.
  }

  @Override
  public void processElement2(StreamRecord<ModelAnnouncement> record) {
    if (revisions.announce(record.getValue())) {
      arrivals.set();
    }
  }

  /** For tests, which wait for files and count what is known. */
  Revisions revisions() {
    return revisions;
  }

  private void poll() throws Exception {
    if (revisions.hasArrivals()) {
      flush();
      revisions.poll();
      revisions.trim(order.watermarkMs());
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    flush();
    boolean fired;
    do {
      // What fired may set timers that are due already: a released event its deadline, for example.
      timeServiceManager.advanceWatermark(mark);
      fired = !batch.isEmpty();
      flush();
    } while (fired);
    order.advance(mark.getTimestamp());
    revisions.trim(order.watermarkMs());
    arrivals.set();
    output.emitWatermark(mark);
  }

  @Override
  public void processWatermark1(Watermark mark) throws Exception {
    processWatermark(mark);
  }

  @Override
  public void processWatermark2(Watermark mark) {
    // Event time is that of the events.
  }

  @Override
  protected void processWatermarkStatus(WatermarkStatus status, int input) {
    if (input == EVENTS) {
      output.emitWatermarkStatus(status);
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    order.snapshot();
    keys.snapshot();
    answers.snapshot();
    revisionState.snapshot(revisions.stored());
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    flush();
  }

  @Override
  public void finish() throws Exception {
    flush();
    answers.finish();
    super.finish();
  }

  @Override
  public void close() throws Exception {
    if (revisions != null) {
      revisions.close();
    }
    super.close();
  }
}
