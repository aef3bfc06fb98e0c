package dev.carryover.tests.bench.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.tests.bench.pipeline.BenchModel;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the benchmark measures holds the state of every key; how fast is not asked here. */
class StateRunITCase {
  private static final int KEYS = 2_000;

  @ParameterizedTest
  @EnumSource(Backend.class)
  void snapshotsHoldEveryKeyAndRestoredKeysGoOn(Backend backend, @TempDir Path folder)
      throws Exception {
    BenchModel model = BenchModel.write(16, folder);

    StateReading reading = new StateRun(folder, model, KEYS, 20).run(backend);

    long floats = (long) KEYS * model.stateFloats() * Float.BYTES;
    assertThat(reading.savepointBytes()).isGreaterThan(floats);
    assertThat(reading.first().stateBytes()).isGreaterThan(floats);
    if (backend == Backend.ROCKSDB) {
      assertThat(reading.next().writtenBytes()).isLessThan(floats / 2);
    } else {
      assertThat(reading.next().writtenBytes()).isGreaterThan(floats);
    }
  }
}
