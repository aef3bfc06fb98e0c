package dev.carryover.tests.bench.step;

import dev.carryover.tests.bench.ceilings.CeilingProbe.Reached;
import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.step.StepMatrix.Line;
import dev.carryover.tests.bench.step.contenders.StepRuntime;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What was timed, by line and runtime. */
final class StepSamples {
  private final Map<Line, Map<StepRuntime, List<Sample>>> samples = new LinkedHashMap<>();

  /**
   * One iteration.
   *
   * @param nanosPerStep CPU time for a step of all rows
   * @param before what the core reached before it; NaN in it where that was not measured
   * @param after the same after it
   */
  record Sample(double nanosPerStep, Reached before, Reached after) {
    /** Operations per second that are the ceiling of this iteration. */
    double floatingPointPerSecond() {
      return (before.floatingPointPerSecond() + after.floatingPointPerSecond()) / 2;
    }

    /** Bytes per second that are the ceiling of this iteration. */
    double readPerSecond() {
      return (before.readPerSecond() + after.readPerSecond()) / 2;
    }
  }

  void add(Line line, StepRuntime runtime, Sample sample) {
    samples
        .computeIfAbsent(line, l -> new EnumMap<>(StepRuntime.class))
        .computeIfAbsent(runtime, r -> new ArrayList<>())
        .add(sample);
  }

  /** Median of what is worked out from each iteration; NaN if it was not timed. */
  double median(Line line, StepRuntime runtime, ToDoubleFunction<Sample> figure) {
    List<Sample> timed = samples.getOrDefault(line, Map.of()).getOrDefault(runtime, List.of());
    return timed.isEmpty()
        ? Double.NaN
        : Figures.median(timed.stream().mapToDouble(figure).boxed().toList());
  }

  /** Median for a step of all rows; NaN if it was not timed. */
  double nanosPerStep(Line line, StepRuntime runtime) {
    return median(line, runtime, Sample::nanosPerStep);
  }

  /** Median for one row in microseconds; NaN if it was not timed. */
  double microsecondsPerRow(Line line, StepRuntime runtime) {
    return nanosPerStep(line, runtime) / 1000 / line.batch();
  }

  /** How many times as long one takes as another; NaN if either was not timed. */
  double ratio(Line line, StepRuntime of, StepRuntime to) {
    return nanosPerStep(line, of) / nanosPerStep(line, to);
  }

  /**
   * Share of the rate of multiply-adds that products alone reach, of the ceiling of the same
   * iteration; NaN if they were not timed.
   */
  double multiplyAddShare(Line line, StepRuntime products) {
    double operations = line.operations(products);
    return median(
        line,
        products,
        sample -> operations / sample.nanosPerStep() * 1e9 / sample.floatingPointPerSecond());
  }

  /**
   * Share of the bandwidth at the size of their weights that products alone reach, of the ceiling
   * of the same iteration, if weights are read once a step; NaN if they were not timed.
   */
  double readingShare(Line line, StepRuntime products) {
    double bytes = line.bytes(products);
    return median(
        line, products, sample -> bytes / sample.nanosPerStep() * 1e9 / sample.readPerSecond());
  }

  /** All of them, for the file of results. */
  List<Map<String, Object>> raw() {
    List<Map<String, Object>> all = new ArrayList<>();
    samples.forEach(
        (line, runtimes) ->
            runtimes.forEach((runtime, timed) -> all.add(raw(line, runtime, timed))));
    return all;
  }

  private static Map<String, Object> raw(Line line, StepRuntime runtime, List<Sample> timed) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("cell", line.cell().configName());
    entry.put("batch", line.batch());
    entry.put("hidden", line.hiddenSize());
    entry.put("runtime", runtime.name());
    entry.put("nanosPerStep", timed.stream().map(Sample::nanosPerStep).toList());
    if (runtime.isProductsAlone()) {
      entry.put("before", timed.stream().map(Sample::before).map(StepSamples::raw).toList());
      entry.put("after", timed.stream().map(Sample::after).map(StepSamples::raw).toList());
    }
    return entry;
  }

  private static Map<String, Object> raw(Reached reached) {
    return Map.of(
        "floatingPointPerSecond",
        reached.floatingPointPerSecond(),
        "readPerSecond",
        reached.readPerSecond());
  }
}
