package dev.carryover.tests.bench.latency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.tests.bench.pipeline.BenchModel;
import dev.carryover.tests.bench.pipeline.NumberedEvents;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the benchmark times gives the right answers; how fast is not asked here. */
class LatencyITCase {
  @Test
  void everyEventOfALoadHasItsInference(@TempDir Path folder) throws Exception {
    BenchModel model = BenchModel.write(16, folder);
    NumberedEvents events = NumberedEvents.inTurns(100, model.tokens(), BenchModel.SEED);
    LatencyPipeline pipeline =
        new LatencyPipeline(
            model.reference(), model.settings(Map.of()), Duration.ofMillis(100), folder);

    Arrivals arrivals = pipeline.run(new SteadyLoad(events, 5_000, 10_000));

    // Nothing arrives before it was due.
    assertThat(arrivals.percentiles(0, 5_000, 0, 0.5, 1)[0]).isPositive();
  }

  @Test
  void missingDoubledAndDisorderedInferencesAreCounted() {
    NumberedEvents events = NumberedEvents.inTurns(2, List.of("a", "b"), BenchModel.SEED);
    Arrivals arrivals = new Arrivals(new SteadyLoad(events, 6, 1_000));
    arrivals.arrived(inference(events, 0, 1));
    arrivals.arrived(inference(events, 0, 2));
    arrivals.arrived(inference(events, 1, 2));

    assertThatThrownBy(arrivals::requireAll)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "of 6 events 4 have no inference, 1 more than one, and 1 came out of order; nothing can be said of the time");
  }

  private static Inference inference(NumberedEvents events, int event, long step) {
    return new Inference(
        events.key(event),
        events.timestampMs(event),
        events.timestampMs(0),
        step,
        "bench",
        1L,
        new NextToken(events.token(event), 0f, 0, List.of(), List.of()),
        null);
  }
}
