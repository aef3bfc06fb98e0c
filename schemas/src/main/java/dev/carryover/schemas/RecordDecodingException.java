package dev.carryover.schemas;

import java.io.IOException;

/**
 * Bytes that are not the record they should be.
 *
 * <p>The {@link #code()} is stable and meant for programs; the message is meant for people and says
 * what is wrong with both values, where in the record, and what to do.
 */
public final class RecordDecodingException extends IOException {

  private static final long serialVersionUID = 1L;

  /** What is wrong with the bytes. */
  public enum Code {
    /** Fewer bytes than the header of a single-object encoding has. */
    TOO_SHORT,
    /** The first two bytes are not {@code C3 01}, with which a single-object encoding begins. */
    NOT_SINGLE_OBJECT,
    /** No schema of this fingerprint is in the {@link SchemaArchive}. */
    UNKNOWN_FINGERPRINT,
    /** The schema is known, but its records cannot be read as the record that is wanted. */
    INCOMPATIBLE_SCHEMA,
    /** The bytes end inside a value. */
    TRUNCATED,
    /** Bytes are left after the last field. */
    TRAILING_BYTES,
    /** A string, bytes, array or map claims to be longer than the rest of the record. */
    LENGTH_BEYOND_RECORD,
    /**
     * A value that Avro does not allow, such as a negative length or a union branch there is not.
     */
    MALFORMED
  }

  private final Code code;

  RecordDecodingException(Code code, String what, String where, String remedy) {
    super(what + "; " + where + "; " + remedy);
    this.code = code;
  }

  RecordDecodingException(
      Code code, String what, String where, String remedy, RuntimeException cause) {
    this(code, what, where, remedy);
    initCause(cause);
  }

  /** What is wrong with the bytes. */
  public Code code() {
    return code;
  }
}
