package dev.carryover.job.revisions;

import dev.carryover.schemas.ModelAnnouncement;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;

/**
 * All announcements that were made before now.
 *
 * <p>A task reads it before its first event, so that a cutover by event time falls where it fell
 * before a failure, even when the announcement came after the checkpoint that is restored.
 */
@FunctionalInterface
public interface AnnouncementLog extends Serializable {
  /** A log without announcements. */
  AnnouncementLog NONE = List::of;

  /**
   * Reads from the beginning to what is the end when it is called.
   *
   * @throws IOException if it cannot be read, naming where
   */
  List<ModelAnnouncement> read() throws IOException;
}
