package dev.carryover.job.operator;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.state.HiddenState;
import dev.carryover.job.state.HiddenStateSerializer;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.ByteSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

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
   * A key has one deadline timer at a time. It is not moved when an event comes: when it fires early it
   * is set again for what is left, so it costs one registration per gap and not one per event.
   */
  static final ValueStateDescriptor<HiddenState> HIDDEN_STATE =
      new ValueStateDescriptor<>("hidden-state", HiddenStateSerializer.INSTANCE);

  private static final Byte DEADLINE = 0;
  private static final Byte RELEASE = 1;
  private static final long serialVersionUID = 1L;

  private final ModelReference reference;
  private final OperatorSettings settings;

  private transient RecurrentModel model;
  private transient OperatorMetrics meters;
  private transient ValueState<HiddenState> hiddenStates;
  private transient InternalTimerService<Byte> timers;
  private transient OrderingBuffer waiting;
  private transient MicroBatch batch;
  private transient SequenceStepper stepper;
  private transient InputResolver inputs;
  private transient OperatorOutputs outputs;
  private transient boolean lingering;

  /** An operator that serves one model. */
  public RecurrentOperator(ModelReference reference, OperatorSettings settings) {
    this.reference = reference;
    this.settings = settings;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    meters = new OperatorMetrics(getMetricGroup());
    hiddenStates = context.getKeyedStateStore().getState(HIDDEN_STATE);
    waiting =
        new OrderingBuffer(
            context.getKeyedStateStore().getMapState(OrderingBuffer.EVENTS),
            context.getKeyedStateStore().getState(OrderingBuffer.COUNT),
            settings.maxBufferedEvents());
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
    if (event.timestampMs() <= timers.currentWatermark()) {
      outputs.late(
          event.withRejection(
              RejectReason.LATE,
              "event time %d is not after the watermark %d, at %s; raise events.max-out-of-orderness to wait longer"
                  .formatted(event.timestampMs(), timers.currentWatermark(), event.origin())));
      return;
    }
    setCurrentKey(event.key());
    if (waiting.add(event)) {
      timers.registerEventTimeTimer(RELEASE, event.timestampMs());
    } else {
      outputs.deadLetter(
          event.withRejection(
              RejectReason.ORDERING_BUFFER_FULL,
              "the key has %d events waiting for the watermark, at %s; raise ordering.max-buffered-events, or find what holds the watermark back"
                  .formatted(settings.maxBufferedEvents(), event.origin())));
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
    if (lane.state != null && !waits) {
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
      for (StreamEvent event : waiting.take(timer.getTimestamp())) {
        batch.add(event, inputs.resolve(event));
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
    ModelAnnouncement announcement = record.getValue();
    output.collect(
        SideOutputs.MODEL_STATUS,
        new StreamRecord<>(
            new ModelStatus(
                announcement.getModelId(),
                announcement.getRevision(),
                getProcessingTimeService().getCurrentProcessingTime(),
                RevisionStatus.REJECTED,
                "FIXED_MODEL",
                "this job serves revision "
                    + reference.revision()
                    + " of its configuration and takes no announcements")));
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    flush();
    timeServiceManager.advanceWatermark(mark);
    flush();
    output.emitWatermark(mark);
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
