package dev.carryover.job.state;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;

/**
 * RocksDB's options for states that are looked up by their key, never in a range: tables in memory
 * get a filter of keys. Flink's own options stay as they are; this adds what they have no name for.
 *
 * <p>Named in {@code state.backend.rocksdb.options-factory}, and made by Flink in every task.
 */
public final class KeyLookupOptions implements RocksDBOptionsFactory {
  /*
   * A table in memory is a list that is walked with a miss of the caches at every step, and of a million
   * keys it holds one in ten. The filter says so after one miss. At a hundredth of the table it has 15
   * bits or more for each key, down to states of 16 floats.
   */
  private static final double FILTER_SHARE = 0.01;

  private static final long serialVersionUID = 1L;

  /** Used by Flink. */
  public KeyLookupOptions() {}

  @Override
  public DBOptions createDBOptions(DBOptions options, Collection<AutoCloseable> toClose) {
    return options;
  }

  @Override
  public ColumnFamilyOptions createColumnOptions(
      ColumnFamilyOptions options, Collection<AutoCloseable> toClose) {
    return options.setMemtablePrefixBloomSizeRatio(FILTER_SHARE).setMemtableWholeKeyFiltering(true);
  }
}
