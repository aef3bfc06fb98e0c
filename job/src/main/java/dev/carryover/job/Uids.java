package dev.carryover.job;

import java.util.List;

/**
 * The names under which operators find their state in a savepoint. They are never changed: a
 * savepoint of an earlier build is found by them.
 */
final class Uids {
  static final String EVENTS = "events";
  static final String REJECTIONS = "rejections";
  static final String ANNOUNCEMENTS = "announcements";
  static final String NO_ANNOUNCEMENTS = "no-announcements";
  static final String CONTROL_TOPIC = "control-topic";
  static final String ANNOUNCEMENT_DECODER = "announcement-decoder";
  static final String RECURRENT = "recurrent";
  static final String INFERENCES = "inferences";
  static final String ALERTS = "alerts";
  static final String SOURCE_DEAD_LETTER_PARTS = "source-dead-letter-parts";
  static final String DEAD_LETTER_PARTS = "dead-letter-parts";
  static final String DEAD_LETTERS = "dead-letters";
  static final String LATE_PARTS = "late-parts";
  static final String LATE = "late";
  static final String MODEL_STATUSES = "model-statuses";

  /** Every name, as a test pins it. */
  static final List<String> ALL =
      List.of(
          EVENTS,
          REJECTIONS,
          ANNOUNCEMENTS,
          NO_ANNOUNCEMENTS,
          CONTROL_TOPIC,
          ANNOUNCEMENT_DECODER,
          RECURRENT,
          INFERENCES,
          ALERTS,
          SOURCE_DEAD_LETTER_PARTS,
          DEAD_LETTER_PARTS,
          DEAD_LETTERS,
          LATE_PARTS,
          LATE,
          MODEL_STATUSES);

  private Uids() {}
}
