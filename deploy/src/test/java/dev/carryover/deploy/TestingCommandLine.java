package dev.carryover.deploy;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Runs commands in this process and keeps what they print. */
final class TestingCommandLine {

  /** What a command left behind. */
  record Result(int exitCode, String out, String err) {}

  private TestingCommandLine() {}

  static Result execute(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Carryover.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = arguments[i].toString();
    }
    int exitCode = command.execute(texts);
    return new Result(exitCode, out.toString(), err.toString());
  }
}
