package dev.carryover.deploy.demo;

import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What every instance of the job said of revisions. Belongs to one thread. */
public final class RevisionStatuses {

  private final int parallelism;
  private final Map<Long, Map<RevisionStatus, List<ModelStatus>>> byRevision = new TreeMap<>();

  /**
   * @param parallelism how many instances there are
   */
  public RevisionStatuses(int parallelism) {
    this.parallelism = parallelism;
  }

  /** Takes what an instance said. */
  public void add(ModelStatus status) {
    byRevision
        .computeIfAbsent(status.getRevision(), revision -> new LinkedHashMap<>())
        .computeIfAbsent(status.getStatus(), word -> new ArrayList<>())
        .add(status);
  }

  /** Whether every instance said this of a revision. */
  public boolean all(long revision, RevisionStatus status) {
    return instances(of(revision, status)) == parallelism;
  }

  /** Why instances refused a revision, one line each; empty if none did. */
  public List<String> refusals(long revision) {
    return of(revision, RevisionStatus.REJECTED).stream()
        .map(status -> status.getReason() + ": " + status.getDetail())
        .toList();
  }

  private List<ModelStatus> of(long revision, RevisionStatus status) {
    return byRevision.getOrDefault(revision, Map.of()).getOrDefault(status, List.of());
  }

  private static int instances(List<ModelStatus> statuses) {
    Set<Integer> instances = new HashSet<>();
    statuses.forEach(status -> instances.add(status.getSubtask()));
    return instances.size();
  }

  /** A line: {@code loaded on 2 of 2 at 12:00:01Z, active on 2 of 2 at 12:00:03Z}. */
  public String text(long revision) {
    List<String> words = new ArrayList<>();
    byRevision
        .getOrDefault(revision, Map.of())
        .forEach(
            (status, told) ->
                words.add(
                    "%s on %d of %d at %s"
                        .formatted(
                            status.name().toLowerCase(Locale.ROOT),
                            instances(told),
                            parallelism,
                            clock(told))));
    return words.isEmpty() ? "nothing" : String.join(", ", words);
  }

  private static String clock(List<ModelStatus> told) {
    long last = told.stream().mapToLong(ModelStatus::getTimestampMs).max().orElseThrow();
    return Instant.ofEpochMilli(last).truncatedTo(ChronoUnit.SECONDS).toString().substring(11);
  }
}
