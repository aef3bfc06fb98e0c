package dev.carryover.deploy;

import dev.carryover.deploy.lessons.Lesson;
import dev.carryover.deploy.lessons.LessonRun;
import dev.carryover.deploy.training.TrainingRecipe;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.training.trainer.TrainingException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code carryover lesson}: what attention, scheduled sampling and beams are good for, measured.
 */
@Command(
    name = "lesson",
    description = {
      "Trains small seq2seq models here and now, and shows by measurement what attention,",
      "scheduled sampling and beams are good for: tables, and a report with plots for each lesson."
    })
final class LessonCommand implements Callable<Integer> {

  private static final String ALL = "all";

  @Parameters(
      paramLabel = "LESSON",
      description = {
        "reversal: sequences backwards, with attention and without, by their length.",
        "sampling: teacher forcing and scheduled sampling, by the loss and running free.",
        "beams: greedy search and beams of 2 to 16, with length penalties.",
        "words: the pairs of --data, with attention and without, by their length.",
        "all: every one of them; words if there is --data."
      })
  private String lesson;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Where everything is left, in a folder for each lesson.")
  private Path output;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A recipe in the place of deploy/examples/lesson-LESSON.train.yaml; of one lesson.")
  private Path config;

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Files of pairs, source TAB target: words learns from them; sampling and beams, given"
              + " alone, take them in the place of pairs that are made up.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "Of beams, a model file in the place of a model that is trained.")
  private Path model;

  @Option(names = "--seed", paramLabel = "N", description = "A seed in the place of the recipes'.")
  private Long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "How many threads train, in the place of the recipes'.")
  private Integer threads;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    List<Lesson> lessons = lessons();
    for (Lesson one : lessons) {
      checkEmpty(output.resolve(one.label()));
    }
    PrintWriter out = spec.commandLine().getOut();
    OrderlyStop stop = OrderlyStop.await();
    try {
      for (Lesson one : lessons) {
        give(one, out);
      }
      if (ALL.equals(lesson) && files.isEmpty()) {
        out.printf(
            "%nThe lesson words is left out: it learns from pairs, and there is no --data.%n");
      }
    } catch (InterruptedException e) {
      out.printf("%nThe lesson is over: %s.%n", e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.BAD_INPUT, e.getMessage(), e);
    } finally {
      out.flush();
      stop.close();
    }
    return ExitCode.OK;
  }

  private void give(Lesson one, PrintWriter out)
      throws IOException, TrainingException, InterruptedException {
    TrainingRecipe recipe = recipe(one);
    Optional<ModelFile> given =
        one == Lesson.BEAMS && model != null
            ? Optional.of(ModelFileReader.read(model))
            : Optional.empty();
    boolean reads = one == Lesson.WORDS || (one.takesFiles() && !ALL.equals(lesson));
    out.printf("%nLesson     %s%n", one.label());
    out.flush();
    one.run(
        new LessonRun(recipe, reads ? files : List.of(), given, output.resolve(one.label()), out));
  }

  private static void checkEmpty(Path folder) throws CommandException {
    String[] names = folder.toFile().list();
    if (names != null && names.length > 0) {
      throw new CommandException(
          ExitCode.BAD_INPUT,
          "%s holds a lesson already (%d files and folders); remove it, or name another --output"
              .formatted(folder, names.length),
          null);
    }
  }

  private TrainingRecipe recipe(Lesson one) throws IOException {
    Path file =
        config != null
            ? config
            : one.recipe(Path.of(System.getProperty("carryover.root", "")).toAbsolutePath());
    TrainingRecipe read = TrainingRecipe.read(file);
    TrainingRecipe seeded = seed == null ? read : read.withSeed(seed);
    return threads == null ? seeded : seeded.withThreads(threads);
  }

  private List<Lesson> lessons() {
    List<Lesson> chosen =
        Arrays.stream(Lesson.values())
            .filter(one -> ALL.equals(lesson) || one.label().equals(lesson))
            .filter(one -> one != Lesson.WORDS || !ALL.equals(lesson) || !files.isEmpty())
            .toList();
    if (chosen.isEmpty()) {
      throw refused(
          "there is no lesson '%s'; it is one of %s or %s"
              .formatted(lesson, Arrays.stream(Lesson.values()).map(Lesson::label).toList(), ALL));
    }
    if (config != null && chosen.size() > 1) {
      throw refused(
          "--config is one recipe and %d lessons are given; name one lesson"
              .formatted(chosen.size()));
    }
    if (model != null && !chosen.equals(List.of(Lesson.BEAMS))) {
      throw refused("--model is for beams, and the lesson is %s; leave it out".formatted(lesson));
    }
    if (model != null && files.isEmpty()) {
      throw refused("--model is given without --data; name a file of pairs for it to answer");
    }
    if (chosen.equals(List.of(Lesson.WORDS)) && files.isEmpty()) {
      throw refused(
          "there is no --data, and words learns from a file of pairs (source TAB target); name one");
    }
    if (chosen.equals(List.of(Lesson.REVERSAL)) && !files.isEmpty()) {
      throw refused("--data is given, and reversal makes its pairs up; leave it out");
    }
    return chosen;
  }

  private ParameterException refused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
