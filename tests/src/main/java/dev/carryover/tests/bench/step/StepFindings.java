package dev.carryover.tests.bench.step;

import static dev.carryover.tests.bench.step.contenders.StepRuntime.ONNX_RUNTIME;
import static dev.carryover.tests.bench.step.contenders.StepRuntime.PRODUCTS;
import static dev.carryover.tests.bench.step.contenders.StepRuntime.RECURRENT_PRODUCT;
import static dev.carryover.tests.bench.step.contenders.StepRuntime.SIMD;
import static dev.carryover.tests.bench.step.contenders.StepRuntime.SIMD_BF16;
import static dev.carryover.tests.bench.step.contenders.StepRuntime.SIMD_FOLDED;

import dev.carryover.model.spec.Cell;
import dev.carryover.tests.bench.ceilings.Ceilings;
import dev.carryover.tests.bench.section.Chart;
import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.Target;
import dev.carryover.tests.bench.section.Target.Unit;
import dev.carryover.tests.bench.step.StepMatrix.Line;
import dev.carryover.tests.bench.step.StepSamples.Sample;
import dev.carryover.tests.bench.step.contenders.StepRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** Tables, charts and targets of what was timed. */
final class StepFindings {
  private static final double GEMM_SHARE = 0.85;
  private static final double GEMV_SHARE = 0.80;
  private static final int GEMM_FROM_SIZE = 128;
  private static final int GEMM_BATCH = 32;
  private static final Map<Integer, Double> ONE_ROW =
      Map.of(64, 12.0, 128, 8.0, 256, 4.0, 512, 1.8);
  private static final Map<Integer, Double> MANY_ROWS =
      Map.of(64, 2.0, 128, 2.0, 256, 2.0, 512, 1.9);

  private final StepMatrix matrix;
  private final StepSamples samples;
  private final Ceilings ceilings;

  StepFindings(StepMatrix matrix, StepSamples samples, Ceilings ceilings) {
    this.matrix = matrix;
    this.samples = samples;
    this.ceilings = ceilings;
  }

  /** Time per row of everyone. */
  ResultTable times(Cell cell) {
    ResultTable.Builder table =
        ResultTable.titled(cell.configName() + ": µs per row").numbers("B", "H");
    matrix.runtimes().forEach(runtime -> table.numbers(runtime.title()));
    table.numbers("ONNX Runtime / SIMD, folded");
    if (matrix.runtimes().contains(SIMD_BF16)) {
      table.numbers("ONNX Runtime / SIMD, folded, bf16");
    }
    table.numbers("ONNX Runtime / SIMD");
    for (Line line : lines(cell)) {
      List<Object> row = new ArrayList<>(List.of(line.batch(), line.hiddenSize()));
      for (StepRuntime runtime : matrix.runtimes()) {
        row.add(Figures.number(samples.microsecondsPerRow(line, runtime)));
      }
      row.add(Figures.ratio(samples.ratio(line, ONNX_RUNTIME, SIMD_FOLDED)));
      if (matrix.runtimes().contains(SIMD_BF16)) {
        row.add(Figures.ratio(samples.ratio(line, ONNX_RUNTIME, SIMD_BF16)));
      }
      row.add(Figures.ratio(samples.ratio(line, ONNX_RUNTIME, SIMD)));
      table.row(row.toArray());
    }
    return table.build();
  }

  private List<Line> lines(Cell cell) {
    return matrix.lines().stream().filter(line -> line.cell() == cell).toList();
  }

  /** What the core could do, and how much of it is reached. */
  ResultTable shares(Cell cell) {
    ResultTable.Builder table =
        ResultTable.titled(
                cell.configName()
                    + ": share of the least time that the products of a step can take, by the ceilings as measured once at the beginning")
            .numbers("B", "H", "KiB of weights, folded")
            .words("bound by")
            .numbers("least µs per row, folded");
    List<StepRuntime> shown =
        matrix.runtimes().stream()
            .filter(r -> r != StepRuntime.SCALAR_FOLDED && !r.isProductsAlone())
            .toList();
    shown.forEach(runtime -> table.numbers(runtime.title()));
    for (Line line : lines(cell)) {
      boolean reading = ceilings.boundByReading(line.bytesOfHalf(), line.operationsOfHalf());
      List<Object> row =
          new ArrayList<>(
              List.of(
                  line.batch(),
                  line.hiddenSize(),
                  kibibytes(line.bytesOfHalf()),
                  reading ? "reading" : "multiply-add",
                  Figures.number(leastNanos(line, SIMD_FOLDED) / 1000 / line.batch())));
      shown.forEach(runtime -> row.add(Figures.share(share(line, runtime))));
      table.row(row.toArray());
    }
    return table.build();
  }

