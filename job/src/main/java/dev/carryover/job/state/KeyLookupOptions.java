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
   * A table in memory is a linked structure, and most of the way through it misses the caches; where
   * there are many keys it holds few of them. The filter says so after one miss. A hundredth of a table
   * of 64 MiB is about 13 bits for each key where a state has 16 floats, and more where it has more.
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
