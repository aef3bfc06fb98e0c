package dev.carryover.tests.bench.operator;

import dev.carryover.job.Topology;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.output.RecordTypes;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.schemas.Inference;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.CloseableIterator;

/**
 * Source → keyBy → operator → discarding sink in a local cluster, parallelism 1, heap state, the
 * job's own Flink options, no checkpoints. The operator is the recurrent one or {@link
 * PassThroughOperator}; all else is the same.
 *
 * <p>One pipeline runs at a time: its events and its clock are handed to its tasks through static
 * fields, since tasks run in this process.
 */
final class OperatorPipelines {
  private static volatile EventPool pool;
  private static volatile TaskClock clock;

  private final OperatorSettings settings;
  private final ModelReference model;
  private final int stateFloats;

  OperatorPipelines(OperatorSettings settings, ModelReference model, int stateFloats) {
    this.settings = settings;
    this.model = model;
    this.stateFloats = stateFloats;
  }

  /** Time per event of the pipeline with the recurrent operator. */
  TaskClock.Reading withModel(EventPool events, long first, long last) throws Exception {
    StreamExecutionEnvironment environment = environment();
    return run(
        environment,
        Topology.recurrent(source(environment, last + 1), settings, model),
        events,
        new TaskClock(first, last));
  }

  /** Time per event of the same pipeline without a model. */
  TaskClock.Reading withoutModel(EventPool events, long first, long last) throws Exception {
    StreamExecutionEnvironment environment = environment();
    return run(
        environment,
        source(environment, last + 1)
            .keyBy(StreamEvent::key, Types.STRING)
            .connect(environment.fromSequence(0, 0).broadcast())
            .transform(
                "without a model",
                RecordTypes.INFERENCE,
                new PassThroughOperator(stateFloats, settings.expected())),
        events,
        new TaskClock(first, last));
  }

  /** What the recurrent operator says to the first events of a pool. */
  @SuppressWarnings("try") // an interrupt ends the benchmark
  List<Inference> inferences(EventPool events, long count) throws Exception {
    pool = events;
    clock = new TaskClock(0, count - 1);
    StreamExecutionEnvironment environment = environment();
    List<Inference> inferences = new ArrayList<>();
    try (CloseableIterator<Inference> results =
        Topology.recurrent(source(environment, count), settings, model).executeAndCollect()) {
      results.forEachRemaining(inferences::add);
    }
    return inferences;
  }

  private static TaskClock.Reading run(
      StreamExecutionEnvironment environment,
      DataStream<Inference> results,
      EventPool events,
      TaskClock timed)
      throws Exception {
    pool = events;
    clock = timed;
    results.map(new Arrival()).returns(RecordTypes.INFERENCE).sinkTo(new DiscardingSink<>());
    environment.execute();
    return timed.read();
  }

  private static StreamExecutionEnvironment environment() {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16));
    flink.set(RestOptions.ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_PORT, "0");
    return StreamExecutionEnvironment.createLocalEnvironment(1, flink);
  }

  private static DataStream<StreamEvent> source(
      StreamExecutionEnvironment environment, long events) {
    return environment
        .fromSequence(0, events - 1)
        .map(new Departure())
        .returns(new StreamEventTypeInfo())
        .assignTimestampsAndWatermarks(
            WatermarkStrategy.<StreamEvent>forMonotonousTimestamps()
                .withTimestampAssigner((event, unused) -> event.timestampMs()));
  }

  private static final class Departure implements MapFunction<Long, StreamEvent> {
    private static final long serialVersionUID = 1L;

    private transient EventPool events;
    private transient TaskClock timed;

    @Override
    public StreamEvent map(Long i) {
      if (events == null) {
        events = pool;
        timed = clock;
      }
      timed.sent(i);
      return events.event(i);
    }
  }

  private static final class Arrival implements MapFunction<Inference, Inference> {
    private static final long serialVersionUID = 1L;

    private transient TaskClock timed;

    @Override
    public Inference map(Inference inference) {
      if (timed == null) {
        timed = clock;
      }
      timed.arrived();
      return inference;
    }
  }
}
