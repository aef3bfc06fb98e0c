package dev.carryover.tests.bench.operator;

import dev.carryover.tests.bench.operator.OperatorBenchmark.Case;
import dev.carryover.tests.bench.operator.OperatorPipelines.Backend;
import dev.carryover.tests.bench.operator.OperatorPipelines.Variant;
import dev.carryover.tests.bench.section.Chart;
import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.SectionResult;
import dev.carryover.tests.bench.section.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Gathers the readings of the operator's benchmark, and says what follows from them. */
final class OperatorFigures {
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double NANOS_PER_SECOND = 1e9;

  private final List<Integer> keyCounts;
  private final List<Integer> batches;
  private final int largest;
  private final Map<Case, List<TaskClock.Reading>> readings = new LinkedHashMap<>();
  private final Map<Integer, List<TaskClock.Reading>> kernels = new TreeMap<>();
  private String kernelNames = "";

  OperatorFigures(List<Integer> keyCounts, List<Integer> batches) {
    this.keyCounts = keyCounts;
    this.batches = batches;
    this.largest = batches.stream().mapToInt(Integer::intValue).max().orElseThrow();
  }

  void add(Case one, TaskClock.Reading reading) {
    readings.computeIfAbsent(one, absent -> new ArrayList<>()).add(reading);
  }

  void kernels(String names, int batch, TaskClock.Reading reading) {
    kernelNames = names;
    kernels.computeIfAbsent(batch, absent -> new ArrayList<>()).add(reading);
  }

  SectionResult result() {
    SectionResult.Builder result =
        SectionResult.builder()
            .method(
                "GRU, H = 128, V = 36, three expected tokens in every inference; source of events made"
                    + " beforehand, `keyBy`, operator, discarding sink in a local cluster of"
                    + " parallelism 1, no checkpoints, keys uniform. Without a model (a), an operator"
                    + " reads the `float[128]` of the key, changes every float, writes it back and"
                    + " emits a record of the same shape; with it (b), `RecurrentOperator`, by the"
                    + " size of its micro-batches; (c) is the kernels' own time for batches of that"
                    + " size, head and gates included. ONNX Runtime is called by a"
                    + " `KeyedProcessFunction` for every event, over direct buffers made once, with"
                    + " the state in `ValueState<float[]>`.")
            .method(
                "Before anything is timed, the operator's answers equal those of a plain loop bit for"
                    + " bit, and ONNX Runtime's are within 1e-5 of them. The clock is the CPU time of"
                    + " the source's thread and the operator's thread together: what one core takes.");
    for (Backend backend : Backend.values()) {
      result.table(times(backend)).table(rates(backend)).chart(chart(backend));
    }
    result.table(allocations());
    targets(result);
    return result.fact("kernels", kernelNames).raw("readings", raw()).build();
  }

  private ResultTable times(Backend backend) {
    ResultTable.Builder table =
        ResultTable.titled("µs of CPU per event, " + named(backend))
            .numbers("keys", "batch")
            .numbers("without a model (a)", "with the model (b)", "kernels alone (c)")
            .numbers("added (b - a)", "(b - a) / c");
    for (int keys : keyCounts) {
      for (int batch : batches) {
        double a = cpu(Variant.WITHOUT_MODEL, backend, keys, 0);
        double b = cpu(Variant.RECURRENT, backend, keys, batch);
        double c = median(kernels.get(batch), TaskClock.Reading::cpuNanos);
        table.row(
            keys,
            batch,
            micros(a),
            micros(b),
            micros(c),
            micros(b - a),
            Figures.ratio((b - a) / c));
      }
    }
    return table.build();
  }

  private ResultTable rates(Backend backend) {
    ResultTable.Builder table =
        ResultTable.titled("Events per second and core, " + named(backend))
            .numbers("keys", "batch", "without a model", "with the model", "ONNX Runtime per event")
            .numbers("with / without", "with / ONNX Runtime");
    for (int keys : keyCounts) {
      for (int batch : batches) {
        double a = rate(Variant.WITHOUT_MODEL, backend, keys, 0);
        double b = rate(Variant.RECURRENT, backend, keys, batch);
        double onnx = rate(Variant.ONNX_RUNTIME, backend, keys, 0);
        table.row(
            keys,
            batch,
            Figures.number(a),
            Figures.number(b),
            Figures.number(onnx),
            Figures.share(b / a),
            Figures.ratio(b / onnx));
      }
    }
    return table.build();
  }

