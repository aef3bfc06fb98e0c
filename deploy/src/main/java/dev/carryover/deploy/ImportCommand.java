package dev.carryover.deploy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.SequenceModel;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.runtime.verify.RecordedCases;
import dev.carryover.runtime.verify.RecordedCasesException;
import dev.carryover.runtime.verify.RecordedStep;
import dev.carryover.runtime.verify.RecordedTransduction;
import dev.carryover.runtime.verify.Recording;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code carryover import}: bare PyTorch weights and a config become a model file. */
@Command(
    name = "import",
    description = "Makes a model file of a bare PyTorch file (safetensors) and a config.")
final class ImportCommand implements Callable<Integer> {

  /** Enough to notice wrong weights, and replayed in no time at every load. */
  private static final int SELF_TEST_STEPS = 16;

  @Option(
      names = "--weights",
      required = true,
      paramLabel = "FILE",
      description = "A state_dict as .safetensors.")
  private Path weights;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The model's config as JSON.")
  private Path config;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "The model file to write.")
  private Path output;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "The model id; default: that of the config.")
  private String id;

  @Option(
      names = "--cases",
      paramLabel = "FILE",
      description = {
        "Recorded steps as for verify. They must agree with the weights, and the first "
            + SELF_TEST_STEPS
            + " of them become",
        "the self-test that every process replays before the model may serve."
      })
  private Path cases;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, RecordedCasesException, CommandException {
    ModelFile file = ModelImporter.fromFiles(weights, config);
    List<SelfTest> selfTests = new ArrayList<>(file.selfTests());
    if (cases != null) {
      if (file.config().bidirectional()) {
        throw new CommandException(
            ExitCode.BAD_INPUT,
            "--cases holds recorded steps, and %s is bidirectional and does not step; leave it out"
                .formatted(weights));
      }
      Recording recorded = Recording.read(cases);
      Verification verification = verify(file, recorded);
      if (!verification.passed()) {
        throw new CommandException(
            ExitCode.CHECK_FAILED,
            cases + " disagrees with the weights: " + verification.verdict());
      }
      selfTests.add(
          recorded instanceof RecordedTransduction transduction
              ? selfTest(Seq2SeqModel.load(file), transduction)
              : selfTest((RecordedCases) recorded));
    }
    ModelFile model = with(file, modelConfig(file), selfTests);
    if (model.config().task() == Task.SEQ2SEQ) {
      Seq2SeqModel.load(model);
    } else if (model.config().bidirectional()) {
      SequenceModel.load(model);
    } else {
      RecurrentModel.load(model);
    }
    String sha256 = ModelFileWriter.write(model, output);
    spec.commandLine().getOut().printf("%s%n%s, sha256 %s%n", model.config(), output, sha256);
    spec.commandLine().getOut().flush();
    return ExitCode.OK;
  }

  private static Verification verify(ModelFile file, Recording recorded)
      throws RecordedCasesException, CommandException {
    try {
      return Verification.of(
          file, recorded, RuntimeOptions.DEFAULTS, Verification.DEFAULT_TOLERANCE);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.BAD_INPUT, e.getMessage(), e);
    }
  }

  /**
   * Recordings of transductions hold no logits: those that the weights give are taken, once they
   * are known to agree with the recording.
   */
  private static SelfTest selfTest(Seq2SeqModel model, RecordedTransduction recorded) {
    int[] source = recorded.sourceTokens();
    int[] target =
        Arrays.copyOf(recorded.greedy(), Math.min(SELF_TEST_STEPS, recorded.greedy().length));
    return SelfTest.ofTransduction(
        source, target, model.force(model.encodeWhole(source), target).logits());
  }

  private ModelConfig modelConfig(ModelFile file) {
    if (id == null) {
      return file.config();
    }
    try {
      return file.config().toBuilder().modelId(id).build();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--id: " + e.getMessage(), e);
    }
  }

  private static ModelFile with(ModelFile file, ModelConfig config, List<SelfTest> selfTests) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    config.tensorShapes().names().forEach(name -> tensors.put(name, file.tensor(name)));
    return ModelFile.of(config, tensors, selfTests);
  }

  private SelfTest selfTest(RecordedCases recorded) throws CommandException {
    List<RecordedStep> steps =
        recorded.steps().subList(0, Math.min(SELF_TEST_STEPS, recorded.steps().size()));
    float[][] logits = new float[steps.size()][];
    float[][] features = new float[steps.size()][];
    int[] tokens = new int[steps.size()];
    for (int t = 0; t < steps.size(); t++) {
      logits[t] = steps.get(t).logits();
      features[t] = steps.get(t).features();
      tokens[t] = steps.get(t).token();
      if (logits[t] == null) {
        throw new CommandException(
            ExitCode.BAD_INPUT,
            cases + ": steps[" + t + "] has no logits; a self-test needs them, record them too");
      }
    }
    return features[0] == null
        ? SelfTest.ofTokens(tokens, logits)
        : SelfTest.ofFeatures(features, logits);
  }
}
