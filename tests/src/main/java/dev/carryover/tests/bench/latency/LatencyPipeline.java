package dev.carryover.tests.bench.latency;

import dev.carryover.job.Topology;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.output.RecordTypes;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.schemas.Inference;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * Paced source → keyBy → recurrent operator → discarding sink in a local cluster, parallelism 1,
 * heap state, with checkpoints.
 *
 * <p>One pipeline runs at a time: load and record are handed to its tasks through static fields,
 * since tasks run in this process.
 */
final class LatencyPipeline {
  /*
   * Flink sends a buffer of records on when it is full or after this long; its default of 100 ms would
   * be most of what is measured here.
   */
  private static final Duration BUFFER_TIMEOUT = Duration.ofMillis(1);

  private static volatile SteadyLoad load;
  private static volatile Arrivals arrivals;

  private final ModelReference model;
  private final OperatorSettings settings;
  private final Duration checkpoints;
  private final Path folder;

  /**
   * A pipeline.
   *
   * @param checkpoints the time between two
   * @param folder for checkpoints
   */
  LatencyPipeline(
      ModelReference model, OperatorSettings settings, Duration checkpoints, Path folder) {
    this.model = model;
    this.settings = settings;
    this.checkpoints = checkpoints;
    this.folder = folder;
  }

  /** Runs a load; every event has exactly one inference then. */
  Arrivals run(SteadyLoad events) throws Exception {
    load = events;
    arrivals = new Arrivals(events);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(1, flink());
    Topology.recurrent(
            environment
                .fromSequence(0, events.count() - 1)
                .map(new Departure())
                .returns(new StreamEventTypeInfo())
                .assignTimestampsAndWatermarks(
                    WatermarkStrategy.<StreamEvent>forMonotonousTimestamps()
                        .withTimestampAssigner((event, unused) -> event.timestampMs())),
            settings,
            model)
        .map(new Arrival())
        .returns(RecordTypes.INFERENCE)
        .sinkTo(new DiscardingSink<>());
    environment.execute();
    arrivals.requireAll();
    return arrivals;
  }

  private Configuration flink() {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpoints);
    flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
    flink.set(ExecutionOptions.BUFFER_TIMEOUT, BUFFER_TIMEOUT);
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16));
    flink.set(RestOptions.ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_PORT, "0");
    return flink;
  }

  private static final class Departure implements MapFunction<Long, StreamEvent> {
    private static final long serialVersionUID = 1L;

    @Override
    public StreamEvent map(Long event) {
      return load.depart(event.intValue());
    }
  }

  private static final class Arrival implements MapFunction<Inference, Inference> {
    private static final long serialVersionUID = 1L;

    @Override
    public Inference map(Inference inference) {
      arrivals.arrived(inference);
      return inference;
    }
  }
}