  private Chart chart(Backend backend) {
    Chart.Builder chart =
        Chart.bars(
            "Events per second and core, " + named(backend) + ", batches of " + largest,
            "keys",
            "events per second",
            keyCounts.stream().map(String::valueOf).toList());
    chart.bars("without a model", rates(Variant.WITHOUT_MODEL, backend, 0));
    chart.bars("with the model", rates(Variant.RECURRENT, backend, largest));
    chart.bars("ONNX Runtime per event", rates(Variant.ONNX_RUNTIME, backend, 0));
    return chart.build();
  }

  private ResultTable allocations() {
    ResultTable.Builder table =
        ResultTable.titled("Bytes allocated per event in the operator's thread, heap")
            .numbers("keys", "batch", "without a model", "with the model", "beyond the record")
            .numbers("ONNX Runtime per event");
    for (int keys : keyCounts) {
      for (int batch : batches) {
        table.row(
            keys,
            batch,
            Figures.number(bytes(Variant.WITHOUT_MODEL, keys, 0)),
            Figures.number(bytes(Variant.RECURRENT, keys, batch)),
            Figures.number(beyondRecord(keys, batch)),
            Figures.number(bytes(Variant.ONNX_RUNTIME, keys, 0)));
      }
    }
    return table.build();
  }

  private void targets(SectionResult.Builder result) {
    double c = median(kernels.get(largest), TaskClock.Reading::cpuNanos);
    for (int keys : keyCounts) {
      String where = ", %d keys, batches of %d".formatted(keys, largest);
      double a = cpu(Variant.WITHOUT_MODEL, Backend.HEAP, keys, 0);
      double b = cpu(Variant.RECURRENT, Backend.HEAP, keys, largest);
      double onnx = cpu(Variant.ONNX_RUNTIME, Backend.HEAP, keys, 0);
      double storedA = cpu(Variant.WITHOUT_MODEL, Backend.ROCKSDB, keys, 0);
      double storedB = cpu(Variant.RECURRENT, Backend.ROCKSDB, keys, largest);
      result
          .target(
              Target.atMost(
                  "time added to the pipeline, of the kernels' own, heap" + where,
                  (b - a) / c,
                  1.3,
                  Target.Unit.TIMES))
          .target(
              Target.atLeast(
                  "events/s of those of ONNX Runtime per event, heap" + where,
                  onnx / b,
                  8,
                  Target.Unit.TIMES))
          .target(
              Target.atLeast(
                  "events/s of those of the pipeline without a model, RocksDB" + where,
                  storedA / storedB,
                  0.85,
                  Target.Unit.SHARE))
          .target(
              Target.atMost(
                  "bytes allocated per event beyond the output record, heap" + where,
                  beyondRecord(keys, largest),
                  1,
                  Target.Unit.NUMBER));
    }
  }

  private List<Map<String, Object>> raw() {
    List<Map<String, Object>> all = new ArrayList<>();
    readings.forEach(
        (one, taken) ->
            all.add(
                Map.of(
                    "variant", one.variant().name(),
                    "backend", one.backend().name(),
                    "keys", one.keys(),
                    "batch", one.batch(),
                    "readings", taken)));
    kernels.forEach(
        (batch, taken) -> all.add(Map.of("variant", "KERNELS", "batch", batch, "readings", taken)));
    return all;
  }

  private double[] rates(Variant variant, Backend backend, int batch) {
    return keyCounts.stream().mapToDouble(keys -> rate(variant, backend, keys, batch)).toArray();
  }

  private double rate(Variant variant, Backend backend, int keys, int batch) {
    return NANOS_PER_SECOND / cpu(variant, backend, keys, batch);
  }

  private double cpu(Variant variant, Backend backend, int keys, int batch) {
    return median(
        readings.get(new Case(variant, backend, keys, batch)), TaskClock.Reading::cpuNanos);
  }

  private double bytes(Variant variant, int keys, int batch) {
    return median(
        readings.get(new Case(variant, Backend.HEAP, keys, batch)), TaskClock.Reading::bytes);
  }

  private double beyondRecord(int keys, int batch) {
    return bytes(Variant.RECURRENT, keys, batch) - bytes(Variant.WITHOUT_MODEL, keys, 0);
  }

  private static double median(
      List<TaskClock.Reading> taken, ToDoubleFunction<TaskClock.Reading> figure) {
    return Figures.median(taken.stream().mapToDouble(figure).boxed().toList());
  }

  private static String micros(double nanos) {
    return Figures.number(nanos / NANOS_PER_MICRO);
  }

  private static String named(Backend backend) {
    return backend == Backend.HEAP ? "heap" : "RocksDB";
  }
}
