package dev.carryover.training.input;

import java.io.IOException;

/**
 * Data that cannot be used. The message is one line of three parts: what is wrong with both values,
 * where it stands, and what to do.
 */
public final class DataException extends IOException {
  private static final long serialVersionUID = 1L;

  private static final int MAX_PART = 400;

  /** What is wrong with both values, where it stands, what to do about it. */
  public DataException(String what, String where, String remedy) {
    this(what, where, remedy, null);
  }

  /** The same with the failure behind it. */
  public DataException(String what, String where, String remedy, Throwable cause) {
    super(line(where) + ": " + line(what) + "; " + line(remedy), cause);
  }

  /** Names and values come from the data: they may not break the line, nor fill a terminal. */
  private static String line(String text) {
    String start = text.length() <= MAX_PART ? text : text.substring(0, MAX_PART) + "...";
    return start.replaceAll("\\p{Cntrl}", "?");
  }
}
