package dev.carryover.job.models;

/**
 * A revision that may not serve; the message is {@code ModelStatus.detail}.
 *
 * <p>Announcements and file systems may put anything into it: it is kept to one line of at most
 * {@value #MOST_CHARACTERS} characters.
 */
public final class ModelRejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Length of the longest message. */
  public static final int MOST_CHARACTERS = 2_000;

  private final RejectionCode code;

  /** A refusal that says what is wrong with both values, where, and what to do. */
  public ModelRejectedException(RejectionCode code, String detail) {
    super(line(detail));
    this.code = code;
  }

  /** A refusal that another error led to. */
  public ModelRejectedException(RejectionCode code, String detail, Throwable cause) {
    super(line(detail), cause);
    this.code = code;
  }

  private static String line(String detail) {
    String start =
        detail.length() <= MOST_CHARACTERS
            ? detail
            : detail.substring(0, MOST_CHARACTERS - 3) + "...";
    return start.replaceAll("\\p{Cntrl}", "?");
  }

  /** Why, for programs. */
  public RejectionCode code() {
    return code;
  }
}
