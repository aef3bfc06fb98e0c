package dev.carryover.tests.bench.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.tests.bench.pipeline.BenchModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the benchmark times gives the right answers; how fast is not asked here. */
class HistoryITCase {
  private static final int TURNS = 20;

  @Test
  void freshKeysAndOldOnesAreTimedInTurnsAndAgreeWithAPlainLoop(@TempDir Path folder)
      throws Exception {
    BenchModel model = BenchModel.write(16, folder);
    HistoryStream stream = new HistoryStream(4, 50, TURNS, model.tokens());

    BatchClock clock = HistoryPipeline.run(model, stream, TURNS);

    assertThat(clock.fresh()).hasSize(TURNS);
    assertThat(clock.old()).hasSize(TURNS);
    WindowLoop loop = new WindowLoop(model, stream, 30);
    loop.requireAgreement(clock);
    clock.surprisals()[60] += 1f;
    assertThatThrownBy(() -> loop.requireAgreement(clock))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("at step 61; nothing was timed");
  }
}
