package dev.carryover.job.revisions;

import dev.carryover.job.models.ModelReference;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.schemas.ModelAnnouncement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;

/**
 * The revisions that a subtask knows, and which of them serves an event of which time.
 *
 * <p>An event is served by the highest revision whose time has come for it. So what a catalog says
 * depends on which revisions it holds and not on the order in which they came.
 *
 * <p>Belongs to the task thread.
 */
public final class RevisionCatalog {
  /*
   * Event time is cut into windows, each served by one revision: the revisions are walked from the
   * highest down, and one that does not begin before all above it never serves. A revision that is
   * still being checked has its window already when its time is given, so that events of that window
   * wait for it; it has none when it is to serve at once.
   */
  private static final int MOST_REJECTED = 1_000;

  private final NavigableMap<Long, Revision> revisions = new TreeMap<>();
  private final RuntimeOptions options;
  private long[] windowFrom;
  private Revision[] windowRevision;
  private long floor;

  /** A catalog that holds the revision which the job is submitted with. */
  public RevisionCatalog(ModelReference job) {
    options = job.options();
    revisions.put(job.revision(), Revision.ofJob(job));
    cutWindows();
  }

  /** The revision of a number, or null. */
  public Revision find(long number) {
    return revisions.get(number);
  }

  /** All revisions, lowest first; not to be changed. */
  public Collection<Revision> all() {
    return Collections.unmodifiableCollection(revisions.values());
  }

  /** The highest revision that was dropped because nothing could need it any more; 0 for none. */
  public long floor() {
    return floor;
  }

  /** Notes that revisions up to a number are of the past. */
  public void raiseFloor(long number) {
    floor = Math.max(floor, number);
  }

  /** Adds an announced revision whose number is not taken. */
  public Revision add(ModelAnnouncement announcement, Revision.Progress progress) {
    Revision revision = Revision.announced(announcement, options, progress);
    Revision present = revisions.putIfAbsent(revision.number(), revision);
    if (present != null) {
      throw new IllegalStateException(present + " is in the catalog already");
    }
    cutWindows();
    return revision;
  }

  /** Notes what came of the check of a revision. */
  public void settle(Revision revision, Revision.Progress progress) {
    revision.progress(progress);
    if (progress == Revision.Progress.REJECTED) {
      forgetRejected();
    }
    cutWindows();
  }

  /** A refusal is remembered so that it stands; not for ever, whoever announces nonsense. */
  private void forgetRejected() {
    long rejected = revisions.values().stream().filter(Revision::rejected).count();
    Iterator<Revision> lowest = revisions.values().iterator();
    while (rejected > MOST_REJECTED) {
      if (lowest.next().rejected()) {
        lowest.remove();
        rejected--;
      }
    }
  }

  /** A usable revision above a number that serves whatever one from a time on would, or null. */
  Revision outrunBy(long number, long fromMs) {
    for (Revision higher : revisions.tailMap(number, false).values()) {
      if (higher.usable() && higher.fromMs() <= fromMs) {
        return higher;
      }
    }
    return null;
  }

  /** Whether a usable revision above this one serves whatever it would. */
  public boolean outrun(Revision revision) {
    return outrunBy(revision.number(), revision.fromMs()) != null;
  }

  /** Whether any revision but this one may serve. */
  public boolean hasOther(Revision revision) {
    return revisions.values().stream().anyMatch(other -> other != revision && other.usable());
  }

  private void cutWindows() {
    List<Revision> serving = new ArrayList<>();
    long cut = Long.MAX_VALUE;
    for (Revision revision : revisions.descendingMap().values()) {
      if (revision.placed() && (revision.fromMs() < cut || serving.isEmpty())) {
        serving.add(revision);
        cut = revision.fromMs();
      }
    }
    Collections.reverse(serving);
    windowRevision = serving.toArray(Revision[]::new);
    windowFrom = serving.stream().mapToLong(Revision::fromMs).toArray();
    // Events before the first window, which there are when the job's own revision was dropped.
    windowFrom[0] = Long.MIN_VALUE;
  }

  /** How many windows event time is cut into. */
  public int windows() {
    return windowRevision.length;
  }

  /** The window, from 0, that an event time lies in. */
  public int windowOf(long timestampMs) {
    int window = windowFrom.length - 1;
    while (timestampMs < windowFrom[window]) {
      window--;
    }
    return window;
  }

  /** Who serves a window. */
  public Revision revision(int window) {
    return windowRevision[window];
  }

  /** Event time that a window begins with. */
  public long fromMs(int window) {
    return windowFrom[window];
  }

  /** Event time that the next window begins with; the greatest long after the last. */
  public long untilMs(int window) {
    return window + 1 < windowFrom.length ? windowFrom[window + 1] : Long.MAX_VALUE;
  }

  /**
   * What becomes of a running sequence that one revision stepped last and a higher one is to serve.
   * The newest policy decides; {@code carry} leaves it to the announcement before, since the state
   * that it takes over is what that one made of the sequence.
   */
  public Takeover takeover(long from, long to) {
    for (Revision revision : revisions.subMap(from, false, to, true).descendingMap().values()) {
      Takeover takeover = revision.usable() ? revision.takeover() : null;
      if (takeover != null) {
        return takeover;
      }
    }
    return Takeover.KEEP;
  }

  /** Whether a running sequence of a revision stays on it when a revision not yet past serves. */
  public boolean keepsSequences(long number, long passedMs) {
    for (int window = 0; window < windows(); window++) {
      if (windowRevision[window].number() > number
          && untilMs(window) > passedMs
          && takeover(number, windowRevision[window].number()).kind() == Takeover.Kind.STAY) {
        return true;
      }
    }
    return false;
  }

  /** The nearest usable revision below a number, whose state a policy to carry takes over. */
  public Revision predecessor(long number) {
    for (Revision revision : revisions.headMap(number, false).descendingMap().values()) {
      if (revision.usable()) {
        return revision;
      }
    }
    return null;
  }

  /**
   * Drops the revisions that nothing can need any more: their window is over, and no key has state
   * of them or of a revision below, whose takeover they would decide.
   *
   * @param passedMs no event of this time or before comes any more
   * @param keysUpTo how many keys have state of a revision up to a number
   */
  public void prune(long passedMs, LongUnaryOperator keysUpTo) {
    Iterator<Revision> lowest = revisions.values().iterator();
    long first = firstNeeded(passedMs);
    boolean dropped = false;
    while (lowest.hasNext()) {
      Revision revision = lowest.next();
      if (revision.number() >= first || keysUpTo.applyAsLong(revision.number()) > 0) {
        break;
      }
      lowest.remove();
      raiseFloor(revision.number());
      dropped = true;
    }
    if (dropped) {
      cutWindows();
    }
  }

  /** The least number among those that may still serve an event; usable, so that one remains. */
  private long firstNeeded(long passedMs) {
    int window = windows() - 1;
    long first = windowRevision[window].number();
    while (window > 0 && (windowFrom[window] > passedMs || !windowRevision[window].usable())) {
      window--;
      first = windowRevision[window].number();
    }
    return first;
  }
}
