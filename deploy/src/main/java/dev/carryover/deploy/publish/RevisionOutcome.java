package dev.carryover.deploy.publish;

import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What became of a revision: the last word of every parallel instance of the job.
 *
 * <p>A job that was rescaled has another number of instances; the words of those before it count
 * only as long as none of the new ones has said anything.
 */
final class RevisionOutcome {

  /** The instance of a status that speaks for the whole job. */
  private static final int WHOLE_JOB = -1;

  /** Best first, as they are told. */
  private static final List<RevisionStatus> ORDER =
      List.of(
          RevisionStatus.ACTIVE,
          RevisionStatus.LOADED,
          RevisionStatus.SUPERSEDED,
          RevisionStatus.REJECTED,
          RevisionStatus.UNKNOWN);

  private final int parallelism;
  private final Collection<ModelStatus> last;

  private RevisionOutcome(int parallelism, Collection<ModelStatus> last) {
    this.parallelism = parallelism;
    this.last = last;
  }

  /**
   * @param statuses all of one revision, in the order in which they were read
   */
  static RevisionOutcome of(List<ModelStatus> statuses) {
    List<ModelStatus> sorted = new ArrayList<>(statuses);
    sorted.sort(Comparator.comparingLong(ModelStatus::getTimestampMs));
    int parallelism = sorted.isEmpty() ? 0 : parallelism(sorted.get(sorted.size() - 1));
    Map<Integer, ModelStatus> last = new TreeMap<>();
    for (ModelStatus status : sorted) {
      if (parallelism(status) == parallelism) {
        last.put(status.getSubtask() == null ? WHOLE_JOB : status.getSubtask(), status);
      }
    }
    return new RevisionOutcome(parallelism, last.values());
  }

  private static int parallelism(ModelStatus status) {
    return status.getParallelism() == null ? 0 : status.getParallelism();
  }

  /** Whether an instance serves with it. */
  boolean active() {
    return has(RevisionStatus.ACTIVE);
  }

  /** Whether an instance refused it. */
  boolean rejected() {
    return has(RevisionStatus.REJECTED);
  }

  private boolean has(RevisionStatus status) {
    return last.stream().anyMatch(each -> each.getStatus() == status);
  }

  /** One line: {@code active on 2 of 2 since 2026-01-31T12:00:00Z}. */
  String text() {
    List<String> parts = new ArrayList<>();
    for (RevisionStatus status : ORDER) {
      List<ModelStatus> same = last.stream().filter(each -> each.getStatus() == status).toList();
      if (!same.isEmpty()) {
        parts.add(part(status, same));
      }
    }
    return parts.isEmpty() ? "no answer" : String.join("; ", parts);
  }

  private String part(RevisionStatus status, List<ModelStatus> same) {
    String where = parallelism == 0 ? "" : " on " + same.size() + " of " + parallelism;
    String what = status.name().toLowerCase(Locale.ROOT) + where;
    if (status == RevisionStatus.REJECTED) {
      TreeSet<String> reasons = new TreeSet<>();
      same.forEach(each -> reasons.add(String.valueOf(each.getReason())));
      return what + ": " + String.join(", ", reasons);
    }
    long since = same.stream().mapToLong(ModelStatus::getTimestampMs).max().orElseThrow();
    return what + " since " + Instant.ofEpochMilli(since).truncatedTo(ChronoUnit.SECONDS);
  }

  /** What the job says besides, each once. */
  Collection<String> details() {
    LinkedHashSet<String> details = new LinkedHashSet<>();
    for (ModelStatus status : last) {
      if (status.getDetail() != null) {
        details.add(
            (status.getReason() == null ? "" : status.getReason() + ": ") + status.getDetail());
      }
    }
    return details;
  }
}
