package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelConfigReader;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.StateLayout;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.verify.RecordedCases;
import dev.carryover.runtime.verify.RecordedStep;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What PyTorch recorded of the reference models, on the specification and on vectors of every
 * width: the state of every layer, the head's output, and the scores of every token.
 */
class RecordedModelsTest {
  private static final double TOLERANCE = 1e-5;
  private static final int BLOCKS = 200;

  static Stream<KernelProvider.Selection> kernels() {
    return TestingKernels.all().stream();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void everyRecordedStepIsReproducedLayerByLayer(KernelProvider.Selection kernels)
      throws Exception {
    Path golden = ReferenceData.require("golden");
    List<Path> cases;
    try (Stream<Path> files = Files.list(golden)) {
      cases = files.filter(RecordedModelsTest::isRecordingOfSteps).sorted().toList();
    }
    assertThat(cases).isNotEmpty();
    for (Path file : cases) {
      RecordedCases recorded = RecordedCases.read(file);
      ModelConfig config = ModelConfigReader.read(recorded.configJson(), file.toString());
      Path weights = Path.of(file.toString().replace(".json", ".safetensors"));
      ModelFile model = ModelImporter.fromWeights(weights, config);
      replay(file, RecurrentModel.load(model, kernels, TestingKernels.FOLDED), recorded.steps());
    }
  }

  private static boolean isRecordingOfSteps(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".json") && !name.startsWith("seq2seq_");
  }

  private static void replay(Path file, RecurrentModel model, List<RecordedStep> steps) {
    StateLayout layout = model.stateLayout();
    Session session = model.newSession(1);
    float[] state = new float[layout.floats()];
    float[] output = new float[model.config().outputSize()];
    for (int t = 0; t < steps.size(); t++) {
      RecordedStep step = steps.get(t);
      session.clear();
      if (step.features() == null) {
        session.addToken(state, step.token());
      } else {
        session.addFeatures(state, step.features());
      }
      session.run();
      session.readState(0, state);
      session.readOutput(0, output);
      String where = "%s on %s, step %d, ".formatted(file, model.kernels(), t);
      assertThat(step.state()).as(where + "layers").hasSize(layout.layers());
      for (int layer = 0; layer < layout.layers(); layer++) {
        RecordedStep.Layer recorded = step.state().get(layer);
        assertClose(recorded.h(), state, layout.hOffset(layer), where + "h of layer " + layer);
        if (layout.vectors() == 2) {
          assertClose(recorded.c(), state, layout.cOffset(layer), where + "c of layer " + layer);
        }
      }
      assertClose(step.logits(), output, 0, where + "logits");
      if (model.config().task() == Task.NEXT_TOKEN) {
        assertClose(step.logSoftmax(), logProbabilities(model, state), 0, where + "log_softmax");
      }
    }
  }

  /** Minus the surprisal of every token on a state: the path on which events are scored. */
  private static float[] logProbabilities(RecurrentModel model, float[] state) {
    int tokens = model.config().vocabulary().size();
    Session session = model.newSession(tokens);
    for (int token = 0; token < tokens; token++) {
      session.addToken(state, token);
    }
    session.run();
    float[] result = new float[tokens];
    for (int token = 0; token < tokens; token++) {
      result[token] = -session.surprisal(token);
    }
    return result;
  }

