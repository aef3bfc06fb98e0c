package dev.carryover.deploy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.training.report.StateTrace;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code carryover trace}: the hidden state and the gates of a model, token by token. */
@Command(
    name = "trace",
    description = {
      "Reads tokens with a model, prints its hidden state after each of them,",
      "and draws the states and gates of all layers."
    })
final class TraceCommand implements Callable<Integer> {

  @Option(names = "--model", required = true, paramLabel = "FILE", description = "A model file.")
  private Path model;

  @Option(
      names = "--tokens",
      required = true,
      paramLabel = "TEXT",
      description = "The tokens, with blanks between them.")
  private String tokens;

  @Option(
      names = "--characters",
      description = "Every character of the text is a token, blanks too.")
  private boolean characters;

  @Option(names = "--gates", description = "Print cell states and gates too.")
  private boolean gates;

  @Option(
      names = "--width",
      defaultValue = "64",
      paramLabel = "N",
      description = "The most characters for the units of a layer; default: ${DEFAULT-VALUE}.")
  private int width;

  @Option(names = "--output", paramLabel = "FILE", description = "A PNG to draw.")
  private Path output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    ModelFile file = ModelFileReader.read(model);
    StateTrace trace;
    String text;
    try {
      trace = StateTrace.ofTokens(file, tokens());
      text = gates ? trace.toTextWithGates(width) : trace.toText(width);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    if (output != null) {
      trace.writePng(output);
      out.printf("%nDrawn in %s%n", output);
    }
    out.flush();
    return ExitCode.OK;
  }

  private List<String> tokens() {
    if (characters) {
      return tokens.codePoints().mapToObj(Character::toString).toList();
    }
    return tokens.isBlank() ? List.of() : Arrays.asList(tokens.strip().split("\\s+"));
  }
}
