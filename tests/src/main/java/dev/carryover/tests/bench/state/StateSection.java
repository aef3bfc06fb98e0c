package dev.carryover.tests.bench.state;

import dev.carryover.tests.bench.pipeline.BenchModel;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.Figures;
import dev.carryover.tests.bench.section.Progress;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.section.SectionOption;
import dev.carryover.tests.bench.section.SectionResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.apache.flink.util.FileUtils;

/** What the hidden states of many keys take in checkpoints and savepoints, and how long. */
public final class StateSection implements Section {
  private static final SectionOption KEYS =
      new SectionOption("keys", "1000000", "Keys; a tenth with --quick.");
  private static final SectionOption HIDDEN =
      new SectionOption("hidden", "128", "Hidden size of the GRU.");
  private static final SectionOption CHANGED =
      new SectionOption(
          "changed-percent", "1", "Keys that change between two checkpoints, at most 50.");

  /** The section. */
  public StateSection() {}

  @Override
  public String name() {
    return "state";
  }

  @Override
  public String title() {
    return "State: savepoints, checkpoints, restore";
  }

  @Override
  public List<String> jvmFlags() {
    return List.of("-Xmx4g", "-XX:+UseParallelGC");
  }

  @Override
  public List<SectionOption> options() {
    return List.of(KEYS, HIDDEN, CHANGED);
  }

  @Override
  public SectionResult run(BenchSettings settings, Progress progress) throws Exception {
    int keys = (int) settings.number(KEYS) / (settings.quick() ? 10 : 1);
    int changed = (int) (keys * settings.number(CHANGED) / 100);
    int rounds = settings.roundsOr(1);
    progress.expect(rounds * Backend.values().length);
    Map<Backend, List<StateReading>> readings = new EnumMap<>(Backend.class);
    Map<String, String> facts = new LinkedHashMap<>();
    for (int round = 1; round <= rounds; round++) {
      for (Backend backend : Backend.values()) {
        progress.step(
            "%,d keys, %s, round %d of %d".formatted(keys, backend.words(), round, rounds));
        Path folder = Files.createTempDirectory("carryover-state");
        try {
          BenchModel model = BenchModel.write((int) settings.number(HIDDEN), folder);
          facts.put("floats of a key", Integer.toString(model.stateFloats()));
          readings
              .computeIfAbsent(backend, any -> new ArrayList<>())
              .add(new StateRun(folder, model, keys, changed).run(backend));
        } finally {
          FileUtils.deleteDirectoryQuietly(folder.toFile());
        }
      }
    }
    return result(settings, keys, changed, facts, readings);
  }

  private static SectionResult result(
      BenchSettings settings,
      int keys,
      int changed,
      Map<String, String> facts,
      Map<Backend, List<StateReading>> readings) {
    ResultTable.Builder bytes =
        ResultTable.titled("Bytes per key, and MB in all")
            .words("backend")
            .numbers(
                "savepoint, bytes per key",
                "checkpoint, bytes per key",
                "savepoint, MB",
                "checkpoint, MB",
                "written for the next checkpoint, MB");
    ResultTable.Builder times =
        ResultTable.titled("Seconds")
            .words("backend")
            .numbers(
                "checkpoint",
                "next checkpoint",
                "savepoint",
                "restore from the checkpoint",
                "restore from the savepoint");
    readings.forEach(
        (backend, list) -> {
          double savepoint = median(list, StateReading::savepointBytes);
          double checkpoint = median(list, reading -> reading.first().stateBytes());
          bytes.row(
              backend.words(),
              Figures.number(savepoint / keys),
              Figures.number(checkpoint / keys),
              Figures.number(savepoint / 1e6),
              Figures.number(checkpoint / 1e6),
              Figures.number(median(list, reading -> reading.next().writtenBytes()) / 1e6));
          times.row(
              backend.words(),
              seconds(list, reading -> reading.first().millis()),
              seconds(list, reading -> reading.next().millis()),
              seconds(list, StateReading::savepointMillis),
              seconds(list, StateReading::fromCheckpointMillis),
              seconds(list, StateReading::fromSavepointMillis));
        });
    SectionResult.Builder result =
        SectionResult.builder()
            .method(
                ("GRU, H = %s, %,d keys of three events each, from a Kafka topic; parallelism 1, checkpoints on the local disk. The first checkpoint holds all"
                        + " keys and finds nothing that was written before; then %,d keys get an event more, and the next checkpoint is taken, and a canonical"
                        + " savepoint. Restore: from the start of the operator's task until it takes events, model and all.")
                    .formatted(settings.text(HIDDEN), keys, changed))
            .method(
                "The job writes at least once, so that no checkpoint is needed to see its answers. Every event must have its inference; after a restore keys that"
                    + " only the snapshot holds get an event more, and must answer with the bits of a plain loop over all their events.")
            .table(bytes.build())
            .table(times.build());
    facts.forEach(result::fact);
    readings.forEach((backend, list) -> result.raw(backend.words(), list));
    return result.build();
  }

  private static String seconds(
      List<StateReading> readings, ToDoubleFunction<StateReading> millis) {
    return Figures.number(median(readings, millis) / 1e3);
  }

  private static double median(List<StateReading> readings, ToDoubleFunction<StateReading> figure) {
    return Figures.median(readings.stream().mapToDouble(figure).boxed().toList());
  }
}
