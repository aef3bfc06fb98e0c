package dev.carryover.job.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

class KeyLookupOptionsTest {
  private static final KeyLookupOptions OPTIONS = new KeyLookupOptions();

  @TempDir Path folder;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void tablesInMemoryGetAFilterOfWholeKeysThatLosesNone() throws Exception {
    RocksDB.loadLibrary();
    List<AutoCloseable> toClose = new ArrayList<>();
    try (DBOptions general = OPTIONS.createDBOptions(new DBOptions(), toClose);
        ColumnFamilyOptions family =
            OPTIONS.createColumnOptions(new ColumnFamilyOptions(), toClose);
        Options options = new Options(general, family).setCreateIfMissing(true);
        RocksDB db = RocksDB.open(options, folder.toString())) {
      assertThat(toClose).isEmpty();
      assertThat(options.memtableWholeKeyFiltering()).isTrue();
      assertThat(options.memtablePrefixBloomSizeRatio()).isEqualTo(0.01);
      for (int key = 0; key < 1000; key++) {
        db.put(bytes("held" + key), bytes("state" + key));
      }
      for (int key = 0; key < 1000; key++) {
        assertThat(db.get(bytes("held" + key))).isEqualTo(bytes("state" + key));
        assertThat(db.get(bytes("absent" + key))).isNull();
      }
    }
  }
}
