package dev.carryover.tests.bench.operator;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.runtime.kernels.KernelChoice;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What the recurrent operator adds to a pipeline, at H = 128 and V = 36 on the heap: the pipeline
 * without a model, the pipeline with it, and the kernels alone, in turns, in one process. Answers
 * are checked first; {@link #main} prints Markdown tables of medians in µs per event.
 */
public final class OperatorBenchmark {
  private static final long SEED = 20261120;
  private static final int HIDDEN = 128;
  private static final int VOCABULARY = 36;
  private static final int CHECKED_EVENTS = 5_000;

  private OperatorBenchmark() {}

  /** Runs the benchmark; {@code --help} lists the options. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Run()).execute(arguments));
  }

  static ModelFile model() {
    return OperatorModel.of(HIDDEN, VOCABULARY, SEED);
  }

  static EventPool events(ModelFile model, int keys) {
    return new EventPool(keys, OperatorModel.eventTokens(model), SEED);
  }

  /** Pipelines of the model, which is written to {@code file}, with the job's default settings. */
  static OperatorPipelines pipelines(ModelFile model, Path file) throws Exception {
    String sha256 = ModelFileWriter.write(model, file);
    return new OperatorPipelines(
        defaultSettings(file),
        new ModelReference(file.toUri().toString(), sha256, 1, KernelChoice.AUTO),
        model.config().stateLayout().floats());
  }

  /** What a job has that sets nothing but what it must. */
  public static OperatorSettings defaultSettings(Path file) throws ConfigurationException {
    String yaml =
        """
        job.name: bench
        kafka.bootstrap-servers: unused:9092
        events.topics: events
        model.path: %s
        inferences.topic: inferences
        dead-letters.topic: dead-letters
        """
            .formatted(file);
    return OperatorSettings.from(JobConfiguration.parse(yaml, "the benchmark"));
  }

  @Command(
      name = "OperatorBenchmark",
      mixinStandardHelpOptions = true,
      description = "Times what the recurrent operator adds to a pipeline without a model.")
  private static final class Run implements Callable<Integer> {
    @Option(names = "--quick", description = "Few events, once: a glance, not a result.")
    private boolean quick;

    @Option(
        names = "--keys",
        split = ",",
        defaultValue = "1000,50000",
        description = "Numbers of keys; ${DEFAULT-VALUE}.")
    private List<Integer> keyCounts;

    @Option(
        names = "--events",
        defaultValue = "1000000",
        description = "Timed events of a run, after half as many untimed; ${DEFAULT-VALUE}.")
    private long events;

    @Option(
        names = "--rounds",
        defaultValue = "7",
        description = "Timed runs of each, after one untimed; ${DEFAULT-VALUE}.")
    private int rounds;

    @Override
    public Integer call() throws Exception {
      if (quick) {
        events = 300_000;
        rounds = 3;
      }
      Path folder = Files.createTempDirectory("carryover-bench");
      Path file = folder.resolve("bench.safetensors");
      try {
        ModelFile model = model();
        OperatorPipelines pipelines = pipelines(model, file);
        KernelLoop kernels = new KernelLoop(model);
        Report table =
            new Report(
                "keys",
                "clock",
                "without a model (a)",
                "with the model (b)",
                "kernels alone, B = 32 (c)",
                "added (b - a)",
                "(b - a) / c");
        for (int keys : keyCounts) {
          EventPool pool = events(model, keys);
          OperatorAgreement.require(pipelines, model, pool, CHECKED_EVENTS);
          time(pipelines, kernels, pool, keys, table);
        }
        System.out.println(
            Report.machine(ManagementFactory.getRuntimeMXBean().getInputArguments()));
        System.out.println(kernels.kernels() + "\n\n" + table);
      } finally {
        Files.deleteIfExists(file);
        Files.deleteIfExists(folder);
      }
      return 0;
    }

    private void time(
        OperatorPipelines pipelines, KernelLoop kernels, EventPool pool, int keys, Report table)
        throws Exception {
      List<TaskClock.Reading> without = new ArrayList<>();
      List<TaskClock.Reading> with = new ArrayList<>();
      List<TaskClock.Reading> alone = new ArrayList<>();
      long first = events / 2;
      long last = first + events;
      for (int round = 0; round <= rounds; round++) {
        System.err.printf("%d keys, round %d of %d%n", keys, round, rounds);
        TaskClock.Reading a = pipelines.withoutModel(pool, first, last);
        TaskClock.Reading b = pipelines.withModel(pool, first, last);
        TaskClock.Reading c = kernels.run(events);
        if (round > 0) {
          without.add(a);
          with.add(b);
          alone.add(c);
        }
      }
      row(table, keys, "CPU", TaskClock.Reading::cpuNanos, without, with, alone);
      row(table, keys, "wall", TaskClock.Reading::wallNanos, without, with, alone);
    }

    private static void row(
        Report table,
        int keys,
        String clock,
        ToDoubleFunction<TaskClock.Reading> nanos,
        List<TaskClock.Reading> without,
        List<TaskClock.Reading> with,
        List<TaskClock.Reading> alone) {
      double a = median(without, nanos);
      double b = median(with, nanos);
      double c = median(alone, nanos);
      table.row(
          keys,
          clock,
          Report.microseconds(a),
          Report.microseconds(b),
          Report.microseconds(c),
          Report.microseconds(b - a),
          Report.ratio((b - a) / c));
    }

    private static double median(
        List<TaskClock.Reading> readings, ToDoubleFunction<TaskClock.Reading> nanos) {
      return Report.median(readings.stream().mapToDouble(nanos).boxed().toList()) / 1000;
    }
  }
}
