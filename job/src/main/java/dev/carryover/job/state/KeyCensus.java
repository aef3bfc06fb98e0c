package dev.carryover.job.state;

import java.util.Arrays;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.LongPrimitiveArraySerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * How many keys of this subtask have state, by the revision of the model that last stepped them.
 * The counts are part of every checkpoint, so they are known after a restore or a rescaling before
 * any state is read.
 *
 * <p>Belongs to the task thread. {@link #add} allocates only for a revision that no key had.
 */
public final class KeyCensus {
  /*
   * Keyed state moves between subtasks by key group, and so do the counts: operator state that every
   * subtask gets whole, of which it takes what is of its own key groups. The entries of the list are
   *
   *   [LAYOUT]                                              one of each subtask: there is a census
   *   [LAYOUT, key group, revision, keys, revision, keys..] one of each key group that has keys
   */
  private static final ListStateDescriptor<long[]> COUNTS =
      new ListStateDescriptor<>("key-census", LongPrimitiveArraySerializer.INSTANCE);

  private static final long LAYOUT = 1;
  private static final int HEADER = 2;

  private final ListState<long[]> stored;
  private final KeyGroupRange groups;
  private final int maxParallelism;
  private final NavigableMap<Long, Count> counts = new TreeMap<>();
  private final boolean complete;
  private Count last = new Count(0, 0);
  private long keys;

  /** The keys of a revision, in all and by key group. */
  private static final class Count {
    private final long revision;
    private final long[] ofGroup;
    private long total;

    private Count(long revision, int groups) {
      this.revision = revision;
      this.ofGroup = new long[groups];
    }
  }

  /**
   * Takes the counts of this subtask's key groups from the checkpoint, where there is one.
   *
   * @throws IllegalStateException if the counts were written by a later build
   */
  public KeyCensus(StateInitializationContext context, TaskInfo task) throws Exception {
    maxParallelism = task.getMaxNumberOfParallelSubtasks();
    groups =
        KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
            maxParallelism, task.getNumberOfParallelSubtasks(), task.getIndexOfThisSubtask());
    stored = context.getOperatorStateStore().getUnionListState(COUNTS);
    complete = restore() || !context.isRestored();
  }

  private boolean restore() throws Exception {
    boolean found = false;
    for (long[] entry : stored.get()) {
      if (entry.length == 0 || entry[0] != LAYOUT) {
        throw new IllegalStateException(
            "the census of keys in this savepoint has layout "
                + (entry.length == 0 ? "none" : entry[0])
                + ", this build reads layout "
                + LAYOUT
                + "; restore with the build that wrote the savepoint, or a later one");
      }
      found = true;
      if (entry.length > 1 && groups.contains((int) entry[1])) {
        for (int i = HEADER; i < entry.length; i += 2) {
          add((int) entry[1], entry[i], entry[i + 1]);
        }
      }
    }
    return found;
  }

  /**
   * Whether the counts are right. They are not after a restore from a savepoint that was written
   * before there was a census; then every key is to be counted by {@link #add} before the first
   * checkpoint.
   */
  public boolean complete() {
    return complete;
  }

  /**
   * Counts keys in or out.
   *
   * @param key a key of this subtask
   * @param revision the revision that last stepped it
   * @param change 1 for a key that has state of the revision from now on, -1 for one that had
   * @throws IllegalArgumentException if the key is of another subtask
   * @throws IllegalStateException if more keys were counted out than in
   */
  public void add(String key, long revision, int change) {
    int group = KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism);
    if (!groups.contains(group)) {
      throw new IllegalArgumentException(
          "key '%s' is of key group %d, this subtask has the key groups %d to %d; count it in the subtask that has its state"
              .formatted(key, group, groups.getStartKeyGroup(), groups.getEndKeyGroup()));
    }
    add(group, revision, change);
  }

  private void add(int group, long revision, long change) {
    Count count = ofRevision(revision);
    int at = group - groups.getStartKeyGroup();
    if (count.ofGroup[at] + change < 0) {
      forgetIfEmpty(count);
      throw new IllegalStateException(
          "%d keys of key group %d are counted out of revision %d, which has %d; count a key in with the revision that it is counted out of"
              .formatted(-change, group, revision, count.ofGroup[at]));
    }
    count.ofGroup[at] += change;
    count.total += change;
    keys += change;
    forgetIfEmpty(count);
  }

  private void forgetIfEmpty(Count count) {
    if (count.total == 0) {
      counts.remove(count.revision);
    }
  }

  /** Nearly always the one that was asked for before. */
  private Count ofRevision(long revision) {
    if (last.revision != revision || last.total == 0) {
      last =
          counts.computeIfAbsent(
              revision, absent -> new Count(absent, groups.getNumberOfKeyGroups()));
    }
    return last;
  }

  /** Keys that have state. */
  public long keys() {
    return keys;
  }

  /** Keys whose state a revision last stepped. */
  public long keysOn(long revision) {
    Count count = counts.get(revision);
    return count == null ? 0 : count.total;
  }

  /** Keys whose state a revision below this one last stepped. */
  public long keysBelow(long revision) {
    long below = 0;
    for (Count count : counts.headMap(revision, false).values()) {
      below += count.total;
    }
    return below;
  }

  /** The revisions that any key's state is of, ascending; a view that changes with the census. */
  public NavigableSet<Long> revisions() {
    return Collections.unmodifiableNavigableSet(counts.navigableKeySet());
  }

  /** Puts the counts into the checkpoint. */
  public void snapshot() throws Exception {
    stored.clear();
    stored.add(new long[] {LAYOUT});
    for (int group : groups) {
      long[] entry = entry(group);
      if (entry.length > HEADER) {
        stored.add(entry);
      }
    }
  }

  private long[] entry(int group) {
    int at = group - groups.getStartKeyGroup();
    long[] entry = new long[HEADER + 2 * counts.size()];
    int length = HEADER;
    for (Count count : counts.values()) {
      if (count.ofGroup[at] > 0) {
        entry[length++] = count.revision;
        entry[length++] = count.ofGroup[at];
      }
    }
    entry[0] = LAYOUT;
    entry[1] = group;
    return length == entry.length ? entry : Arrays.copyOf(entry, length);
  }
}
