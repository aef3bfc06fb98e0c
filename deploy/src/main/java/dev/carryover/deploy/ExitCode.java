package dev.carryover.deploy;

/** What the process says to the shell. */
final class ExitCode {

  /** All is well. */
  static final int OK = 0;

  /** The command did its work, and what it checked is not right. */
  static final int CHECK_FAILED = 1;

  /** An option, a file or a configuration cannot be used. */
  static final int BAD_INPUT = 2;

  /** Something went wrong that no message was written for. */
  static final int UNEXPECTED = 3;

  private ExitCode() {}
}
