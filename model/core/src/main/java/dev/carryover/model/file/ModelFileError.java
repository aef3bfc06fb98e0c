package dev.carryover.model.file;

/**
 * Every reason for which a model file, bare weights or a config are refused. The names are stable:
 * they appear in messages, status records and metrics. {@code FORMAT.md} holds the rule of each.
 */
public enum ModelFileError {
  // The file.

  /** The file cannot be opened or read; the one error that may pass on another attempt. */
  UNREADABLE,
  /** The file has more bytes than the limit. */
  FILE_TOO_LARGE,
  /** The file ends before its header length, or before the size it was said to have. */
  TRUNCATED,
  /** The header length points beyond the end of the file. */
  HEADER_BEYOND_FILE,
  /** The header has more bytes than the limit. */
  HEADER_TOO_LARGE,
  /** The header is not UTF-8. */
  HEADER_NOT_UTF8,
  /** The header is not one JSON object. */
  HEADER_MALFORMED,
  /** A JSON object, in the header or in the config, holds a key twice. */
  DUPLICATE_KEY,
  /** The JSON of the header or of the config holds more values than the limits allow. */
  TOO_MANY_VALUES,
  /** {@code __metadata__} is not an object of strings. */
  METADATA_INVALID,

  // One tensor's entry in the header, and all of them together.

  /** The header describes more tensors than the limit. */
  TOO_MANY_TENSORS,
  /** An entry is not an object of exactly dtype, shape and data_offsets, each of its type. */
  TENSOR_ENTRY_INVALID,
  /** The dtype is not F32, F16 or BF16. */
  UNSUPPORTED_DTYPE,
  /** A dimension is negative or there are too many dimensions. */
  SHAPE_INVALID,
  /** The product of the dimensions is more than an array can hold. */
  SHAPE_OVERFLOW,
  /** The two offsets are negative or in falling order. */
  OFFSETS_INVALID,
  /** An offset points beyond the data section. */
  OFFSETS_OUT_OF_RANGE,
  /** Shape and dtype need another number of bytes than lies between the offsets. */
  TENSOR_SIZE_MISMATCH,
  /** Two tensors share bytes. */
  OFFSETS_OVERLAP,
  /** Bytes between two tensors, or before the first, belong to none. */
  OFFSETS_GAP,
  /** Bytes after the last tensor belong to none. */
  TRAILING_BYTES,

  // The config.

  /** The header has no {@code carryover} entry in its metadata: not a model file. */
  CONFIG_ABSENT,
  /** The config has more bytes than the limit. */
  CONFIG_TOO_LARGE,
  /** The config is not one JSON object in UTF-8. */
  CONFIG_MALFORMED,
  /** The config was written by a newer version of the format. */
  NEWER_FORMAT_VERSION,
  /** The config holds a key that this format version does not know. */
  CONFIG_UNKNOWN_KEY,
  /** The config lacks a key that its kind of model needs. */
  CONFIG_MISSING_KEY,
  /** A value of the config is of another JSON type than its key demands. */
  CONFIG_WRONG_TYPE,
  /** A number of the config is below 1 or above its limit. */
  CONFIG_OUT_OF_RANGE,
  /** A value of the config is not one of the names that its key allows. */
  CONFIG_UNKNOWN_VALUE,
  /** Values of the config contradict each other, or make no model together. */
  CONFIG_CONFLICT,
  /** The model id has characters or a length that no model id has. */
  INVALID_MODEL_ID,
  /** Tokens are not unique, or a special token is not among them. */
  INVALID_VOCABULARY,
  /** Feature names are not unique, or their means and scales do not fit them. */
  INVALID_FEATURES,
  /** Labels are not unique, or not as many as the head's outputs call for. */
  INVALID_LABELS,
  /** Alert thresholds are negative, or their rate of false alarms is none. */
  INVALID_ALERTS,
  /** The model is bidirectional or has attention, and its task has neither. */
  UNSUPPORTED_ARCHITECTURE,

  // The tensors against the config.

  /** A tensor that the config demands is absent. */
  MISSING_TENSOR,
  /** A tensor is present that the config does not demand. */
  SURPLUS_TENSOR,
  /** A tensor has another shape than the config demands. */
  SHAPE_MISMATCH,
  /** A value is infinite or not a number. */
  NON_FINITE_VALUE,
  /** The self-test tensors do not make self-tests of this model. */
  INVALID_SELF_TEST
}
