package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.AnnouncementLog;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.state.HiddenState;
import dev.carryover.job.state.HiddenStateSerializer;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.ByteSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
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
   * A key has one deadline timer at a time. It is not moved when an event comes: when it fires early it
   * is set again for what is left, so it costs one registration per gap and not one per event.
   */
  static final ValueStateDescriptor<HiddenState> HIDDEN_STATE =
      new ValueStateDescriptor<>("hidden-state", HiddenStateSerializer.INSTANCE);

  private static final int EVENTS = 0;
  private static final Byte DEADLINE = 0;
  private static final Byte RELEASE = 1;
  private static final long serialVersionUID = 1L;

  private final ModelReference reference;
  private final OperatorSettings settings;

  private transient RecurrentModel model;
  private transient OperatorMetrics meters;
  private transient ValueState<HiddenState> hiddenStates;
  private transient InternalTimerService<Byte> timers;
  private transient EventTimeOrder order;
  private transient MicroBatch batch;
  private transient SequenceStepper stepper;
  private transient InputResolver inputs;
  private transient OperatorOutputs outputs;
  private transient boolean lingering;

  /** An operator that serves one model. */
  public RecurrentOperator(ModelReference reference, OperatorSettings settings) {
    this(reference, settings, ModelSettings.FIXED, AnnouncementLog.NONE);
  }

  /** An operator that serves a model and the revisions that are announced. */
  public RecurrentOperator(
      ModelReference reference,
      OperatorSettings settings,
      ModelSettings models,
      AnnouncementLog log) {
    this.reference = reference;
    this.settings = settings;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    meters = new OperatorMetrics(getMetricGroup());
    hiddenStates = context.getKeyedStateStore().getState(HIDDEN_STATE);
    order = new EventTimeOrder(context, settings.maxBufferedEvents());
    if (context.isRestored()) {
      try (Stream<?> keys =
          getKeyedStateBackend().getKeys(HIDDEN_STATE.getName(), VoidNamespace.INSTANCE)) {
        meters.residentKeys(keys.count());
      }
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    model = LoadedModels.acquire(reference);
    timers = getInternalTimerService("sequences", ByteSerializer.INSTANCE, this);
    batch = new MicroBatch(settings.batchSize());
    outputs = new StreamOutputs(output, meters);
    stepper = new SequenceStepper(model, reference.revision(), settings, outputs, meters);
    inputs = new InputResolver(model.config(), settings.mapUnknown());
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
    meters.event(event.timestampMs());
    int tokenId = inputs.resolve(event);
    if (tokenId == InputResolver.REJECTED) {
      outputs.deadLetter(inputs.rejection(event));
    } else if (settings.eventTimeOrder()) {
      await(event);
    } else {
      enqueue(event, tokenId);
    }
  }

  private void await(StreamEvent event) throws Exception {
    setCurrentKey(event.key());
    if (order.admit(event, outputs)) {
      timers.registerEventTimeTimer(RELEASE, event.timestampMs());
    }
  }

  private void enqueue(StreamEvent event, int tokenId) throws Exception {
    batch.add(event, tokenId);
    flushWhenFull();
    if (!batch.isEmpty() && !lingering) {
      lingering = true;
      long due = getProcessingTimeService().getCurrentProcessingTime() + settings.lingerMs();
      getProcessingTimeService().registerTimer(due, this::afterLinger);
    }
  }

  private void afterLinger(long time) throws Exception {
    lingering = false;
    flush();
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
    for (int index = 0; index < batch.laneCount(); index++) {
      Lane lane = batch.laneAt(index);
      setCurrentKey(lane.key);
      lane.load(hiddenStates.value());
    }
    stepper.run(batch);
    for (int index = 0; index < batch.laneCount(); index++) {
      Lane lane = batch.laneAt(index);
      setCurrentKey(lane.key);
      setTimer(lane);
      store(lane);
    }
    batch.clear();
  }

  private void setTimer(Lane lane) {
    long deadline =
        lane.state == null
            ? HiddenState.NO_TIMER
            : settings.deadline(lane.state.lastMs(), lane.state.running());
    boolean waits = lane.timerMs != HiddenState.NO_TIMER;
    if (waits && (lane.state == null || lane.timerMs > deadline)) {
      timers.deleteEventTimeTimer(DEADLINE, lane.timerMs);
      waits = false;
    }
    if (lane.state != null && !waits && deadline != OperatorSettings.NONE) {
      timers.registerEventTimeTimer(DEADLINE, deadline);
      lane.timerMs = deadline;
    }
  }

  private void store(Lane lane) throws Exception {
    if (lane.state != null) {
      lane.state.timerMs(lane.timerMs);
      hiddenStates.update(lane.state);
      meters.residentKeys(lane.stored ? 0 : 1);
    } else if (lane.stored) {
      hiddenStates.clear();
      meters.residentKeys(-1);
    }
  }

  @Override
  public void onEventTime(InternalTimer<String, Byte> timer) throws Exception {
    if (RELEASE.equals(timer.getNamespace())) {
      for (StreamEvent event : order.take(timer.getTimestamp())) {
        release(event);
      }
    } else {
      batch.addDeadline(timer.getKey(), timer.getTimestamp());
      flushWhenFull();
    }
  }

  /** The model may be another than the one that the event was first checked against. */
  private void release(StreamEvent event) throws Exception {
    int tokenId = inputs.resolve(event);
    if (tokenId == InputResolver.REJECTED) {
      outputs.deadLetter(inputs.rejection(event));
    } else {
      batch.add(event, tokenId);
      flushWhenFull();
    }
  }

  @Override
  public void onProcessingTime(InternalTimer<String, Byte> timer) {
    // Only event-time timers are registered.
  }

  @Override
  public void processElement2(StreamRecord<ModelAnnouncement> record) {
    long now = getProcessingTimeService().getCurrentProcessingTime();
    output.collect(
        SideOutputs.MODEL_STATUS, new StreamRecord<>(reference.refuse(record.getValue(), now)));
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
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    flush();
  }

  @Override
  public void finish() throws Exception {
    flush();
    super.finish();
  }

  @Override
  public void close() throws Exception {
    if (model != null) {
      model = null;
      LoadedModels.release(reference);
    }
    super.close();
  }
}
