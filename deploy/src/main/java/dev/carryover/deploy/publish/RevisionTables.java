package dev.carryover.deploy.publish;

import dev.carryover.deploy.evaluation.TextTable;
import dev.carryover.deploy.publish.RevisionHistory.Entry;
import dev.carryover.schemas.ModelAnnouncement;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Announced revisions and what became of them, as text: a table for each model. */
public final class RevisionTables {

  private static final String NONE = "-";

  /** What a record holds must not steer the terminal that shows it. */
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private RevisionTables() {}

  /**
   * Reads the topics and lays them out, newest revision first.
   *
   * @param modelId the only model to show, or nothing for all
   * @throws IOException if a topic is not there, or cannot be read
   */
  public static String text(ModelTopics topics, Optional<String> modelId)
      throws IOException, InterruptedException {
    ModelTopics.Content content = topics.read();
    List<RevisionHistory> models =
        content.models().stream()
            .filter(model -> modelId.isEmpty() || modelId.get().equals(model.modelId()))
            .toList();
    StringBuilder text = new StringBuilder();
    for (RevisionHistory model : models) {
      append(text, model, topics.statusName().isPresent());
    }
    if (models.isEmpty()) {
      text.append("Topic ").append(topics.name()).append(" has no announcement");
      modelId.ifPresent(id -> text.append(" of ").append(id));
      text.append(".\n");
    }
    content
        .others()
        .forEach(other -> text.append("No announcement: ").append(oneLine(other)).append('\n'));
    if (topics.statusName().isEmpty() && !models.isEmpty()) {
      text.append("What became of them is shown with --status-topic.\n");
    }
    return text.toString();
  }

  private static void append(StringBuilder text, RevisionHistory model, boolean answers) {
    TextTable table =
        new TextTable("revision", "announced", "cutover", "state", "what became of it", "file")
            .left(1, 2, 3, 4, 5);
    for (Entry entry : model.entries()) {
      String outcome = answers ? oneLine(entry.outcome().text()) : NONE;
      String revision = Long.toString(entry.revision());
      if (entry.announced() == null) {
        table.row(revision, NONE, NONE, NONE, outcome, "not announced: of the job itself");
      } else {
        ModelAnnouncement announcement = entry.announcement();
        table.row(
            revision,
            Instant.ofEpochMilli(entry.announced().timestampMs())
                .truncatedTo(ChronoUnit.SECONDS)
                .toString(),
            Cutover.time(announcement),
            Cutover.policy(announcement),
            outcome,
            oneLine(announcement.getUri()));
      }
    }
    text.append("Model ").append(oneLine(model.modelId())).append("\n").append(table);
    for (Entry entry : model.entries()) {
      for (String detail : entry.outcome().details()) {
        text.append("Revision ")
            .append(entry.revision())
            .append(": ")
            .append(oneLine(detail))
            .append('\n');
      }
    }
    text.append('\n');
  }

  private static String oneLine(String text) {
    return CONTROL.matcher(text).replaceAll("?");
  }
}
