package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.revisions.AnnouncementLog;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.job.state.HiddenState;
import dev.carryover.job.state.HiddenStateSerializer;
import dev.carryover.job.state.KeyLookupOptions;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.executiongraph.ExecutionGraphTestUtils;
import org.apache.flink.runtime.metrics.groups.TaskManagerMetricGroup;
import org.apache.flink.runtime.metrics.groups.TaskMetricGroup;
import org.apache.flink.runtime.metrics.util.TestingMetricRegistry;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.operators.testutils.MockInputSplitProvider;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackend;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFinalizer;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;

/** One subtask of the recurrent operator without a cluster, with its metrics in reach. */
final class TestingHarness extends AbstractStreamOperatorTestHarness<Inference> {
  static final int MAX_PARALLELISM = 16;

  private static final String OURS = ".carryover.";

  /** Where the keyed state of a test lives. */
  enum Backend {
    HEAP,
    ROCKSDB;

    private StateBackend create() {
      if (this == HEAP) {
        return new HashMapStateBackend();
      }
      EmbeddedRocksDBStateBackend rocksDb = new EmbeddedRocksDBStateBackend();
      rocksDb.setRocksDBOptions(new KeyLookupOptions());
      return rocksDb;
    }
  }

  private final Map<String, Metric> metrics;
  private final RecurrentOperator recurrent;
  private long checkpoints;

  private TestingHarness(
      RecurrentOperator operator, int parallelism, int subtask, Map<String, Metric> metrics)
      throws Exception {
    super(
        operator,
        new MockEnvironmentBuilder()
            .setTaskName("recurrent")
            .setManagedMemorySize(3 << 20)
            .setInputSplitProvider(new MockInputSplitProvider())
            .setBufferSize(1024)
            .setMaxParallelism(MAX_PARALLELISM)
            .setParallelism(parallelism)
            .setSubtaskIndex(subtask)
            .setMetricGroup(recording(metrics))
            .build());
    this.metrics = metrics;
    this.recurrent = operator;
    config.setStatePartitioner(0, (KeySelector<StreamEvent, String>) StreamEvent::key);
    config.setStateKeySerializer(StringSerializer.INSTANCE);
    config.serializeAllConfigs();
  }

  private static TaskMetricGroup recording(Map<String, Metric> metrics) {
    TestingMetricRegistry registry =
        TestingMetricRegistry.builder()
            .setRegisterConsumer(
                (metric, name, group) -> {
                  String identifier = group.getMetricIdentifier(name);
                  int ours = identifier.indexOf(OURS);
                  if (ours >= 0) {
                    metrics.put(identifier.substring(ours + OURS.length()), metric);
                  }
                })
            .build();
    return TaskManagerMetricGroup.createTaskManagerMetricGroup(
            registry, "localhost", ResourceID.generate())
        .addJob(new JobID(), "job")
        .addTask(ExecutionGraphTestUtils.createExecutionAttemptId(), "recurrent");
  }

  /** A subtask that takes announcements and has not started. */
  static TestingHarness create(
      Backend backend,
      ModelReference model,
      OperatorSettings settings,
      ModelSettings models,
      List<ModelAnnouncement> log)
      throws Exception {
    ArrayList<ModelAnnouncement> announced = new ArrayList<>(log);
    TestingHarness harness =
        new TestingHarness(
            new RecurrentOperator(model, settings, models, new TestingLog(announced)),
            1,
            0,
            new HashMap<>());
    harness.setStateBackend(backend.create());
    return harness;
  }

  /** Announcements that stand there. */
  private record TestingLog(ArrayList<ModelAnnouncement> announcements) implements AnnouncementLog {
    @Override
    public List<ModelAnnouncement> read() {
      return announcements;
    }
  }

  /** A subtask that has not started. */
  static TestingHarness create(
      Backend backend,
      ModelReference model,
      OperatorSettings settings,
      int parallelism,
      int subtask)
      throws Exception {
    TestingHarness harness =
        new TestingHarness(
            new RecurrentOperator(model, settings), parallelism, subtask, new HashMap<>());
    harness.setStateBackend(backend.create());
    return harness;
  }

  /** A started operator of parallelism 1 on the heap. */
  static TestingHarness start(ModelReference model, TestingSettings settings) throws Exception {
    return start(Backend.HEAP, model, settings.build());
  }

  /** A started operator of parallelism 1. */
  static TestingHarness start(Backend backend, ModelReference model, OperatorSettings settings)
      throws Exception {
    TestingHarness harness = create(backend, model, settings, 1, 0);
    harness.open();
    return harness;
  }

  /** An operator of parallelism 1 that goes on from a snapshot. */
  static TestingHarness restore(
      Backend backend, ModelReference model, OperatorSettings settings, OperatorSubtaskState from)
      throws Exception {
    TestingHarness harness = create(backend, model, settings, 1, 0);
    harness.initializeState(from);
    harness.open();
    return harness;
  }

