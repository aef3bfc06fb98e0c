package dev.carryover.tests.bench.step;

import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.step.StepMatrix.Line;
import dev.carryover.tests.bench.step.contenders.StepRuntime;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Nanoseconds of CPU time for a step of all rows, by line and runtime. */
final class StepSamples {
  private final Map<Line, Map<StepRuntime, List<Double>>> nanos = new LinkedHashMap<>();

  void add(Line line, StepRuntime runtime, double nanosPerStep) {
    nanos
        .computeIfAbsent(line, l -> new EnumMap<>(StepRuntime.class))
        .computeIfAbsent(runtime, r -> new ArrayList<>())
        .add(nanosPerStep);
  }

  /** Median for a step of all rows; NaN if it was not timed. */
  double nanosPerStep(Line line, StepRuntime runtime) {
    List<Double> samples = nanos.getOrDefault(line, Map.of()).getOrDefault(runtime, List.of());
    return samples.isEmpty() ? Double.NaN : Figures.median(samples);
  }

  /** Median for one row in microseconds; NaN if it was not timed. */
  double microsecondsPerRow(Line line, StepRuntime runtime) {
    return nanosPerStep(line, runtime) / 1000 / line.batch();
  }

  /** How many times as long one takes as another; NaN if either was not timed. */
  double ratio(Line line, StepRuntime of, StepRuntime to) {
    return nanosPerStep(line, of) / nanosPerStep(line, to);
  }

  /** All of them, for the file of results. */
  List<Map<String, Object>> raw() {
    List<Map<String, Object>> all = new ArrayList<>();
    nanos.forEach(
        (line, runtimes) ->
            runtimes.forEach(
                (runtime, samples) ->
                    all.add(
                        Map.of(
                            "cell",
                            line.cell().configName(),
                            "batch",
                            line.batch(),
                            "hidden",
                            line.hiddenSize(),
                            "runtime",
                            runtime.name(),
                            "nanosPerStep",
                            samples))));
    return all;
  }
}
