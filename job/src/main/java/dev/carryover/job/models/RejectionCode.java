package dev.carryover.job.models;

/** Why a revision may not serve; the name is {@code ModelStatus.reason} and never changes. */
public enum RejectionCode {
  /** The record of the control topic is not an announcement. */
  UNREADABLE_ANNOUNCEMENT,
  /** A field of the announcement has a value that means nothing. */
  INVALID_ANNOUNCEMENT,
  /** A higher revision serves already whatever this one would. */
  LOWER_REVISION,
  /** The revision was announced before, as another file or with another cutover. */
  REVISION_TAKEN,
  /** The job has a public key and the announcement no signature. */
  UNSIGNED,
  /** The signature is not that of the job's public key over this announcement. */
  SIGNATURE_INVALID,
  /** The URI cannot be read as one, or steps out of its folder. */
  INVALID_URI,
  /** The URI is outside of the locations that the job allows. */
  LOCATION_FORBIDDEN,
  /** There is no such file. */
  FILE_MISSING,
  /** The file system gave an error. */
  FILE_UNREADABLE,
  /** The file is larger than the job allows. */
  FILE_TOO_LARGE,
  /** The file has another size than the announcement says. */
  SIZE_MISMATCH,
  /** The file has another digest than the announcement says. */
  SHA256_MISMATCH,
  /** The file was not there in the time that the job allows. */
  LOAD_TIMEOUT,
  /** The file breaks a rule of the format. */
  INVALID_FILE,
  /** The file does not reproduce the outputs that its trainer recorded. */
  SELF_TEST_FAILED,
  /** This process could not load the model: no memory, or no kernels of the kind asked for. */
  LOAD_FAILED,
  /** The file holds a model of another id than was announced. */
  OTHER_MODEL,
  /** The file holds a model of another task. */
  OTHER_TASK,
  /** The model reads other inputs than the job's. */
  OTHER_INPUTS,
  /** The model's vocabulary does not begin with the job's. */
  OTHER_VOCABULARY,
  /** The model answers with other labels or another number of values. */
  OTHER_OUTPUTS,
  /** The model cannot step from event to event. */
  UNSUPPORTED_MODEL,
  /** The job takes alerts from the model's thresholds, and the model has none. */
  NO_ALERT_THRESHOLDS,
  /** State is to be carried, and the model's state has another layout. */
  OTHER_STATE_LAYOUT,
  /** More inputs are to be replayed than the job remembers. */
  REPLAY_TOO_LONG,
  /** The job takes no announcements. */
  FIXED_MODEL
}
