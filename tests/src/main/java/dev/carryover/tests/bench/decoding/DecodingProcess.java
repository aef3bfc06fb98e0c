package dev.carryover.tests.bench.decoding;

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
 * A JVM of its own for one who decodes, with one native thread in its environment. What it is asked
 * for comes back on its standard output, whatever else is said on standard error.
 */
final class DecodingProcess {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final List<String> FLAGS =
      List.of(
          "--add-modules=jdk.incubator.vector",
          "-XX:CompileCommand=quiet",
          "-XX:CompileCommand=dontinline,dev.carryover.runtime.kernels.vector.VectorKernels::*",
          "-Xmx1g",
          "-XX:+UseParallelGC");

  private enum Question {
    ANSWERS,
    SPEED
  }

  private DecodingProcess() {}

  /** Words per second: by the CPU clock of the thread that decodes, and by the wall. */
  record Speed(double byCpu, double byWall) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%,.0f words/s by the CPU clock, %,.0f by the wall", byCpu, byWall);
    }
  }

  /** The n-best of every word of the workload. */
  static List<List<Answer>> answers(
      DecodingRuntime runtime, DecodingWorkload.Source source, int batch)
      throws IOException, InterruptedException {
    Process process = start(Question.ANSWERS, runtime, source, batch, 0, 0);
    try (DataInputStream answer = new DataInputStream(process.getInputStream())) {
      List<List<Answer>> answers = new ArrayList<>();
      int words = answer.readInt();
      for (int word = 0; word < words; word++) {
        List<Answer> best = new ArrayList<>();
        int count = answer.readInt();
        for (int rank = 0; rank < count; rank++) {
          int[] tokens = new int[answer.readInt()];
          for (int i = 0; i < tokens.length; i++) {
            tokens[i] = answer.readInt();
          }
          best.add(new Answer(tokens, answer.readFloat()));
        }
        answers.add(best);
      }
      finish(process, runtime);
      return answers;
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * How fast it decodes, when warm: whole passes over the words.
   *
   * @param warmUp CPU time before, in seconds: the compiler takes its own on the same cores
   * @param seconds the least CPU time of a figure
   */
  static Speed speed(
      DecodingRuntime runtime,
      DecodingWorkload.Source source,
      int batch,
      double warmUp,
      double seconds)
      throws IOException, InterruptedException {
    Process process = start(Question.SPEED, runtime, source, batch, warmUp, seconds);
    try (DataInputStream answer = new DataInputStream(process.getInputStream())) {
      Speed speed = new Speed(answer.readDouble(), answer.readDouble());
      finish(process, runtime);
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
      DecodingRuntime runtime,
      DecodingWorkload.Source source,
      int batch,
      double warmUp,
      double seconds)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.add(DecodingProcess.class.getName());
    command.addAll(
        List.of(
            question.name(),
            runtime.name(),
            Integer.toString(batch),
            Double.toString(warmUp),
            Double.toString(seconds)));
    command.addAll(source.arguments());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().put("DJL_OFFLINE", "true");
    builder.environment().put("OPT_OUT_TRACKING", "true");
    return builder.start();
  }

  private static void finish(Process process, DecodingRuntime runtime) throws InterruptedException {
    int status = process.waitFor();
    if (status != 0) {
      throw new IllegalStateException(
          "the process of %s ended with %d; its messages stand above".formatted(runtime, status));
    }
  }

  /** Answers one question: what, runtime, batch, warm-up, seconds, workload. */
  public static void main(String[] arguments) throws IOException {
    PrintStream standardOutput = System.out;
    System.setOut(System.err); // What a library prints must not stand inside the answer.
    List<String> given = Arrays.asList(arguments);
    int batch = Integer.parseInt(given.get(2));
    DecodingWorkload workload =
        DecodingWorkload.Source.parse(given.subList(5, given.size())).open();
    try (DataOutputStream answer = new DataOutputStream(standardOutput);
        DecodingContender contender = DecodingRuntime.valueOf(given.get(1)).open(workload, batch)) {
      switch (Question.valueOf(given.get(0))) {
        case ANSWERS -> write(pass(contender, workload, batch), answer);
        case SPEED -> {
          time(contender, workload, batch, Double.parseDouble(given.get(3)));
          Speed speed = time(contender, workload, batch, Double.parseDouble(given.get(4)));
          answer.writeDouble(speed.byCpu());
          answer.writeDouble(speed.byWall());
        }
      }
    }
  }

  private static void write(List<List<Answer>> answers, DataOutputStream to) throws IOException {
    to.writeInt(answers.size());
    for (List<Answer> best : answers) {
      to.writeInt(best.size());
      for (Answer answer : best) {
        to.writeInt(answer.tokens().length);
        for (int token : answer.tokens()) {
          to.writeInt(token);
        }
        to.writeFloat(answer.score());
      }
    }
  }

  private static List<List<Answer>> pass(
      DecodingContender contender, DecodingWorkload workload, int batch) {
    List<List<Answer>> answers = new ArrayList<>();
    for (int at = 0; at < workload.words().size(); at += batch) {
      answers.addAll(contender.decode(workload.words().subList(at, at + batch)));
    }
    return answers;
  }

  private static Speed time(
      DecodingContender contender, DecodingWorkload workload, int batch, double seconds) {
    long cpu = THREADS.getCurrentThreadCpuTime();
    long wall = System.nanoTime();
    long words = 0;
    do {
      words += pass(contender, workload, batch).size();
    } while (THREADS.getCurrentThreadCpuTime() - cpu < seconds * 1e9);
    return new Speed(
        words * 1e9 / (THREADS.getCurrentThreadCpuTime() - cpu),
        words * 1e9 / (System.nanoTime() - wall));
  }
}
