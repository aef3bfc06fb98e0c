package dev.carryover.deploy;

import dev.carryover.deploy.words.DictionaryWord;
import dev.carryover.deploy.words.PronouncingDictionary;
import dev.carryover.deploy.words.WordModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code carryover demo models}: makes the two model files of the demo again. It trains and
 * measures with the commands {@code train} and {@code evaluate}, and prints them.
 */
@Command(
    name = "models",
    description = {
      "Trains both model files of the demo again, and measures them.",
      "It learns from the training words of the dictionary alone and measures on its test words, and",
      "leaves them as train.tsv and test.tsv.",
      "The same recipes give the same bytes. It takes about a quarter of an hour on two cores."
    })
final class DemoModelsCommand implements Callable<Integer> {

  private static final long SEED = 1;
  private static final String BEAM_WIDTH = "4";

  @Option(
      names = "--output",
      defaultValue = "pronunciation",
      paramLabel = "DIR",
      description = "Where words and models are left; default: ${DEFAULT-VALUE}.")
  private Path output;

  @Option(
      names = "--recipes",
      paramLabel = "DIR",
      description =
          "The folder of pronunciation-plain.train.yaml and pronunciation.train.yaml; default: deploy/examples.")
  private Optional<Path> recipes;

  @Option(
      names = "--words",
      paramLabel = "N",
      description = "Train on N words only, and measure on N at most, to try it out.")
  private Optional<Integer> limit;

  @Option(names = "--resume", description = "Go on where training into the folder was stopped.")
  private boolean resume;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    DemoCommand.refuseOptionsBefore(spec);
    int words = limit.orElse(Integer.MAX_VALUE);
    if (words < 1) {
      throw new ParameterException(
          spec.commandLine(), "--words is " + words + "; allowed is at least 1");
    }
    Path folder = recipes();
    PronouncingDictionary dictionary = PronouncingDictionary.read();
    Path train = write(dictionary.training(), "training", words, "train.tsv");
    Path test = write(dictionary.test(), "test", words, "test.tsv");
    for (WordModel model : WordModel.values()) {
      Path run = model.run(output);
      List<Object> arguments =
          new ArrayList<>(
              List.of("train", "--config", folder.resolve(model.recipe()), "--data", train));
      arguments.addAll(List.of("--output", run));
      if (resume && Files.isDirectory(run)) {
        arguments.add("--resume");
      }
      int exitCode = execute(arguments);
      if (exitCode != ExitCode.OK) {
        return exitCode;
      }
    }
    for (WordModel model : WordModel.values()) {
      int exitCode =
          execute(
              List.of(
                  "evaluate", "--model", model.file(output), "--data", test, "--beam", BEAM_WIDTH));
      if (exitCode != ExitCode.OK) {
        return exitCode;
      }
    }
    conclude();
    return ExitCode.OK;
  }

  private Path recipes() throws CommandException {
    String root = System.getProperty("carryover.root");
    if (recipes.isEmpty() && root == null) {
      throw new CommandException(
          ExitCode.BAD_INPUT,
          "it is not known where the sources are; start with deploy/carryover, or give --recipes");
    }
    return recipes.orElseGet(() -> Path.of(root).resolve("deploy").resolve("examples"));
  }

  private Path write(List<DictionaryWord> words, String what, int limit, String name)
      throws IOException {
    List<DictionaryWord> written =
        limit < words.size() ? PronouncingDictionary.sample(words, limit, SEED) : words;
    Path file = Files.createDirectories(output).resolve(name);
    PronouncingDictionary.write(written, file);
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "%-10s %,d %s words%n", file.getFileName(), written.size(), what);
    out.flush();
    return file;
  }

  /** Runs a command as if it were typed, and shows it. */
  private int execute(List<Object> arguments) {
    String[] typed = arguments.stream().map(Object::toString).toArray(String[]::new);
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%n$ deploy/carryover %s%n", String.join(" ", Arrays.asList(typed)));
    out.flush();
    CommandLine command = Carryover.commandLine().setOut(out).setErr(spec.commandLine().getErr());
    return command.execute(typed);
  }

  private void conclude() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    long bytes = 0;
    out.println();
    for (WordModel model : WordModel.values()) {
      long size = Files.size(model.file(output));
      bytes += size;
      out.printf(Locale.ROOT, "%-10s %s, %,d bytes%n", model, model.file(output), size);
    }
    out.printf(Locale.ROOT, "%-10s %,d bytes%n", "together", bytes);
    out.flush();
  }
}
