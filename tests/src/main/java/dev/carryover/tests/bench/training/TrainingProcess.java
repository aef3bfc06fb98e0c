package dev.carryover.tests.bench.training;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A JVM of its own for one who trains, with the number of native threads in its environment. What
 * it is asked for comes back on its standard output, whatever else is said on standard error.
 */
final class TrainingProcess {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final List<String> FLAGS = List.of("-Xmx1g", "-XX:+UseParallelGC");

  private enum Question {
    GRADIENT,
    SPEED
  }

  private TrainingProcess() {}

  /** Tokens per second: by the CPU clock of the thread that calls, and by the wall. */
  record Speed(double byCpu, double byWall) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%,.0f tokens/s by the CPU clock, %,.0f by the wall", byCpu, byWall);
    }
  }

  /** The gradient of the first batch. */
  static float[] gradient(TrainingRuntime runtime, TrainingSizes sizes, int threads)
      throws IOException, InterruptedException {
    Process process = start(Question.GRADIENT, runtime, sizes, threads, 0, 0);
    try (DataInputStream answer = new DataInputStream(process.getInputStream())) {
      float[] gradient = new float[answer.readInt()];
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] = answer.readFloat();
      }
      finish(process, runtime, sizes);
      return gradient;
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * How fast it trains, when warm.
   *
   * @param warmUp CPU time before, in seconds: the compiler takes its own on the same cores
   * @param seconds CPU time of the thread that calls
   */
  static Speed speed(
      TrainingRuntime runtime, TrainingSizes sizes, int threads, double warmUp, double seconds)
      throws IOException, InterruptedException {
    Process process = start(Question.SPEED, runtime, sizes, threads, warmUp, seconds);
    try (DataInputStream answer = new DataInputStream(process.getInputStream())) {
      Speed speed = new Speed(answer.readDouble(), answer.readDouble());
      finish(process, runtime, sizes);
      return speed;
    } finally {
      process.destroyForcibly();
    }
  }

  /** The flags of the JVMs, for the report. */
  static List<String> flags() {
    return FLAGS;
  }

  private static Process start(
      Question question,
      TrainingRuntime runtime,
      TrainingSizes sizes,
      int threads,
      double warmUp,
      double seconds)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.add(TrainingProcess.class.getName());
    command.addAll(
        List.of(
            question.name(),
            runtime.name(),
            Integer.toString(threads),
            Double.toString(warmUp),
            Double.toString(seconds)));
    command.addAll(sizes.arguments());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder
        .environment()
        .put("OMP_NUM_THREADS", Integer.toString(runtime.threadsOfProducts(threads)));
    builder.environment().put("DJL_OFFLINE", "true");
    builder.environment().put("OPT_OUT_TRACKING", "true");
    return builder.start();
  }

  private static void finish(Process process, TrainingRuntime runtime, TrainingSizes sizes)
      throws InterruptedException {
    int status = process.waitFor();
    if (status != 0) {
      throw new IllegalStateException(
          "the process of %s for %s ended with %d; its messages stand above"
              .formatted(runtime, sizes, status));
    }
  }

  /** Answers one question: what, runtime, threads, warm-up, seconds, sizes. */
  public static void main(String[] arguments) throws IOException {
    PrintStream standardOutput = System.out;
    System.setOut(System.err); // What a library prints must not stand inside the answer.
    List<String> given = Arrays.asList(arguments);
    int threads = Integer.parseInt(given.get(2));
    TrainingSizes sizes = TrainingSizes.parse(given.subList(5, given.size()));
    try (DataOutputStream answer = new DataOutputStream(standardOutput);
        TrainingContender contender =
            TrainingRuntime.valueOf(given.get(1)).open(sizes.workload(), threads)) {
      switch (Question.valueOf(given.get(0))) {
        case GRADIENT -> {
          float[] gradient = contender.gradient();
          answer.writeInt(gradient.length);
          for (float value : gradient) {
            answer.writeFloat(value);
          }
        }
        case SPEED -> {
          time(contender, sizes, Double.parseDouble(given.get(3)));
          Speed speed = time(contender, sizes, Double.parseDouble(given.get(4)));
          answer.writeDouble(speed.byCpu());
          answer.writeDouble(speed.byWall());
        }
      }
    }
  }

  private static Speed time(TrainingContender contender, TrainingSizes sizes, double seconds) {
    long cpu = THREADS.getCurrentThreadCpuTime();
    long wall = System.nanoTime();
    long tokens = 0;
    do {
      contender.step();
      tokens += sizes.tokens();
    } while (THREADS.getCurrentThreadCpuTime() - cpu < seconds * 1e9);
    return new Speed(
        tokens * 1e9 / (THREADS.getCurrentThreadCpuTime() - cpu),
        tokens * 1e9 / (System.nanoTime() - wall));
  }
}