  private double leastNanos(Line line, StepRuntime runtime) {
    return ceilings.leastNanos(line.bytes(runtime), line.operations(runtime));
  }

  private double share(Line line, StepRuntime runtime) {
    return leastNanos(line, runtime) / samples.nanosPerStep(line, runtime);
  }

  /** Products alone, each beside the ceilings that were measured in turns with it. */
  ResultTable products(Cell cell) {
    ResultTable.Builder table =
        ResultTable.titled(
                cell.configName()
                    + ": products alone, as shares of the ceilings measured in turns with them in one process")
            .numbers("B", "H")
            .words("halves")
            .numbers(
                "KiB of weights",
                "multiply-add ceiling, GFLOP/s",
                "share of the multiply-add ceiling",
                "reading ceiling, GB/s",
                "share of the reading ceiling");
    for (Line line : lines(cell)) {
      for (StepRuntime products : productsAlone()) {
        double multiplyAdds = samples.median(line, products, Sample::floatingPointPerSecond);
        double read = samples.median(line, products, Sample::readPerSecond);
        table.row(
            line.batch(),
            line.hiddenSize(),
            halves(products),
            kibibytes(line.bytes(products)),
            Figures.number(multiplyAdds / 1e9),
            Figures.share(samples.multiplyAddShare(line, products)),
            Figures.number(read / 1e9),
            Figures.share(samples.readingShare(line, products)));
      }
    }
    return table.build();
  }

  /** Whether anything is timed besides products alone. */
  boolean hasSteps() {
    return !matrix.runtimes().stream().allMatch(StepRuntime::isProductsAlone);
  }

  /** Those of the run, the recurrent half first. */
  List<StepRuntime> productsAlone() {
    return Stream.of(RECURRENT_PRODUCT, PRODUCTS).filter(matrix.runtimes()::contains).toList();
  }

  private static String halves(StepRuntime products) {
    return products == RECURRENT_PRODUCT ? "recurrent" : "both";
  }

  private static String kibibytes(long bytes) {
    return String.format(Locale.ROOT, "%,d", bytes / 1024);
  }

  /** The ceilings themselves. */
  ResultTable ceilings() {
    ResultTable.Builder table =
        ResultTable.titled("This core's ceilings: reading an array again and again, by its size")
            .numbers("KiB", "GB/s", "bytes per multiply-add of the other ceiling");
    double multiplyAdds = ceilings.floatingPointPerSecond() / 2;
    ceilings
        .readPerSecond()
        .forEach(
            (bytes, rate) ->
                table.row(
                    kibibytes(bytes),
                    Figures.number(rate / 1e9),
                    Figures.number(rate / multiplyAdds)));
    return table.build();
  }

  List<Chart> charts() {
    List<Chart> charts = new ArrayList<>();
    for (Cell cell : matrix.cells()) {
      for (int batch : List.of(1, GEMM_BATCH)) {
        if (matrix.batches().contains(batch) && hasSteps()) {
          charts.add(times(cell, batch));
        }
      }
    }
    charts.add(
        Chart.lines("Reading, by the size of what is read", "KiB", "GB/s")
            .logarithmicX()
            .logarithmicY()
            .curve(
                "one core",
                doubles(ceilings.readPerSecond().keySet().stream().mapToDouble(b -> b / 1024.0)),
                doubles(ceilings.readPerSecond().values().stream().mapToDouble(r -> r / 1e9)))
            .build());
    return charts;
  }

  private static double[] doubles(DoubleStream values) {
    return values.toArray();
  }

