package dev.carryover.tests.bench.history;

import dev.carryover.job.Topology;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import dev.carryover.job.output.RecordTypes;
import dev.carryover.schemas.Inference;
import dev.carryover.tests.bench.pipeline.BenchModel;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * Source → keyBy → recurrent operator → discarding sink in a local cluster, parallelism 1, heap
 * state. A micro-batch is a batch of the stream: its size is that, and neither the linger nor a
 * watermark cuts it.
 *
 * <p>One pipeline runs at a time: stream and clock are handed to its tasks through static fields,
 * since tasks run in this process.
 */
final class HistoryPipeline {
  private static volatile HistoryStream stream;
  private static volatile BatchClock clock;

  private HistoryPipeline() {}

  /** Runs a stream; every event had its inference then. */
  static BatchClock run(BenchModel model, HistoryStream events, int turns) throws Exception {
    stream = events;
    clock = new BatchClock(events);
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16));
    flink.set(RestOptions.ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_PORT, "0");
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(1, flink);
    Topology.recurrent(
            environment
                .fromSequence(0, events.count() - 1)
                .map(new Departure())
                .returns(new StreamEventTypeInfo())
                .assignTimestampsAndWatermarks(
                    WatermarkStrategy.<StreamEvent>noWatermarks()
                        .withTimestampAssigner((event, unused) -> event.timestampMs())),
            model.settings(
                Map.of("batch.size", Integer.toString(events.batch()), "batch.linger", "1 min")),
            model.reference())
        .map(new Arrival())
        .returns(RecordTypes.INFERENCE)
        .sinkTo(new DiscardingSink<>());
    environment.execute();
    clock.requireAll((long) turns * events.batch());
    return clock;
  }

  private static final class Departure implements MapFunction<Long, StreamEvent> {
    private static final long serialVersionUID = 1L;

    private transient HistoryStream events;

    @Override
    public StreamEvent map(Long number) {
      if (events == null) {
        events = stream;
      }
      return events.event(number);
    }
  }

  private static final class Arrival implements MapFunction<Inference, Inference> {
    private static final long serialVersionUID = 1L;

    private transient BatchClock timed;

    @Override
    public Inference map(Inference inference) {
      if (timed == null) {
        timed = clock;
      }
      timed.arrived(inference);
      return inference;
    }
  }
}
