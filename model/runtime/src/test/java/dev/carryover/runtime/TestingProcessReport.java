package dev.carryover.runtime;

import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.TestingModels.Equations;
import dev.carryover.runtime.kernels.KernelChoice;
import java.util.Arrays;

/**
 * Prints which kernels the process gives for {@code auto}, why, what it says to {@code simd}, and
 * the results of a small workload for every cell.
 */
final class TestingProcessReport {
  private static final long SEED = 20260308L;

  private TestingProcessReport() {}

  /** Prints the report. */
  public static void main(String[] arguments) {
    System.out.println("simd: " + answer(KernelChoice.SIMD));
    System.out.println("auto: " + answer(KernelChoice.AUTO));
    System.out.println("scalar: " + answer(KernelChoice.SCALAR));
    if (arguments.length > 0) {
      results(KernelChoice.parse(arguments[0]));
    }
  }

  private static String answer(KernelChoice choice) {
    ModelFile file = TestingModels.random(Equations.GRU.nextToken(3, 2, 2).build(), SEED);
    try {
      RecurrentModel model = RecurrentModel.load(file, RuntimeOptions.DEFAULTS.withKernels(choice));
      return model.kernels() + ", " + model.kernelReason();
    } catch (IllegalStateException | IllegalArgumentException e) {
      return e.getMessage();
    }
  }

  private static void results(KernelChoice choice) {
    for (Equations equations : Equations.values()) {
      ModelFile file = TestingModels.random(equations.nextToken(40, 5, 21).build(), SEED);
      RecurrentModel model = RecurrentModel.load(file, RuntimeOptions.DEFAULTS.withKernels(choice));
      TestingWorkload workload = TestingWorkload.random(file.config(), 3, 4, SEED);
      // The decimal form of a float names it exactly.
      System.out.println(Arrays.deepToString(workload.run(model, workload.together())));
    }
  }
}
