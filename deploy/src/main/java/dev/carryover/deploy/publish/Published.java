package dev.carryover.deploy.publish;

import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.util.List;
import java.util.Locale;

/**
 * An announcement that was made.
 *
 * @param announcement as it was written
 * @param position where it is in the control topic
 * @param file what was done with the file, in a few words
 * @param revision where the number of the revision comes from, in a few words
 * @param warnings what may go wrong yet
 */
public record Published(
    ModelAnnouncement announcement,
    String position,
    String file,
    String revision,
    List<String> warnings) {

  /** A line for each part, with what it means. */
  public String text() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "Revision",
        announcement.getRevision() + " of " + announcement.getModelId() + ", " + revision);
    line(text, "File", announcement.getUri() + ", " + file);
    line(
        text,
        "Digest",
        String.format(
            Locale.ROOT,
            "SHA-256 %s, %,d bytes",
            announcement.getSha256(),
            announcement.getSizeBytes()));
    line(
        text,
        "Cutover",
        announcement.getEffectiveFromMs() == null
            ? Cutover.time(announcement) + ", as soon as it is ready"
            : "with the events of " + Cutover.time(announcement) + " and later");
    line(
        text,
        "State",
        Cutover.policy(announcement) + ": " + meaning(announcement.getStatePolicy()));
    line(
        text,
        "Signed",
        announcement.getSignature() == null
            ? "no; jobs with models.public-key refuse it"
            : "yes, with Ed25519");
    line(text, "Announced", "in " + position);
    warnings.forEach(warning -> line(text, "Warning", warning));
    return text.toString();
  }

  private static void line(StringBuilder text, String what, String value) {
    text.append(String.format(Locale.ROOT, "%-10s %s\n", what, value));
  }

  private static String meaning(StatePolicy policy) {
    return switch (policy) {
      case CARRY -> "running sequences keep their hidden state";
      case RESET -> "running sequences go on from the initial state";
      case REPLAY -> "the last inputs of running sequences are run again";
      case DRAIN -> "running sequences end on the revision they began with";
      case UNKNOWN -> throw new IllegalStateException("never written");
    };
  }
}
