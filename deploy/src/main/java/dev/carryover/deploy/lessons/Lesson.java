package dev.carryover.deploy.lessons;

import dev.carryover.training.trainer.TrainingException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** What is trained and measured, each with a recipe and a report of its own. */
public enum Lesson {
  /** A made-up task with attention and without, by the length of the source. */
  REVERSAL {
    @Override
    public void run(LessonRun run) throws IOException, TrainingException, InterruptedException {
      new ReversalLesson(run).teach();
    }
  },
  /** Teacher forcing and every schedule of scheduled sampling. */
  SAMPLING {
    @Override
    public void run(LessonRun run) throws IOException, TrainingException, InterruptedException {
      new SamplingLesson(run).teach();
    }
  },
  /** Greedy search and beams. */
  BEAMS {
    @Override
    public void run(LessonRun run) throws IOException, TrainingException, InterruptedException {
      new BeamsLesson(run).teach();
    }
  },
  /** A file of pairs with attention and without, by the length of the source. */
  WORDS {
    @Override
    public void run(LessonRun run) throws IOException, TrainingException, InterruptedException {
      new WordsLesson(run).teach();
    }
  };

  /** The name on the command line, and of the folder. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether pairs of the user's own can take the place of those that are made up. */
  public boolean takesFiles() {
    return this != REVERSAL;
  }

  /** The recipe that comes with a checkout. */
  public Path recipe(Path checkout) {
    return checkout.resolve("deploy/examples/lesson-%s.train.yaml".formatted(label()));
  }

  /**
   * Trains, prints tables and leaves a report.
   *
   * @throws IOException when a file cannot be read or written
   * @throws TrainingException when the folder holds a run already, or a loss is no number
   * @throws InterruptedException when the process was asked to end; what was trained is kept
   * @throws IllegalArgumentException when the recipe does not fit the lesson
   */
  public abstract void run(LessonRun run)
      throws IOException, TrainingException, InterruptedException;
}
