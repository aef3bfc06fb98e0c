package dev.carryover.tests.bench.swap;

import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.tests.bench.Report;
import dev.carryover.tests.bench.operator.OperatorModel;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a swap between two models costs the events of a job under steady load: the latency from an
 * event's due departure to its inference, in the second before the announcement and in the second
 * after it, in which the file is fetched, checked, packed and taken into use. Every event must have
 * exactly one inference; {@link #main} prints a Markdown table.
 */
public final class SwapBenchmark {
  private static final long SEED = 20261120;
  private static final int VOCABULARY = 36;
  private static final int REPLAY_LENGTH = 16;
  static final long AT_ONCE = -1;

  private SwapBenchmark() {}

  /** Runs the benchmark; {@code --help} lists the options. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Run()).execute(arguments));
  }

  /** Runs one swap; the record is checked. */
  static SwapRecord swap(
      Path folder,
      int hiddenSize,
      SwapLoad load,
      StatePolicy policy,
      long effectiveFromMs,
      int second)
      throws Exception {
    Path first = folder.resolve("first.safetensors");
    String sha256 = ModelFileWriter.write(OperatorModel.of(hiddenSize, VOCABULARY, SEED), first);
    SwapPipeline pipeline =
        new SwapPipeline(
            new ModelReference(first.toUri().toString(), sha256, 1, KernelChoice.AUTO),
            OperatorModel.defaultSettings(first),
            new ModelSettings(
                true,
                List.of(folder.toUri().toString()),
                null,
                Files.size(first) * 2,
                10_000,
                4,
                REPLAY_LENGTH,
                false,
                false));
    SwapRecord record =
        pipeline.run(load, announcement(folder, hiddenSize, policy, effectiveFromMs), second);
    record.require();
    return record;
  }

  private static ModelAnnouncement announcement(
      Path folder, int hiddenSize, StatePolicy policy, long effectiveFromMs) throws IOException {
    Path second = folder.resolve("second.safetensors");
    String sha256 =
        ModelFileWriter.write(OperatorModel.of(hiddenSize, VOCABULARY, SEED + 1), second);
    return ModelAnnouncement.newBuilder()
        .setModelId("bench")
        .setRevision(2)
        .setUri(second.toUri().toString())
        .setSha256(sha256)
        .setSizeBytes(Files.size(second))
        .setEffectiveFromMs(effectiveFromMs == AT_ONCE ? null : effectiveFromMs)
        .setStatePolicy(policy)
        .setReplayLength(policy == StatePolicy.REPLAY ? REPLAY_LENGTH : null)
        .build();
  }

  static SwapLoad load(int keys, int eventsPerSecond, int seconds) {
    ModelFile model = OperatorModel.of(8, VOCABULARY, SEED);
    return new SwapLoad(keys, OperatorModel.eventTokens(model), eventsPerSecond, seconds, SEED);
  }

  @Command(
      name = "SwapBenchmark",
      mixinStandardHelpOptions = true,
      description = "Times events of a job while its model is swapped.")
  private static final class Run implements Callable<Integer> {
    @Option(
        names = "--hidden",
        defaultValue = "256",
        description = "Hidden size of both models; ${DEFAULT-VALUE}.")
    private int hiddenSize;

    @Option(names = "--keys", defaultValue = "10000", description = "Keys; ${DEFAULT-VALUE}.")
    private int keys;

    @Option(
        names = "--rate",
        defaultValue = "50000",
        description = "Events per second; ${DEFAULT-VALUE}.")
    private int eventsPerSecond;

    @Option(
        names = "--rounds",
        defaultValue = "5",
        description = "How often each swap is made, after one untimed; ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
        names = "--second",
        defaultValue = "6",
        description = "Second of the announcement; a run lasts two more; ${DEFAULT-VALUE}.")
    private int second;

    @Override
    public Integer call() throws Exception {
      Path folder = Files.createTempDirectory("carryover-swap");
      Report table =
          new Report(
              "policy",
              "cutover",
              "p50 before",
              "p50 after",
              "p99 before",
              "p99 after",
              "p99 after / before",
              "largest after");
      try {
        for (StatePolicy policy :
            List.of(StatePolicy.CARRY, StatePolicy.RESET, StatePolicy.REPLAY)) {
          time(table, folder, policy, AT_ONCE, "at once");
        }
        long halfASecondLater = eventsPerSecond * (2L * second + 1) / 2;
        time(table, folder, StatePolicy.CARRY, halfASecondLater, "event time");
      } finally {
        for (String file : List.of("first.safetensors", "second.safetensors")) {
          Files.deleteIfExists(folder.resolve(file));
        }
        Files.deleteIfExists(folder);
      }
      System.out.println(Report.machine(ManagementFactory.getRuntimeMXBean().getInputArguments()));
      System.out.printf(
          "H = %d, %d keys, %d events per second; milliseconds, medians of %d swaps%n%n%s",
          hiddenSize, keys, eventsPerSecond, rounds, table);
      return 0;
    }

    private void time(
        Report table, Path folder, StatePolicy policy, long effectiveFromMs, String cutover)
        throws Exception {
      List<double[]> figures = new ArrayList<>();
      for (int round = 0; round <= rounds; round++) {
        System.err.printf("%s %s, round %d of %d%n", policy, cutover, round, rounds);
        SwapRecord record =
            swap(
                folder,
                hiddenSize,
                load(keys, eventsPerSecond, second + 2),
                policy,
                effectiveFromMs,
                second);
        if (round > 0) {
          double before = record.percentile(second - 1, 0.99);
          double after = record.percentile(second, 0.99);
          figures.add(
              new double[] {
                record.percentile(second - 1, 0.5),
                record.percentile(second, 0.5),
                before,
                after,
                after / before * 1e6,
                record.percentile(second, 1)
              });
        }
      }
      table.row(
          policy.name().toLowerCase(Locale.ROOT),
          cutover,
          Report.microseconds(median(figures, 0)),
          Report.microseconds(median(figures, 1)),
          Report.microseconds(median(figures, 2)),
          Report.microseconds(median(figures, 3)),
          Report.ratio(median(figures, 4)),
          Report.microseconds(median(figures, 5)));
    }

    private static double median(List<double[]> figures, int column) {
      return Report.median(figures.stream().map(row -> row[column] / 1e6).toList());
    }
  }
}
