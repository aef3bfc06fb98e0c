package dev.carryover.tests.bench.operator;

import dev.carryover.job.Topology;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.output.RecordTypes;
import dev.carryover.job.state.KeyLookupOptions;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.schemas.Inference;
import java.nio.file.Path;
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
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.CloseableIterator;

/**
 * Source → keyBy → operator → discarding sink in a local cluster, parallelism 1, the job's own
 * options of Flink and RocksDB, no checkpoints. The operator is the recurrent one, {@link
 * PassThroughOperator} or {@link OnnxScoringFunction}; all else is the same.
 *
 * <p>One pipeline runs at a time: its events and its clock are handed to its tasks through static
 * fields, since tasks run in this process.
 */
final class OperatorPipelines {
  /** Where keyed state is. */
  enum Backend {
    /** Objects on the heap. */
    HEAP("hashmap", 16),
    /** RocksDB, on the local disk, with so much memory as a slot of a usual task manager has. */
    ROCKSDB("rocksdb", 512);

    private final String flinkName;
    private final int managedMebibytes;

    Backend(String flinkName, int managedMebibytes) {
      this.flinkName = flinkName;
      this.managedMebibytes = managedMebibytes;
    }
  }

  /** What stands between keyBy and sink. */
  enum Variant {
    /** Reads and writes the state of the key, and emits a record. */
    WITHOUT_MODEL,
    /** The recurrent operator. */
    RECURRENT,
    /** ONNX Runtime in a process function. */
    ONNX_RUNTIME
  }

  private static volatile EventPool pool;
  private static volatile TaskClock clock;

  private final ModelFile model;
  private final Path file;
  private final ModelReference reference;

  /** Pipelines of a model, which is written to {@code file}. */
  OperatorPipelines(ModelFile model, Path file, RuntimeOptions options) throws Exception {
    this.model = model;
    this.file = file;
    String sha256 = ModelFileWriter.write(model, file);
    this.reference = new ModelReference(file.toUri().toString(), sha256, 1, options);
  }

  /**
   * Time and bytes per event.
   *
   * @param batch most events of a micro-batch, which only the recurrent operator has
   * @param first event from which it is timed; {@code last} the one until which
   */
  TaskClock.Reading run(
      Variant variant, Backend backend, int batch, EventPool events, long first, long last)
      throws Exception {
    TaskClock timed = new TaskClock(first, last);
    pool = events;
    clock = timed;
    StreamExecutionEnvironment environment = environment(backend);
    results(variant, environment, batch, last + 1)
        .map(new Arrival())
        .returns(RecordTypes.INFERENCE)
        .sinkTo(new DiscardingSink<>());
    environment.execute();
    return timed.read();
  }

  /** What a pipeline on the heap says to the first events of a pool. */
  @SuppressWarnings("try") // an interrupt ends the benchmark
  List<Inference> inferences(Variant variant, int batch, EventPool events, long count)
      throws Exception {
    pool = events;
    clock = new TaskClock(0, count - 1);
    List<Inference> inferences = new ArrayList<>();
    try (CloseableIterator<Inference> results =
        results(variant, environment(Backend.HEAP), batch, count).executeAndCollect()) {
      results.forEachRemaining(inferences::add);
    }
    return inferences;
  }

  private DataStream<Inference> results(
      Variant variant, StreamExecutionEnvironment environment, int batch, long count) {
    DataStream<StreamEvent> source = source(environment, count);
    int expected = OperatorModel.settings(file, batch).expected();
    return switch (variant) {
      case RECURRENT -> Topology.recurrent(source, OperatorModel.settings(file, batch), reference);
      case WITHOUT_MODEL ->
          source
              .keyBy(StreamEvent::key, Types.STRING)
              .connect(environment.fromSequence(0, 0).broadcast())
              .transform(
                  "without a model",
                  RecordTypes.INFERENCE,
                  new PassThroughOperator(model.config().stateLayout().floats(), expected));
      case ONNX_RUNTIME ->
          source
              .keyBy(StreamEvent::key, Types.STRING)
              .process(new OnnxScoringFunction(model, expected), RecordTypes.INFERENCE);
    };
  }

  private static StreamExecutionEnvironment environment(Backend backend) {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(StateBackendOptions.STATE_BACKEND, backend.flinkName);
    flink.set(RocksDBConfigurableOptions.USE_BLOOM_FILTER, true);
    flink.set(RocksDBOptions.OPTIONS_FACTORY, KeyLookupOptions.class.getName());
    flink.set(
        TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(backend.managedMebibytes));
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
