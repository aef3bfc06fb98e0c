package dev.carryover.tests.bench.swap;

import dev.carryover.job.Topology;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.output.RecordTypes;
import dev.carryover.job.revisions.AnnouncementLog;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * Paced source → keyBy → recurrent operator → discarding sink in a local cluster, parallelism 1,
 * heap state, with an announcement that comes at a given second.
 *
 * <p>One pipeline runs at a time: load and record are handed to its tasks through static fields,
 * since tasks run in this process.
 */
public final class SwapPipeline {
  /*
   * Flink sends a buffer of records on when it is full or after this long; its default of 100 ms would
   * be most of what is measured here.
   */
  private static final Duration BUFFER_TIMEOUT = Duration.ofMillis(1);

  private static volatile SwapLoad load;
  private static volatile SwapRecord arrivals;
  private static volatile int announcedAt;
  private static volatile ModelAnnouncement announcement;

  private final ModelReference model;
  private final OperatorSettings settings;
  private final ModelSettings models;

  /** A pipeline that begins with a model. */
  public SwapPipeline(ModelReference model, OperatorSettings settings, ModelSettings models) {
    this.model = model;
    this.settings = settings;
    this.models = models;
  }

  /** Runs a load, with an announcement after some seconds, and says what came of every event. */
  public SwapRecord run(SwapLoad events, ModelAnnouncement announced, int second) throws Exception {
    load = events;
    arrivals = new SwapRecord(events);
    announcedAt = second;
    announcement = announced;
    StreamExecutionEnvironment environment = environment();
    Topology.recurrent(
            events(environment, events.events()),
            settings,
            model,
            models,
            AnnouncementLog.NONE,
            announcements(environment))
        .map(new Arrival())
        .returns(RecordTypes.INFERENCE)
        .sinkTo(new DiscardingSink<>());
    environment.execute();
    return arrivals;
  }

  private static StreamExecutionEnvironment environment() {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    flink.set(ExecutionOptions.BUFFER_TIMEOUT, BUFFER_TIMEOUT);
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16));
    flink.set(RestOptions.ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_PORT, "0");
    return StreamExecutionEnvironment.createLocalEnvironment(1, flink);
  }

  private static DataStream<StreamEvent> events(StreamExecutionEnvironment environment, int count) {
    return environment
        .fromSequence(0, count - 1)
        .map(new Departure())
        .returns(new StreamEventTypeInfo())
        .assignTimestampsAndWatermarks(
            WatermarkStrategy.<StreamEvent>forMonotonousTimestamps()
                .withTimestampAssigner((event, unused) -> event.timestampMs()));
  }

  private static DataStream<ModelAnnouncement> announcements(
      StreamExecutionEnvironment environment) {
    return environment.fromSequence(0, 0).map(new Announcing()).returns(RecordTypes.ANNOUNCEMENT);
  }

  private static final class Departure implements MapFunction<Long, StreamEvent> {
    private static final long serialVersionUID = 1L;

    @Override
    public StreamEvent map(Long event) {
      return load.depart(event.intValue());
    }
  }

  private static final class Announcing implements MapFunction<Long, ModelAnnouncement> {
    private static final long serialVersionUID = 1L;

    @Override
    public ModelAnnouncement map(Long unused) {
      load.awaitSecond(announcedAt);
      return announcement;
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
