package dev.carryover.job.state;

/**
 * A bounded table from keys to the states that they had last, in front of the state of Flink: what
 * is found in it need not be read there. It never holds what Flink's state does not: every state is
 * put there too.
 *
 * <p>Belongs to the task thread. States are kept and given out as they are, not copied. It
 * allocates only when it grows, which it does by doubling; a state that is put again for its key
 * stores no reference. Keys are compared by {@link String#equals}.
 */
public final class StateCache {
  /*
   * Open addressing with linear probing, at most half full. What a search looks at first stands close
   * together: one long a slot, with the hash of its key, the epoch in which it was put, and whether it was
   * used since the hand passed by. A removal closes its gap by moving back what follows, so there are no
   * gravestones and a search that finds nothing is short.
   *
   * A search is cut into steps, each of which reads memory that the one before found: the long, then key
   * and state, then the bytes of the key and the floats. Who takes each step for many keys before the next
   * one waits for the memory of all of them once.
   *
   * What is over the bound is replaced as a clock goes round: the hand takes the first entry that was not
   * used since it last came by. A new entry counts as not used, so keys that come once replace each other.
   */

  /** Where a key stands that is not there. */
  public static final int ABSENT = -1;

  /** Of the object of a key and the header of its array. */
  private static final int BYTES_PER_KEY = 40;

  private static final int BYTES_PER_CHAR = 2;

  /** A long, an int and two compressed references. */
  private static final int BYTES_PER_SLOT = 20;

  private static final int FIRST_SLOTS = 16;
  private static final int MOST_SLOTS = 1 << 28;
  private static final int GOLDEN = 0x9E3779B9;
  private static final long USED = 1;
  private static final long EPOCH = 0xFFFF_FFFEL;
  private static final long ONE_EPOCH = 2;

  private final long bound;
  private final boolean ownsStates;

  /** Hash in the upper half, below it the epoch and {@link #USED}; 0 for an empty slot. */
  private long[] marks;

  /** Key and state of each slot, one after the other. */
  private Object[] entries;

  /** What each slot counts against the bound, in bytes. */
  private int[] weights;

  private int shift;
  private int size;
  private int hand;
  private long weight;
  private long epoch = ONE_EPOCH;

  private StateCache(long bound, boolean ownsStates) {
    this.bound = bound;
    this.ownsStates = ownsStates;
    allocate(FIRST_SLOTS);
  }

  /**
   * A cache that is all that holds its states in memory, so their floats count against the bound.
   *
   * @param bound most bytes that it may take, by an estimate
   */
  public static StateCache ofStates(long bound) {
    return new StateCache(bound, true);
  }

  /**
   * A cache of states that are in memory anyway: slots and keys alone count against the bound.
   *
   * @param bound most bytes that it may take, by an estimate
   */
  public static StateCache ofReferences(long bound) {
    return new StateCache(bound, false);
  }

  private void allocate(int slots) {
    marks = new long[slots];
    entries = new Object[2 * slots];
    weights = new int[slots];
    shift = Integer.numberOfLeadingZeros(slots) + 1;
  }

  /** Looks where a search for a key begins. Of use is only that it was looked at. */
  public long touch(String key) {
    return marks[hash(key) >>> shift];
  }

  /**
   * Finds where a key stands, if it does.
   *
   * @return the place of the key, or of one with the same hash; {@link #ABSENT} where there is none
   */
  public int find(String key) {
    int hash = hash(key);
    int mask = marks.length - 1;
    for (int slot = hash >>> shift; marks[slot] != 0; slot = slot + 1 & mask) {
      if ((int) (marks[slot] >>> Integer.SIZE) == hash) {
        return slot;
      }
    }
    return ABSENT;
  }

  /**
   * Looks at the key and the state of a place, if there is one. Of use is only that they were
   * looked at.
   */
  public int touch(int place) {
    return place == ABSENT ? 0 : keyAt(place).length() + stateAt(place).values().length;
  }

  /**
   * Returns the state of a key.
   *
   * @param place what {@link #find} said, and nothing was put or removed since
   * @return null where there is none of this epoch
   */
  public HiddenState get(int place, String key) {
    int slot = place == ABSENT ? ABSENT : exactly(place, key);
    if (slot == ABSENT || (marks[slot] & EPOCH) != epoch) {
      return null;
    }
    if ((marks[slot] & USED) == 0) {
      marks[slot] |= USED;
    }
    return stateAt(slot);
  }

  /** Where a key itself stands, from the first place of its hash on. */
  private int exactly(int place, String key) {
    int mask = marks.length - 1;
    int slot = place;
    while (!keyAt(slot).equals(key)) {
      slot = slot + 1 & mask;
      if (marks[slot] == 0) {
        return ABSENT;
      }
    }
    return slot;
  }

