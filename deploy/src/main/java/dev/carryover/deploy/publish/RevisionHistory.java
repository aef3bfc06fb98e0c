package dev.carryover.deploy.publish;

import dev.carryover.deploy.publish.RecordTopic.Stored;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What was announced of one model, and what became of it, newest revision first.
 *
 * @param modelId the model
 * @param entries a revision each; one that was announced twice with other content has two
 */
record RevisionHistory(String modelId, List<Entry> entries) {

  /**
   * A revision.
   *
   * @param revision its number
   * @param announced its announcement, or null where only the job speaks of it: the revision of its
   *     own configuration
   * @param outcome what became of it
   */
  record Entry(long revision, Stored<ModelAnnouncement> announced, RevisionOutcome outcome) {
    ModelAnnouncement announcement() {
      return announced.record();
    }
  }

  /** The history of a model of which nothing was announced. */
  static RevisionHistory empty(String modelId) {
    return new RevisionHistory(modelId, List.of());
  }

  /** Puts announcements and statuses together, a history for each model id. */
  static List<RevisionHistory> of(
      List<Stored<ModelAnnouncement>> announcements, List<Stored<ModelStatus>> statuses) {
    Map<String, Map<Long, List<Stored<ModelAnnouncement>>>> announced = new TreeMap<>();
    for (Stored<ModelAnnouncement> each : announcements) {
      List<Stored<ModelAnnouncement>> same =
          announced
              .computeIfAbsent(each.record().getModelId(), id -> new TreeMap<>())
              .computeIfAbsent(each.record().getRevision(), revision -> new ArrayList<>());
      if (same.stream().noneMatch(before -> before.record().equals(each.record()))) {
        same.add(each);
      }
    }
    Map<String, Map<Long, List<ModelStatus>>> answered = new TreeMap<>();
    for (Stored<ModelStatus> each : statuses) {
      ModelStatus status = each.record();
      // Of a record without a model; it is told by its position.
      if (!is(status, RejectionCode.UNREADABLE_ANNOUNCEMENT)) {
        answered
            .computeIfAbsent(status.getModelId(), id -> new TreeMap<>())
            .computeIfAbsent(status.getRevision(), revision -> new ArrayList<>())
            .add(status);
      }
    }
    TreeSet<String> ids = new TreeSet<>(announced.keySet());
    ids.addAll(answered.keySet());
    return ids.stream()
        .map(
            id ->
                new RevisionHistory(
                    id,
                    entries(
                        announced.getOrDefault(id, Map.of()), answered.getOrDefault(id, Map.of()))))
        .toList();
  }

  private static List<Entry> entries(
      Map<Long, List<Stored<ModelAnnouncement>>> announced, Map<Long, List<ModelStatus>> answered) {
    TreeSet<Long> revisions = new TreeSet<>(Comparator.reverseOrder());
    revisions.addAll(announced.keySet());
    revisions.addAll(answered.keySet());
    List<Entry> entries = new ArrayList<>();
    for (long revision : revisions) {
      List<Stored<ModelAnnouncement>> all = announced.getOrDefault(revision, List.of());
      List<ModelStatus> statuses = answered.getOrDefault(revision, List.of());
      // The first announcement of a revision counts; jobs say of the others that it is taken.
      for (int i = all.size() - 1; i > 0; i--) {
        entries.add(new Entry(revision, all.get(i), outcome(statuses, true)));
      }
      entries.add(new Entry(revision, all.isEmpty() ? null : all.get(0), outcome(statuses, false)));
    }
    return entries;
  }

  private static RevisionOutcome outcome(List<ModelStatus> statuses, boolean taken) {
    return RevisionOutcome.of(
        statuses.stream()
            .filter(status -> is(status, RejectionCode.REVISION_TAKEN) == taken)
            .toList());
  }

  private static boolean is(ModelStatus status, RejectionCode code) {
    return code.name().equals(status.getReason());
  }

  /** The highest revision that was announced, or nothing. */
  OptionalLong highestAnnounced() {
    return entries.stream()
        .filter(entry -> entry.announced() != null)
        .mapToLong(Entry::revision)
        .max();
  }

  /** The highest revision that was announced or that a job spoke of, or nothing. */
  OptionalLong highest() {
    return entries.stream().mapToLong(Entry::revision).max();
  }

  /** The highest revision that an instance serves with, or nothing. */
  private Entry newestActive() {
    return entries.stream().filter(entry -> entry.outcome().active()).findFirst().orElse(null);
  }

  /**
   * The announcement to go back to: the highest one below the newest active revision whose file is
   * another and was not rejected.
   *
   * @throws IOException if there is none, saying why and what to do
   */
  Entry before() throws IOException {
    Entry active = newestActive();
    if (active == null) {
      throw new IOException(
          "no revision of "
              + modelId
              + " is active by the status topic; name the one to go back to with --to-revision");
    }
    return entries.stream()
        .filter(entry -> entry.announced() != null && entry.revision() < active.revision())
        .filter(entry -> !entry.outcome().rejected() && !sameFile(entry, active))
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    "revision %d of %s is active, and below it no other file was announced that was not rejected; publish the file to go back to with --model"
                        .formatted(active.revision(), modelId)));
  }

  private static boolean sameFile(Entry one, Entry other) {
    return other.announced() != null
        && one.announcement().getSha256().equals(other.announcement().getSha256());
  }

  /**
   * The announcement of a revision.
   *
   * @throws IOException if it was not announced, naming those that were
   */
  Entry announced(long revision) throws IOException {
    // Of two announcements of a revision the last is the first that was made.
    Entry found = null;
    TreeSet<Long> all = new TreeSet<>();
    for (Entry entry : entries) {
      if (entry.announced() != null) {
        all.add(entry.revision());
        found = entry.revision() == revision ? entry : found;
      }
    }
    if (found == null) {
      throw new IOException(
          "--to-revision is %d, and of %s were announced %s; name one of them, or publish the file with --model"
              .formatted(revision, modelId, all.isEmpty() ? "none" : all));
    }
    return found;
  }
}
