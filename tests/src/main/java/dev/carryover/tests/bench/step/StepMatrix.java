package dev.carryover.tests.bench.step;

import dev.carryover.model.spec.Cell;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.step.contenders.StepRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/** What is stepped: cells, hidden sizes, batches, and by whom. */
record StepMatrix(
    List<Cell> cells,
    List<Integer> hiddenSizes,
    List<Integer> batches,
    List<StepRuntime> runtimes) {
  static final SectionOption CELLS =
      new SectionOption("cells", "gru,lstm,rnn_tanh", "Cells, between commas.");
  static final SectionOption HIDDEN =
      new SectionOption("hidden", "64,128,256,512", "Hidden sizes H, between commas.");
  static final SectionOption BATCHES =
      new SectionOption("batches", "1,8,32,128", "Batches B, between commas.");
  static final SectionOption RUNTIMES =
      new SectionOption(
          "runtimes",
          "simd_folded,simd_bf16,simd,scalar_folded,onnx_runtime,libtorch,nd4j,products,recurrent_product",
          "Who steps, between commas.");

  /** A line of the table. */
  record Line(Cell cell, int batch, int hiddenSize) {
    /** Bytes of one of the two weight matrices. */
    long bytesOfHalf() {
      return (long) cell.gates() * hiddenSize * hiddenSize * Float.BYTES;
    }

    /** The same in bf16. */
    long bytesOfHalfInBf16() {
      return bytesOfHalf() / 2;
    }

    /** Operations in the product of one of them with all rows. */
    double operationsOfHalf() {
      return 2.0 * cell.gates() * hiddenSize * hiddenSize * batch;
    }

    /** Bytes of the weights that a step by a runtime reads. */
    long bytes(StepRuntime runtime) {
      return runtime == StepRuntime.SIMD_BF16
          ? bytesOfHalfInBf16()
          : runtime.halves() * bytesOfHalf();
    }

    /** Operations in the products of a step by a runtime. */
    double operations(StepRuntime runtime) {
      return runtime.halves() * operationsOfHalf();
    }

    @Override
    public String toString() {
      return "%s, B=%d, H=%d".formatted(cell.configName(), batch, hiddenSize);
    }
  }

  /** What was asked for; quick runs have fewer cells and sizes unless they are set. */
  static StepMatrix of(BenchSettings settings) {
    boolean fewer = settings.quick();
    return new StepMatrix(
        fewer && !settings.options().containsKey(CELLS.name())
            ? List.of(Cell.GRU)
            : settings.list(CELLS, "cells", name -> Cell.valueOf(upper(name))),
        fewer && !settings.options().containsKey(HIDDEN.name())
            ? List.of(64, 128, 512)
            : settings.numbers(HIDDEN),
        settings.numbers(BATCHES),
        settings.list(RUNTIMES, "runtimes", name -> StepRuntime.valueOf(upper(name))));
  }

  private static String upper(String name) {
    return name.toUpperCase(Locale.ROOT);
  }

  /** Cell by cell, batch by batch, in the order of the sizes. */
  List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    for (Cell cell : cells) {
      for (int batch : batches) {
        for (int hiddenSize : hiddenSizes) {
          lines.add(new Line(cell, batch, hiddenSize));
        }
      }
    }
    return lines;
  }

  /**
   * Bytes at which reading is measured: those of the weights of every line, of one half and of
   * both, and a curve from the first-level cache to memory.
   */
  TreeSet<Long> workingSets(boolean quick) {
    TreeSet<Long> sizes = new TreeSet<>();
    for (Line line : lines()) {
      sizes.add(line.bytesOfHalf());
      sizes.add(2 * line.bytesOfHalf());
      if (runtimes.contains(StepRuntime.SIMD_BF16)) {
        sizes.add(line.bytesOfHalfInBf16());
      }
    }
    for (long kilobytes = 16; kilobytes <= 64 * 1024; kilobytes *= quick ? 4 : 2) {
      sizes.add(kilobytes * 1024);
    }
    return sizes;
  }
}
