package dev.carryover.model.file;

import java.io.IOException;
import java.util.Objects;

/**
 * A model file, bare weights or a config that was refused. The message is one line of three parts:
 * what is wrong with both values, where it stands, and what to do.
 */
public final class ModelFileException extends IOException {
  private static final long serialVersionUID = 1L;

  private static final int MAX_PART = 1000;

  private final ModelFileError error;
  private final String what;
  private final String where;
  private final String remedy;

  /** A refusal: what is wrong with both values, where it stands, what to do about it. */
  public ModelFileException(ModelFileError error, String what, String where, String remedy) {
    this(error, what, where, remedy, null);
  }

  /** A refusal with the failure behind it. */
  public ModelFileException(
      ModelFileError error, String what, String where, String remedy, Throwable cause) {
    super(error + ": " + line(what) + " (" + line(where) + "); " + line(remedy), cause);
    this.error = Objects.requireNonNull(error);
    this.what = line(what);
    this.where = line(where);
    this.remedy = line(remedy);
  }

  /** Names and values come from the file: they may not break the line, nor fill a log. */
  private static String line(String text) {
    String start = text.length() <= MAX_PART ? text : text.substring(0, MAX_PART) + "...";
    return start.replaceAll("\\p{Cntrl}", "?");
  }

  /** The reason, for programs. */
  public ModelFileError error() {
    return error;
  }

  /** What is wrong, with the value found and the value expected. */
  public String what() {
    return what;
  }

  /** The file, and in it the tensor, the field or the offset. */
  public String where() {
    return where;
  }

  /** What to do about it. */
  public String remedy() {
    return remedy;
  }
}
