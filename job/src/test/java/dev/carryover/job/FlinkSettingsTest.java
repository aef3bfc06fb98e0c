package dev.carryover.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.state.KeyLookupOptions;
import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.junit.jupiter.api.Test;

class FlinkSettingsTest {
  private static Configuration of(String... keysAndValues) throws ConfigurationException {
    return FlinkSettings.of(
        TestingConfigurations.minimal("file:///model.safetensors", keysAndValues));
  }

  @Test
  void theDefaultsAreExactlyOnceStateOnTheHeapWithoutKryo() throws Exception {
    Configuration flink = of();
    assertThat(flink.get(PipelineOptions.NAME)).isEqualTo("testing");
    assertThat(flink.get(PipelineOptions.GENERIC_TYPES)).isFalse();
    assertThat(flink.get(PipelineOptions.AUTO_GENERATE_UIDS)).isFalse();
    assertThat(flink.get(PipelineOptions.OBJECT_REUSE)).isTrue();
    assertThat(flink.get(StateBackendOptions.STATE_BACKEND)).isEqualTo("hashmap");
    assertThat(flink.get(CheckpointingOptions.INCREMENTAL_CHECKPOINTS)).isFalse();
    assertThat(flink.get(CheckpointingOptions.CHECKPOINTING_INTERVAL))
        .isEqualTo(Duration.ofSeconds(10));
    assertThat(flink.get(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE))
        .isEqualTo(CheckpointingMode.EXACTLY_ONCE);
    assertThat(flink.get(CheckpointingOptions.FS_WRITE_BUFFER_SIZE)).isEqualTo(256 << 10);
    assertThat(flink.get(ExecutionOptions.SNAPSHOT_COMPRESSION)).isTrue();
    assertThat(flink.contains(CoreOptions.DEFAULT_PARALLELISM)).isFalse();
    assertThat(flink.contains(CheckpointingOptions.CHECKPOINTS_DIRECTORY)).isFalse();
  }

  @Test
  void everyOptionArrives() throws Exception {
    Configuration flink =
        of(
            "parallelism", "5",
            "state.backend", "rocksdb",
            "checkpoints.interval", "3 s",
            "checkpoints.directory", "file:///checkpoints");
    assertThat(flink.get(CoreOptions.DEFAULT_PARALLELISM)).isEqualTo(5);
    assertThat(flink.get(StateBackendOptions.STATE_BACKEND)).isEqualTo("rocksdb");
    assertThat(flink.get(CheckpointingOptions.INCREMENTAL_CHECKPOINTS)).isTrue();
    assertThat(flink.get(CheckpointingOptions.CHECKPOINTING_INTERVAL))
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(flink.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY))
        .isEqualTo("file:///checkpoints");
  }

  @Test
  void rocksDbIsSetUpForLookingKeysUp() throws Exception {
    Configuration flink = of("state.backend", "rocksdb");
    assertThat(flink.get(RocksDBConfigurableOptions.USE_BLOOM_FILTER)).isTrue();
    assertThat(flink.get(RocksDBOptions.OPTIONS_FACTORY))
        .isEqualTo(KeyLookupOptions.class.getName());
    assertThat(of().toMap().keySet()).noneMatch(key -> key.startsWith("state.backend.rocksdb."));
  }

  @Test
  void stateStaysExactWhenOnlyTheOutputMayRepeat() throws Exception {
    assertThat(
            of("delivery.guarantee", "at-least-once")
                .get(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE))
        .isEqualTo(CheckpointingMode.EXACTLY_ONCE);
  }

  @Test
  void whatIsHandedOnToFlinkHasTheLastWord() throws Exception {
    Configuration flink =
        of(
            "flink.pipeline.object-reuse", "false",
            "flink.execution.checkpointing.write-buffer-size", "4096",
            "flink.execution.checkpointing.snapshot-compression", "false",
            "state.backend", "rocksdb",
            "flink.state.backend.rocksdb.use-bloom-filter", "false",
            "flink.taskmanager.numberOfTaskSlots", "4");
    assertThat(flink.get(PipelineOptions.OBJECT_REUSE)).isFalse();
    assertThat(flink.get(CheckpointingOptions.FS_WRITE_BUFFER_SIZE)).isEqualTo(4096);
    assertThat(flink.get(ExecutionOptions.SNAPSHOT_COMPRESSION)).isFalse();
    assertThat(flink.get(RocksDBConfigurableOptions.USE_BLOOM_FILTER)).isFalse();
    assertThat(flink.toMap()).containsEntry("taskmanager.numberOfTaskSlots", "4");
  }
}