  void send(StreamEvent event) throws Exception {
    recurrent.setKeyContextElement1(new StreamRecord<>(event, event.timestampMs()));
    recurrent.processElement1(new StreamRecord<>(event, event.timestampMs()));
  }

  void send(StreamEvent... events) throws Exception {
    for (StreamEvent event : events) {
      send(event);
    }
  }

  void announce(ModelAnnouncement announcement) throws Exception {
    recurrent.processElement2(new StreamRecord<>(announcement));
  }

  /** Lets the operator take in what is being loaded, until nothing is. */
  void awaitModels() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (recurrent.revisions().loading()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("models are still being loaded after 30 s");
      }
      Thread.onSpinWait();
      setProcessingTime(getProcessingTime() + 20);
    }
  }

  /** How many revisions the operator knows. */
  int storedRevisions() {
    return recurrent.revisions().catalog().all().size();
  }

  List<ModelStatus> statuses() {
    return side(SideOutputs.MODEL_STATUS);
  }

  void watermark(long timestampMs) throws Exception {
    recurrent.processWatermark1(new Watermark(timestampMs));
  }

  /** The events have ended: event time is at its end. */
  void end() throws Exception {
    watermark(Long.MAX_VALUE);
    recurrent.finish();
  }

  /** Works off what a micro-batch holds, as a checkpoint does. */
  void flush() throws Exception {
    recurrent.prepareSnapshotPreBarrier(++checkpoints);
  }

  OperatorSubtaskState checkpoint() throws Exception {
    flush();
    return snapshot(checkpoints, 0);
  }

  /**
   * Begins a checkpoint, as a task does before it goes on with the next event: {@link #finish} may
   * write it when the states have moved on.
   */
  OperatorSnapshotFutures beginCheckpoint() throws Exception {
    flush();
    return recurrent.snapshotState(
        checkpoints,
        0,
        CheckpointOptions.forCheckpointWithDefaultLocation(),
        new MemCheckpointStreamFactory(1 << 20));
  }

  /** Writes what a checkpoint holds. */
  static OperatorSubtaskState finish(OperatorSnapshotFutures checkpoint) throws Exception {
    return OperatorSnapshotFinalizer.create(checkpoint).getJobManagerOwnedState();
  }

  /** Copies of the states of all keys, as the backend has them. */
  Map<String, HiddenState> states() throws Exception {
    KeyedStateBackend<String> backend = recurrent.getKeyedStateBackend();
    Map<String, HiddenState> copies = new HashMap<>();
    try (Stream<String> keys =
        backend.getKeys(RecurrentOperator.HIDDEN_STATE.getName(), VoidNamespace.INSTANCE)) {
      for (String key : keys.toList()) {
        backend.setCurrentKey(key);
        HiddenState state =
            backend
                .getPartitionedState(
                    VoidNamespace.INSTANCE,
                    VoidNamespaceSerializer.INSTANCE,
                    RecurrentOperator.HIDDEN_STATE)
                .value();
        copies.put(key, HiddenStateSerializer.INSTANCE.copy(state));
      }
    }
    return copies;
  }

  OperatorSubtaskState canonicalSavepoint() throws Exception {
    flush();
    return snapshotWithLocalState(
            checkpoints, 0, SavepointType.savepoint(SavepointFormatType.CANONICAL))
        .getJobManagerOwnedState();
  }

  /** Inferences put out so far. */
  List<Inference> inferences() {
    return extractOutputValues();
  }

  <T> List<T> side(OutputTag<T> tag) {
    Queue<StreamRecord<T>> records = getSideOutput(tag);
    return records == null ? List.of() : records.stream().map(StreamRecord::getValue).toList();
  }

  List<StreamEvent> deadLetters() {
    return side(SideOutputs.DEAD_LETTERS);
  }

  /** Entries of all keyed states; on the heap only. */
  int keyedStateEntries() {
    return ((HeapKeyedStateBackend<?>) recurrent.<String>getKeyedStateBackend())
        .numKeyValueStateEntries();
  }

  long counter(String name) {
    return metric(name, Counter.class).getCount();
  }

  Object gauge(String name) {
    return metric(name, Gauge.class).getValue();
  }

  Histogram histogram(String name) {
    return metric(name, Histogram.class);
  }

  Set<String> metricNames() {
    return new TreeSet<>(metrics.keySet());
  }

  private <T> T metric(String name, Class<T> type) {
    Metric metric = metrics.get(name);
    if (metric == null) {
      throw new AssertionError("no metric " + name + " among " + metricNames());
    }
    return type.cast(metric);
  }

  @Override
  public void close() {
    try {
      super.close();
      getEnvironment().close();
    } catch (Exception e) {
      throw new AssertionError("the operator did not close", e);
    }
  }
}