  private Chart times(Cell cell, int batch) {
    Chart.Builder chart =
        Chart.lines(
                "%s, batches of %d: time per row".formatted(cell.configName(), batch), "H", "µs")
            .logarithmicX()
            .logarithmicY();
    double[] sizes = doubles(matrix.hiddenSizes().stream().mapToDouble(h -> h));
    for (StepRuntime runtime : matrix.runtimes()) {
      if (!runtime.isProductsAlone()) {
        chart.curve(
            runtime.title(),
            sizes,
            doubles(
                matrix.hiddenSizes().stream()
                    .mapToDouble(
                        h -> samples.microsecondsPerRow(new Line(cell, batch, h), runtime))));
      }
    }
    return chart.build();
  }

  List<Target> targets() {
    List<Target> targets = new ArrayList<>();
    for (Cell cell : List.of(Cell.GRU, Cell.LSTM)) {
      ratios(targets, cell, 1, ONE_ROW);
      ratios(targets, cell, GEMM_BATCH, MANY_ROWS);
    }
    for (int hiddenSize : List.of(64, 128, 256, 512)) {
      if (hiddenSize >= GEMM_FROM_SIZE) {
        targets.add(
            Target.atLeast(
                "GEMM as a share of the multiply-add ceiling, B=%d, H=%d, worst of cells and halves"
                    .formatted(GEMM_BATCH, hiddenSize),
                worst(hiddenSize, GEMM_BATCH, samples::multiplyAddShare),
                GEMM_SHARE,
                Unit.SHARE));
      }
      targets.add(
          Target.atLeast(
              "GEMV as a share of the bandwidth at the size of its weights, H=%d, worst of cells and halves"
                  .formatted(hiddenSize),
              worst(hiddenSize, 1, samples::readingShare),
              GEMV_SHARE,
              Unit.SHARE));
    }
    return targets;
  }

  private void ratios(List<Target> targets, Cell cell, int batch, Map<Integer, Double> goals) {
    for (int hiddenSize : List.of(64, 128, 256, 512)) {
      Line line = new Line(cell, batch, hiddenSize);
      targets.add(
          Target.atLeast(
              "step, %s: ONNX Runtime / Carryover, folded".formatted(line),
              samples.ratio(line, ONNX_RUNTIME, SIMD_FOLDED),
              goals.get(hiddenSize),
              Unit.TIMES));
    }
  }

  /** The least of all cells that were timed, the recurrent half alone and both. */
  private double worst(
      int hiddenSize, int batch, ToDoubleBiFunction<Line, StepRuntime> shareOfProducts) {
    return matrix.cells().stream()
        .map(cell -> new Line(cell, batch, hiddenSize))
        .flatMapToDouble(
            line ->
                productsAlone().stream()
                    .mapToDouble(products -> shareOfProducts.applyAsDouble(line, products)))
        .filter(Double::isFinite)
        .min()
        .orElse(Double.NaN);
  }

  /** What the figures say themselves about their bounds. */
  List<String> bounds() {
    List<String> bounds = new ArrayList<>();
    bounds.add(
        "The core reached %s GFLOP/s of multiply-adds in registers, %d floats in a vector."
            .formatted(Figures.number(ceilings.floatingPointPerSecond() / 1e9), ceilings.lanes()));
    for (Cell cell : matrix.cells()) {
      for (int hiddenSize : matrix.hiddenSizes()) {
        Line one = new Line(cell, 1, hiddenSize);
        Line many = new Line(cell, GEMM_BATCH, hiddenSize);
        for (StepRuntime products : productsAlone()) {
          double reading = samples.readingShare(one, products);
          double multiplyAdds = samples.multiplyAddShare(many, products);
          if (Double.isFinite(reading) && Double.isFinite(multiplyAdds)) {
            bounds.add(
                "%s, H=%d, the %s: one row reads %s KiB of weights at %s of the bandwidth at that size; %d rows run at %s of the multiply-add rate."
                    .formatted(
                        cell.configName(),
                        hiddenSize,
                        products.title(),
                        kibibytes(one.bytes(products)),
                        Figures.share(reading),
                        GEMM_BATCH,
                        Figures.share(multiplyAdds)));
          }
        }
      }
    }
    return bounds;
  }
}
