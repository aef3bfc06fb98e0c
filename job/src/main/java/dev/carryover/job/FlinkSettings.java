package dev.carryover.job;

import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.CheckpointingMode;

/** What the job's configuration means in Flink's own options; {@code flink.*} has the last word. */
final class FlinkSettings {
  /*
   * Flink writes checkpoints through a buffer of 4 KiB; states of keys are a good half of a KiB each, and
   * with so many calls to the system writing them takes twice the time.
   */
  private static final int CHECKPOINT_BUFFER_BYTES = 256 << 10;

  /*
   * A state is looked up by its key, and may be in any of RocksDB's files whose range holds the key.
   * Without a filter each of them costs a look into its index and a block; with one, ten bits of memory
   * a key. The options by name, so that a job on the heap needs no RocksDB.
   */
  private static final ConfigOption<Boolean> FILE_FILTER =
      ConfigOptions.key("state.backend.rocksdb.use-bloom-filter").booleanType().defaultValue(false);

  private static final ConfigOption<String> OPTIONS_FACTORY =
      ConfigOptions.key("state.backend.rocksdb.options-factory").stringType().noDefaultValue();

  private static final String KEY_LOOKUP_OPTIONS = "dev.carryover.job.state.KeyLookupOptions";

  private FlinkSettings() {}

  static Configuration of(JobConfiguration job) {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.NAME, job.get(JobOptions.JOB_NAME));
    // Chained operators pass records on without copying them: events are immutable, and results are
    // made anew for each.
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    // Every type has a serializer of its own and every operator a name of its own, or the job does
    // not start: neither Kryo nor generated names would survive the next version.
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    if (job.isSet(JobOptions.PARALLELISM)) {
      flink.set(CoreOptions.DEFAULT_PARALLELISM, job.get(JobOptions.PARALLELISM));
    }
    boolean rocksdb = job.get(JobOptions.STATE_BACKEND) == JobOptions.StateBackend.ROCKSDB;
    flink.set(StateBackendOptions.STATE_BACKEND, rocksdb ? "rocksdb" : "hashmap");
    flink.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, rocksdb);
    if (rocksdb) {
      flink.set(FILE_FILTER, true);
      flink.set(OPTIONS_FACTORY, KEY_LOOKUP_OPTIONS);
    }
    flink.set(
        CheckpointingOptions.CHECKPOINTING_INTERVAL, job.get(JobOptions.CHECKPOINTS_INTERVAL));
    flink.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    flink.set(CheckpointingOptions.FS_WRITE_BUFFER_SIZE, CHECKPOINT_BUFFER_BYTES);
    // Compressed snapshots are read a block at a time. Others of the heap are read straight from
    // the file, with dozens of calls to the system for every key.
    flink.set(ExecutionOptions.SNAPSHOT_COMPRESSION, true);
    job.find(JobOptions.CHECKPOINTS_DIRECTORY)
        .ifPresent(directory -> flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory));
    flink.addAll(job.flinkConfiguration());
    return flink;
  }
}
