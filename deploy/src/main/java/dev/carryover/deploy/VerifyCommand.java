package dev.carryover.deploy;

import dev.carryover.model.file.ModelConfigReader;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.verify.RecordedCasesException;
import dev.carryover.runtime.verify.Recording;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code carryover verify}: replays recorded outputs of another implementation, layer by layer. */
@Command(
    name = "verify",
    description = {
      "Replays recorded steps on a model and prints the largest error of every layer; of a seq2seq",
      "model: encoder, log-probabilities, attention, and what greedy and beam search write.",
      "Exit code 1 when it is above the tolerance."
    })
final class VerifyCommand implements Callable<Integer> {

  @ArgGroup(multiplicity = "1")
  private Source source;

  private static final class Source {
    @Option(names = "--model", paramLabel = "FILE", description = "A model file.")
    private Path model;

    @Option(
        names = "--weights",
        paramLabel = "FILE",
        description = "A bare PyTorch file (safetensors) whose config is in the cases.")
    private Path weights;
  }

  @Option(
      names = "--cases",
      required = true,
      paramLabel = "FILE",
      description =
          "JSON with a config and recorded steps: inputs, logits, log_softmax, state; or a source"
              + " with greedy and beam.")
  private Path cases;

  @Option(
      names = "--kernels",
      defaultValue = "auto",
      paramLabel = "NAME",
      converter = KernelsConverter.class,
      description = "auto, scalar or simd; default: ${DEFAULT-VALUE}.")
  private KernelChoice kernels;

  @Option(
      names = "--tolerance",
      defaultValue = "" + Verification.DEFAULT_TOLERANCE,
      paramLabel = "X",
      description =
          "Largest error, relative to the largest value of a vector; default: ${DEFAULT-VALUE}.")
  private double tolerance;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, RecordedCasesException, CommandException {
    if (!(tolerance >= 0 && Double.isFinite(tolerance))) {
      throw new ParameterException(
          spec.commandLine(),
          "--tolerance is " + tolerance + "; allowed is a number of at least 0");
    }
    Recording recorded = Recording.read(cases);
    ModelFile file =
        source.model != null
            ? ModelFileReader.read(source.model)
            : ModelImporter.fromWeights(
                source.weights, ModelConfigReader.read(recorded.configJson(), cases + ": config"));
    Verification verification = verify(file, recorded);
    PrintWriter out = spec.commandLine().getOut();
    out.println(file.config());
    out.print(verification.table());
    out.println(verification.verdict());
    out.flush();
    return verification.passed() ? ExitCode.OK : ExitCode.CHECK_FAILED;
  }

  private Verification verify(ModelFile file, Recording recorded)
      throws RecordedCasesException, CommandException {
    try {
      return Verification.of(
          file, recorded, RuntimeOptions.DEFAULTS.withKernels(kernels), tolerance);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.BAD_INPUT, e.getMessage(), e);
    } catch (IllegalStateException e) {
      throw new ParameterException(spec.commandLine(), "--kernels: " + e.getMessage(), e);
    }
  }
}
