package dev.carryover.job;

import static dev.carryover.job.operator.TestingStreams.byKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.operator.TestingModels;
import dev.carryover.job.operator.TestingPlainLoop;
import dev.carryover.job.operator.TestingSettings;
import dev.carryover.job.operator.TestingStreams;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.state.KeyLookupOptions;
import dev.carryover.schemas.Inference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The middle of the job in a cluster: events in, inferences out. */
class RecurrentTopologyITCase {
  private static final int EVENTS = 4000;
  private static final long GAP = 60;

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  /** Whether the job was made to fail once. */
  private static final AtomicBoolean FAILED = new AtomicBoolean();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"hashmap", "rocksdb"})
  void aJobThatFailsInTheMiddleGivesWhatThePlainLoopGives(String backend) throws Exception {
    FAILED.set(false);
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    OperatorSettings settings = TestingSettings.settings().batchSize(32).gapMs(GAP).build();
    List<Inference> inferences = run(backend, model, settings);

    TestingPlainLoop loop =
        new TestingPlainLoop(TestingModels.NEXT_TOKEN.file(), model.revision(), settings);
    for (long index = 0; index < EVENTS; index++) {
      loop.event(event(index));
    }
    loop.end();
    assertThat(FAILED).isTrue();
    assertThat(byKey(inferences, Inference::getKey)).isEqualTo(loop.inferences());
  }

  /** What the job collects; the collecting sink is exactly-once with checkpoints. */
  private static List<Inference> run(
      String backend, ModelReference model, OperatorSettings settings) throws Exception {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(StateBackendOptions.STATE_BACKEND, backend);
    flink.set(RocksDBConfigurableOptions.USE_BLOOM_FILTER, true);
    flink.set(RocksDBOptions.OPTIONS_FACTORY, KeyLookupOptions.class.getName());
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(flink);
    environment.setParallelism(2);
    DataStream<StreamEvent> events =
        environment
            .fromSource(
                new DataGeneratorSource<>(
                    (GeneratorFunction<Long, StreamEvent>) RecurrentTopologyITCase::event,
                    EVENTS,
                    RateLimiterStrategy.perCheckpoint(EVENTS / 5),
                    new StreamEventTypeInfo()),
                WatermarkStrategy.<StreamEvent>forMonotonousTimestamps()
                    .withTimestampAssigner((event, none) -> event.timestampMs()),
                "events")
            .setParallelism(1)
            .map(new FailOnce())
            .returns(new StreamEventTypeInfo())
            .setParallelism(1);
    return Topology.recurrent(events, settings, model).executeAndCollect(10 * EVENTS);
  }

  /** One event in six is of a key of its own; ends come by token, flag and silence. */
  private static StreamEvent event(long index) {
    Random random = new Random(index);
    random.nextInt();
    String key = "k" + (random.nextInt(6) == 0 ? index : random.nextInt(20));
    return random.nextInt(20) == 0
        ? TestingStreams.end(key, 1 + index, "w4")
        : TestingStreams.token(key, 1 + index, "w" + (3 + random.nextInt(6)));
  }

  /** Fails once in the middle, some checkpoints after the beginning. */
  private static final class FailOnce implements MapFunction<StreamEvent, StreamEvent> {
    private static final long serialVersionUID = 1L;

    @Override
    public StreamEvent map(StreamEvent event) {
      if (event.timestampMs() > EVENTS / 2 && FAILED.compareAndSet(false, true)) {
        throw new IllegalStateException("made to fail");
      }
      return event;
    }
  }
}
