package dev.carryover.tests.bench.decoding;

import dev.carryover.tests.bench.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Words per second of reading and decoding with a beam of {@value DecodingWorkload#BEAM}, on one
 * thread, beside libtorch. Answers are compared first; {@link #main} prints a Markdown table of
 * medians.
 */
public final class DecodingBenchmark {
  private DecodingBenchmark() {}

  /** Runs the benchmark; {@code --help} lists the options. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Run()).execute(arguments));
  }

  @Command(
      name = "DecodingBenchmark",
      mixinStandardHelpOptions = true,
      description = "Times decoding of Carryover beside a loop over steps in libtorch.")
  private static final class Run implements Callable<Integer> {
    @Spec private CommandLine.Model.CommandSpec spec;

    @Option(names = "--quick", description = "Once, for a second: a glance, not a result.")
    private boolean quick;

    @Option(
        names = "--model",
        description =
            "A seq2seq model; left out, one of random weights, all answers of which have 8 tokens.")
    private Path model;

    @Option(names = "--data", description = "Words for it: source, tab, target.")
    private Path data;

    @Option(
        names = "--words",
        defaultValue = "512",
        description = "How many words, a multiple of 32; ${DEFAULT-VALUE}.")
    private int words;

    @Option(
        names = "--batches",
        split = ",",
        defaultValue = "1,32",
        description = "Words at a time, divisors of 32; ${DEFAULT-VALUE}.")
    private List<Integer> batches;

    @Option(
        names = "--hidden",
        defaultValue = "256",
        description = "H of the random model; ${DEFAULT-VALUE}.")
    private int hiddenSize;

    @Option(
        names = "--tolerance",
        description = "Largest difference of a score that is no error; ${DEFAULT-VALUE}.")
    private double tolerance = DecodingAgreement.TOLERANCE;

    @Option(
        names = "--warm-up",
        defaultValue = "3",
        description = "CPU time before a figure, for the compiler; ${DEFAULT-VALUE} seconds.")
    private double warmUp;

    @Option(
        names = "--seconds",
        defaultValue = "3",
        description = "The least CPU time of a figure; ${DEFAULT-VALUE} seconds.")
    private double seconds;

    @Option(
        names = "--rounds",
        defaultValue = "3",
        description = "How often each is timed; ${DEFAULT-VALUE}.")
    private int rounds;

    @Override
    public Integer call() throws IOException, InterruptedException {
      check();
      if (quick) {
        warmUp = 1.5;
        seconds = 1;
        rounds = 1;
      }
      DecodingWorkload.Source source =
          new DecodingWorkload.Source(model, data, words / DecodingWorkload.BATCH, hiddenSize);
      List<List<Answer>> answers = List.of();
      for (int batch : batches) {
        answers = DecodingProcess.answers(DecodingRuntime.CARRYOVER, source, batch);
        DecodingAgreement.Comparison found =
            DecodingAgreement.require(
                answers,
                DecodingProcess.answers(DecodingRuntime.LIBTORCH, source, batch),
                tolerance);
        System.err.printf("%d words at a time: %s%n", batch, found);
      }
      Map<Integer, Map<DecodingRuntime, List<DecodingProcess.Speed>>> speeds = new TreeMap<>();
      for (int round = 1; round <= rounds; round++) {
        System.err.printf("Round %d of %d%n", round, rounds);
        for (int batch : batches) {
          for (DecodingRuntime runtime : DecodingRuntime.values()) {
            DecodingProcess.Speed speed =
                DecodingProcess.speed(runtime, source, batch, warmUp, seconds);
            System.err.printf("%d words at a time, %s: %s%n", batch, runtime, speed);
            speeds
                .computeIfAbsent(batch, b -> new EnumMap<>(DecodingRuntime.class))
                .computeIfAbsent(runtime, r -> new ArrayList<>())
                .add(speed);
          }
        }
      }
      System.out.println(Report.machine(DecodingProcess.flags()));
      System.out.println(described(source.open(), answers));
      System.out.println(table(speeds));
      return 0;
    }

    private void check() {
      if ((model == null) != (data == null)) {
        throw new ParameterException(
            spec.commandLine(), "--model and --data belong together: give both or none");
      }
      if (words < DecodingWorkload.BATCH || words % DecodingWorkload.BATCH != 0) {
        throw new ParameterException(
            spec.commandLine(), "--words is " + words + "; it is a multiple of 32");
      }
      for (int batch : batches) {
        if (batch < 1 || DecodingWorkload.BATCH % batch != 0) {
          throw new ParameterException(
              spec.commandLine(), "--batches has " + batch + "; they are divisors of 32");
        }
      }
    }

    private String described(DecodingWorkload workload, List<List<Answer>> answers) {
      return String.format(
          Locale.ROOT,
          "%s: %d words of %.1f letters, best answers of %.1f tokens",
          model == null ? "random weights" : workload.file().config().modelId(),
          answers.size(),
          workload.words().stream().mapToInt(word -> word.length).average().orElse(0),
          answers.stream().mapToInt(best -> best.get(0).tokens().length).average().orElse(0));
    }

    private static Report table(
        Map<Integer, Map<DecodingRuntime, List<DecodingProcess.Speed>>> speeds) {
      Report table =
          new Report(
              "words at a time",
              "Carryover, words/s",
              "libtorch, words/s",
              "Carryover / libtorch",
              "Carryover, wall",
              "libtorch, wall");
      speeds.forEach(
          (batch, runtimes) -> {
            List<DecodingProcess.Speed> carryover = runtimes.get(DecodingRuntime.CARRYOVER);
            List<DecodingProcess.Speed> libtorch = runtimes.get(DecodingRuntime.LIBTORCH);
            double ours = median(carryover, DecodingProcess.Speed::byCpu);
            double theirs = median(libtorch, DecodingProcess.Speed::byCpu);
            table.row(
                batch,
                words(ours),
                words(theirs),
                Report.ratio(ours / theirs),
                words(median(carryover, DecodingProcess.Speed::byWall)),
                words(median(libtorch, DecodingProcess.Speed::byWall)));
          });
      return table;
    }

    private static double median(
        List<DecodingProcess.Speed> speeds, ToDoubleFunction<DecodingProcess.Speed> clock) {
      return Report.median(speeds.stream().mapToDouble(clock).boxed().toList());
    }

    private static String words(double perSecond) {
      return String.format(Locale.ROOT, "%,.0f", perSecond);
    }
  }
}
