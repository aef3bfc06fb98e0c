package dev.carryover.job.events;

/**
 * Why an input could not be used.
 *
 * <p>The name of a constant is the stable code that stands in the {@code reason} field of a dead
 * letter and in metrics: constants may be added, but are never renamed.
 */
public enum RejectReason {
  /** The Kafka record has no value (a tombstone). */
  MISSING_VALUE,
  /** The Kafka record is larger than {@code events.max-record-size}. */
  RECORD_TOO_LARGE,
  /** The bytes are not what the configured format says: truncated, malformed or hostile. */
  UNDECODABLE,
  /** The record names a schema that the job does not have. */
  UNKNOWN_SCHEMA,
  /** A field has a type or a value that the mapping cannot convert. */
  WRONG_TYPE,
  /** The event has no key, or an empty one. */
  MISSING_KEY,
  /** The key is longer than {@code events.max-key-length}. */
  KEY_TOO_LONG,
  /** The event has no time. */
  MISSING_TIMESTAMP,
  /**
   * The event time is negative, overflows, or lies further ahead than {@code
   * events.max-time-ahead}.
   */
  TIMESTAMP_OUT_OF_RANGE,
  /** A feature is NaN, infinite, or too large for a float. */
  NON_FINITE_FEATURE,

  /** The event lacks the token or the features that the model reads. */
  MISSING_INPUT,
  /** The event carries features for a token model, or a token for a feature model. */
  UNEXPECTED_INPUT,
  /** The token is not in the vocabulary and {@code events.unknown-token} is {@code dead-letter}. */
  UNKNOWN_TOKEN,
  /** The event has another number of features than the model. */
  FEATURE_COUNT,
  /**
   * The step made the hidden state of the key non-finite, and the state was reset; or a sequence
   * that the event ended was decoded to no finite answer.
   */
  NON_FINITE_STATE,
  /**
   * The sequence has {@code transduction.maximum-source-length} events and {@code
   * transduction.beyond} is {@code dead-letter}.
   */
  SOURCE_TOO_LONG,
  /** The key has {@code ordering.max-buffered-events} events waiting for the watermark. */
  ORDERING_BUFFER_FULL,
  /** The event came after the watermark had passed its time. */
  LATE
}
