package dev.carryover.tests.bench.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the benchmark times gives the right answers; how fast is not asked here. */
class WholeJobITCase {
  private static final int EVENTS = 3_000;

  @Test
  void bothJobsAnswerEveryEventOfTheTopicOnce(@TempDir Path folder) throws Exception {
    BenchModel model = BenchModel.write(16, folder);
    NumberedEvents events = NumberedEvents.uniform(100, model.tokens(), BenchModel.SEED);
    Map<String, String> options = Map.of("checkpoints.interval", "200 ms");

    try (WholeJobRun run = WholeJobRun.prepare(folder, model, events, EVENTS, 2)) {
      for (JobKind kind : JobKind.values()) {
        // It looks at every inference.
        CommitClock clock = run.run(kind, 2, options);

        assertThat(clock.commits()).as(kind.words()).isNotEmpty();
        assertThat(clock.commits().get(clock.commits().size() - 1).records())
            .as(kind.words())
            .isGreaterThanOrEqualTo(EVENTS);
      }
    }
  }
}