  /**
   * Keeps the state of a key, in place of the one that it had.
   *
   * @param place where the key was found, or {@link #ABSENT}; a hint, which may be out of date
   */
  public void put(int place, String key, HiddenState state) {
    int slot = place;
    if (slot == ABSENT || entries[2 * slot + 1] != state) {
      int first = find(key);
      slot = first == ABSENT ? ABSENT : exactly(first, key);
    }
    if (slot == ABSENT) {
      insert(key, state);
      return;
    }
    if (entries[2 * slot + 1] != state) {
      entries[2 * slot + 1] = state;
    }
    if ((marks[slot] & EPOCH) != epoch) {
      marks[slot] = marks[slot] & ~EPOCH | epoch;
    }
    if (ownsStates) {
      int now = weigh(key, state);
      weight += now - weights[slot];
      weights[slot] = now;
      while (bytes() > bound && size > 0) {
        evict();
      }
    }
  }

  private void insert(String key, HiddenState state) {
    int added = weigh(key, state);
    if (2 * (size + 1) > marks.length && !grow(added)) {
      evict();
    }
    while (bytes() + added > bound) {
      if (size == 0) {
        return;
      }
      evict();
    }
    int hash = hash(key);
    int slot = free(hash);
    marks[slot] = (long) hash << Integer.SIZE | epoch;
    entries[2 * slot] = key;
    entries[2 * slot + 1] = state;
    weights[slot] = added;
    weight += added;
    size++;
  }

  private int free(int hash) {
    int mask = marks.length - 1;
    int slot = hash >>> shift;
    while (marks[slot] != 0) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  /** Doubles the table; false where the bound does not allow it. */
  private boolean grow(int added) {
    int slots = marks.length;
    if (slots >= MOST_SLOTS || bytes() + added + (long) slots * BYTES_PER_SLOT > bound) {
      return false;
    }
    long[] oldMarks = marks;
    Object[] oldEntries = entries;
    int[] oldWeights = weights;
    allocate(2 * slots);
    for (int old = 0; old < slots; old++) {
      if (oldMarks[old] != 0) {
        int slot = free((int) (oldMarks[old] >>> Integer.SIZE));
        marks[slot] = oldMarks[old];
        entries[2 * slot] = oldEntries[2 * old];
        entries[2 * slot + 1] = oldEntries[2 * old + 1];
        weights[slot] = oldWeights[old];
      }
    }
    hand = 0;
    return true;
  }

  private void evict() {
    int mask = marks.length - 1;
    while (marks[hand] == 0 || (marks[hand] & USED) != 0) {
      marks[hand] &= ~USED;
      hand = hand + 1 & mask;
    }
    removeAt(hand);
  }

  /** Forgets a key, if it is there. */
  public void remove(String key) {
    int first = find(key);
    int slot = first == ABSENT ? ABSENT : exactly(first, key);
    if (slot != ABSENT) {
      removeAt(slot);
    }
  }

  private void removeAt(int slot) {
    weight -= weights[slot];
    size--;
    int mask = marks.length - 1;
    int gap = slot;
    for (int next = gap + 1 & mask; marks[next] != 0; next = next + 1 & mask) {
      int home = (int) (marks[next] >>> Integer.SIZE) >>> shift;
      if ((next - home & mask) >= (next - gap & mask)) {
        marks[gap] = marks[next];
        entries[2 * gap] = entries[2 * next];
        entries[2 * gap + 1] = entries[2 * next + 1];
        weights[gap] = weights[next];
        gap = next;
      }
    }
    marks[gap] = 0;
    entries[2 * gap] = null;
    entries[2 * gap + 1] = null;
    weights[gap] = 0;
  }

  /**
   * Begins an epoch: no state that was put before is given out, until it is put again. Keys stay
   * where they are.
   */
  public void beginEpoch() {
    epoch = epoch + ONE_EPOCH & EPOCH;
    if (epoch == 0) {
      epoch = ONE_EPOCH; // 0 is of an empty slot
    }
  }

  /** Keys that it has, those of earlier epochs among them. */
  public int size() {
    return size;
  }

  /** What it takes, in bytes, by the estimate that the bound is compared with. */
  public long bytes() {
    return weight + (long) marks.length * BYTES_PER_SLOT;
  }

  private int weigh(String key, HiddenState state) {
    long bytes = BYTES_PER_KEY + (long) BYTES_PER_CHAR * key.length();
    return (int) Math.min(Integer.MAX_VALUE, ownsStates ? bytes + state.bytes() : bytes);
  }

  private String keyAt(int slot) {
    return (String) entries[2 * slot];
  }

  private HiddenState stateAt(int slot) {
    return (HiddenState) entries[2 * slot + 1];
  }

  /**
   * Spread over the upper bits, which say where a search begins; keys often differ in the lower.
   */
  private static int hash(String key) {
    int code = key.hashCode();
    return (code ^ code >>> 15) * GOLDEN;
  }
}
