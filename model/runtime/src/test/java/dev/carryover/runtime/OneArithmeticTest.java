package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.TestingModels.Equations;
import dev.carryover.runtime.TestingWorkload.Arrangement;
import dev.carryover.runtime.TestingWorkload.RowResult;
import dev.carryover.runtime.kernels.KernelProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A row's results have the same bits in every batch, on every thread and from every kernel. The
 * measure is the specification: scalar kernels, every row alone, embeddings folded.
 */
class OneArithmeticTest {
  private static final long SEED = 20260302L;
  private static final int KEYS = 13;
  private static final int STEPS = 3;
  private static final int THREADS = 4;

  /** Sizes that fill vectors, panels and half panels, and that leave one or many columns over. */
  static Stream<Arguments> shapes() {
    List<int[]> shapes = new ArrayList<>();
    for (int hidden : new int[] {1, 3, 7, 8, 13, 16, 31, 64, 100, 207}) {
      shapes.add(new int[] {hidden, 1});
    }
    for (int hidden : new int[] {7, 31, 64}) {
      shapes.add(new int[] {hidden, 2});
    }
    for (int hidden : new int[] {1, 13, 100}) {
      shapes.add(new int[] {hidden, 3});
    }
    return Stream.of(Equations.values())
        .flatMap(
            equations -> shapes.stream().map(shape -> Arguments.of(equations, shape[0], shape[1])));
  }

  @ParameterizedTest(name = "{0}, H = {1}, L = {2}")
  @MethodSource("shapes")
  void nextTokenModelsGiveTheSameBitsInEveryArrangement(
      Equations equations, int hidden, int layers) {
    // Vocabularies of less than a half panel, of a panel and a half, and of more than two panels.
    int vocabulary = new int[] {5, 70, 150}[hidden % 3];
    int embedding = new int[] {1, 17, 40}[(hidden + layers) % 3];
    checkEveryArrangement(
        TestingModels.random(
            equations
                .nextToken(vocabulary, embedding, hidden)
                .layers(layers)
                .bias(hidden % 2 == 1)
                .build(),
            SEED + hidden));
  }

  @ParameterizedTest
  @EnumSource
  void featureModelsGiveTheSameBitsInEveryArrangement(Equations equations) {
    for (int hidden : new int[] {1, 13, 64}) {
      for (Task task : new Task[] {Task.CLASSIFY, Task.REGRESS}) {
        ModelConfig config =
            equations.features(hidden + 2, hidden).task(task).outputSize(3).layers(2).build();
        checkEveryArrangement(TestingModels.random(config, SEED + hidden));
      }
    }
  }

  /**
   * Micro-batches of one part and one row more, of whole parts, and of many with a larger last one.
   */
  @ParameterizedTest
  @EnumSource
  void largeMicroBatchesGiveTheSameBitsInEveryArrangement(Equations equations) {
    ModelConfig tokens = equations.nextToken(9, 5, 13).layers(2).build();
    ModelConfig features = equations.features(3, 31).task(Task.CLASSIFY).outputSize(2).build();
    for (int keys : new int[] {96, 97, 128, 161, 300}) {
      checkEveryArrangement(TestingModels.random(tokens, SEED), keys, 2);
      checkEveryArrangement(TestingModels.random(features, SEED), keys, 2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void tokenClassifiersGiveTheSameBitsInEveryArrangement(Equations equations) {
    ModelConfig config = equations.tokens(9, 6, 31).task(Task.CLASSIFY).outputSize(1).build();
    checkEveryArrangement(TestingModels.random(config, SEED));
  }

  private static void checkEveryArrangement(ModelFile file) {
    checkEveryArrangement(file, KEYS, STEPS);
  }

  private static void checkEveryArrangement(ModelFile file, int keys, int steps) {
    TestingWorkload workload = TestingWorkload.random(file.config(), keys, steps, SEED);
    RowResult[][] specified = specified(file, workload);
    for (KernelProvider.Selection kernels : TestingKernels.all()) {
      for (long budget : new long[] {TestingKernels.FOLDED, TestingKernels.UNFOLDED}) {
        RecurrentModel model = RecurrentModel.load(file, kernels, budget);
        String what = "%s on %s, budget %d".formatted(file.config(), model.kernels(), budget);
        check(workload, model, workload.alone(), specified, what + ", alone");
        check(workload, model, workload.together(), specified, what + ", together");
        check(workload, model, workload.shuffled(SEED), specified, what + ", shuffled");
      }
    }
  }

  private static RowResult[][] specified(ModelFile file, TestingWorkload workload) {
    RecurrentModel model =
        RecurrentModel.load(file, TestingKernels.scalar(), TestingKernels.FOLDED);
    return workload.run(model, workload.alone());
  }

  private static void check(
      TestingWorkload workload,
      RecurrentModel model,
      Arrangement arrangement,
      RowResult[][] specified,
      String what) {
    assertSame(workload.run(model, arrangement), specified, what);
  }

  private static void assertSame(RowResult[][] actual, RowResult[][] specified, String what) {
    for (int key = 0; key < specified.length; key++) {
      for (int step = 0; step < specified[key].length; step++) {
        assertThat(actual[key][step].difference(specified[key][step]))
            .as("seed=%d, %s, key %d, step %d", SEED, what, key, step)
            .isNull();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void threadsThatShareAModelGiveTheSameBits(Equations equations) throws Exception {
    ModelFile file = TestingModels.random(equations.nextToken(70, 17, 31).layers(2).build(), SEED);
    TestingWorkload workload = TestingWorkload.random(file.config(), KEYS, 20, SEED);
    RowResult[][] specified = specified(file, workload);
    RecurrentModel shared = RecurrentModel.load(file);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Callable<RowResult[][]>> runs = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        Arrangement arrangement = workload.shuffled(SEED + thread);
        runs.add(() -> workload.run(shared, arrangement));
      }
      for (Future<RowResult[][]> run : threads.invokeAll(runs)) {
        assertSame(run.get(), specified, equations + " on shared threads");
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