  private static void assertClose(float[] recorded, float[] actual, int offset, String what) {
    double scale = 0;
    double error = 0;
    for (int i = 0; i < recorded.length; i++) {
      scale = Math.max(scale, Math.abs(recorded[i]));
      error = Math.max(error, Math.abs((double) recorded[i] - actual[offset + i]));
    }
    assertThat(error).as(what).isLessThanOrEqualTo(TOLERANCE * scale);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void blocksOfTheHdfsLogAreScoredAsPyTorchScoresThem(KernelProvider.Selection kernels)
      throws Exception {
    Path expected = ReferenceData.require("models/hdfs-gru64.expected.tsv");
    Path stream = ReferenceData.require("data/hdfs/stream.tsv");
    ModelFile file =
        ModelImporter.fromFiles(
            ReferenceData.require("models/hdfs-gru64.safetensors"),
            ReferenceData.require("models/hdfs-gru64.config.json"));
    RecurrentModel model = RecurrentModel.load(file, kernels, TestingKernels.FOLDED);
    Map<String, List<Integer>> blocks = blocks(stream, file.config());
    List<Verdict> verdicts = new ArrayList<>();
    blocks.forEach((block, tokens) -> verdicts.add(new Verdict(model, block, tokens)));
    scoreTogether(model, verdicts);
    Map<String, String[]> rows = rows(expected);
    for (Verdict verdict : verdicts) {
      verdict.assertIs(rows.get(verdict.block));
    }
  }

  /** The tokens of the first blocks of the log, in their order, with the end token at the end. */
  private static Map<String, List<Integer>> blocks(Path stream, ModelConfig config)
      throws IOException {
    Map<String, List<Integer>> blocks = new LinkedHashMap<>();
    try (BufferedReader lines = Files.newBufferedReader(stream)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] fields = line.split("\\t");
        if (blocks.size() < BLOCKS || blocks.containsKey(fields[1])) {
          int id = config.vocabulary().id(fields[2]);
          blocks
              .computeIfAbsent(fields[1], block -> new ArrayList<>())
              .add(id < 0 ? config.vocabulary().unknownId() : id);
        }
      }
    }
    blocks.values().forEach(tokens -> tokens.add(config.vocabulary().endId()));
    return blocks;
  }

  private static Map<String, String[]> rows(Path expected) throws IOException {
    Map<String, String[]> rows = new LinkedHashMap<>();
    for (String line : Files.readAllLines(expected)) {
      String[] fields = line.split("\\t");
      rows.put(fields[0], fields);
    }
    return rows;
  }

  /** One micro-batch per step, of all blocks that still have an event. */
  private static void scoreTogether(RecurrentModel model, List<Verdict> verdicts) {
    Session session = model.newSession(verdicts.size());
    for (int step = 0; ; step++) {
      int now = step;
      List<Verdict> running = verdicts.stream().filter(v -> now < v.tokens.size()).toList();
      if (running.isEmpty()) {
        return;
      }
      session.clear();
      running.forEach(verdict -> session.addToken(verdict.state, verdict.tokens.get(now)));
      session.run();
      for (int row = 0; row < running.size(); row++) {
        running.get(row).add(session, row);
      }
    }
  }

  /** What a block's events add up to: block, steps, worst rank, sum and maximum of surprisal. */
  private static final class Verdict {
    private final String block;
    private final List<Integer> tokens;
    private final float[] state;
    private int steps;
    private int worstRank;
    private double sum;
    private double worst;

    Verdict(RecurrentModel model, String block, List<Integer> tokens) {
      this.block = block;
      this.tokens = tokens;
      this.state = model.newState();
    }

    void add(Session session, int row) {
      steps++;
      worstRank = Math.max(worstRank, session.rank(row));
      sum += session.surprisal(row);
      worst = Math.max(worst, session.surprisal(row));
      session.readState(row, state);
    }

    void assertIs(String[] row) {
      assertThat(row).as("expected row of %s", block).isNotNull();
      assertThat(steps).as("steps of %s", block).isEqualTo(Integer.parseInt(row[1]));
      assertThat(worstRank).as("rank of %s", block).isEqualTo(Integer.parseInt(row[2]));
      Offset<Double> within = Offset.offset(1e-3);
      assertThat(sum).as("sum of %s", block).isCloseTo(Double.parseDouble(row[3]), within);
      assertThat(worst).as("maximum of %s", block).isCloseTo(Double.parseDouble(row[4]), within);
    }
  }
}
