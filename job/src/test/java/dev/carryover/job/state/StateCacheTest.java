package dev.carryover.job.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateCacheTest {
  private static final long AMPLE = 1 << 24;

  /** Bytes of an empty table of the first size. */
  private static final long EMPTY = StateCache.ofStates(0).bytes();

  private static HiddenState state(int floats) {
    HiddenState state = new HiddenState();
    state.begin(0, new float[floats]);
    return state;
  }

  /** Another object with the same text, as every event brings one. */
  private static HiddenState get(StateCache cache, String key) {
    String fresh = new String(key);
    return cache.get(cache.find(fresh), fresh);
  }

  private static void put(StateCache cache, String key, HiddenState state) {
    cache.put(cache.find(key), key, state);
  }

  @Test
  void aKeyHasTheStateThatWasPutLast() {
    StateCache cache = StateCache.ofStates(AMPLE);
    HiddenState first = state(4);
    HiddenState second = state(4);
    assertThat(get(cache, "k")).isNull();
    put(cache, "k", first);
    assertThat(get(cache, "k")).isSameAs(first);
    put(cache, "k", second);
    assertThat(get(cache, "k")).isSameAs(second);
    assertThat(get(cache, "other")).isNull();
    cache.remove("k");
    assertThat(get(cache, "k")).isNull();
    assertThat(cache.bytes()).isEqualTo(EMPTY);
  }

  @Test
  void keysOfOneHashAreToldApart() {
    StateCache cache = StateCache.ofStates(AMPLE);
    String[] keys = {"AaAa", "AaBB", "BBAa", "BBBB"};
    assertThat(keys).extracting(String::hashCode).containsOnly("AaAa".hashCode());
    Map<String, HiddenState> expected = new HashMap<>();
    for (String key : keys) {
      assertThat(get(cache, key)).as(key).isNull();
      expected.put(key, state(1));
      put(cache, key, expected.get(key));
    }
    cache.remove("AaBB");
    expected.remove("AaBB");
    for (String key : keys) {
      assertThat(get(cache, key)).as(key).isSameAs(expected.get(key));
    }
  }

  @Test
  void inANewEpochStatesAreAbsentUntilTheyArePutAgain() {
    StateCache cache = StateCache.ofReferences(AMPLE);
    HiddenState same = state(4);
    HiddenState replaced = state(4);
    put(cache, "same", same);
    put(cache, "replaced", replaced);
    cache.beginEpoch();
    assertThat(get(cache, "same")).isNull();
    assertThat(get(cache, "replaced")).isNull();
    put(cache, "same", same);
    HiddenState copy = state(4);
    put(cache, "replaced", copy);
    assertThat(get(cache, "same")).isSameAs(same);
    assertThat(get(cache, "replaced")).isSameAs(copy);
    assertThat(cache.size()).isEqualTo(2);
  }

  @Test
  void aPlaceThatIsOutOfDateDoesNoHarm() {
    StateCache cache = StateCache.ofStates(AMPLE);
    HiddenState wanted = state(4);
    put(cache, "k", wanted);
    int place = cache.find("k");
    cache.remove("k");
    for (int i = 0; i < 1000; i++) {
      put(cache, "k" + i, state(4));
    }
    cache.put(place, "k", wanted);
    assertThat(get(cache, "k")).isSameAs(wanted);
    assertThat(cache.size()).isEqualTo(1001);
  }

  /** Whatever is found is what a map has; with room enough, all that the map has is found. */
  @ParameterizedTest
  @ValueSource(longs = {0, 300, 700, 2_000, 10_000, 60_000, AMPLE})
  void randomOperationsAreThoseOfAMap(long bound) {
    for (boolean owns : new boolean[] {false, true}) {
      long seed = bound + (owns ? 1 : 0);
      Random random = new Random(seed);
      StateCache cache = owns ? StateCache.ofStates(bound) : StateCache.ofReferences(bound);
      Map<String, HiddenState> map = new HashMap<>();
      Map<String, Integer> epochs = new HashMap<>();
      int epoch = 0;
      int found = 0;
      for (int i = 0; i < 20_000; i++) {
        String key =
            (random.nextBoolean() ? "Aa" : "BB") + (int) (800 * Math.pow(random.nextDouble(), 3));
        int place = cache.find(key);
        HiddenState state = cache.get(place, key);
        HiddenState expected = Integer.valueOf(epoch).equals(epochs.get(key)) ? map.get(key) : null;
        if (state != null || bound == AMPLE) {
          assertThat(state)
              .as("operation %d, bound %d, owns %s, seed=%d", i, bound, owns, seed)
              .isSameAs(expected);
        }
        found += state == null ? 0 : 1;
        switch (random.nextInt(20)) {
          case 0, 1 -> {
            cache.remove(key);
            map.remove(key);
          }
          case 2 -> {
            if (random.nextInt(100) == 0) {
              cache.beginEpoch();
              epoch++;
            }
          }
          case 3 -> {} // only looked up
          default -> {
            HiddenState now = map.get(key);
            if (now == null || random.nextInt(10) == 0) {
              now = state(1 + random.nextInt(50));
            }
            now.rememberToken(3, 64);
            cache.put(random.nextInt(10) == 0 ? StateCache.ABSENT : place, key, now);
            map.put(key, now);
            epochs.put(key, epoch);
          }
        }
        assertThat(cache.bytes())
            .as("operation %d, owns %s, seed=%d", i, owns, seed)
            .isLessThanOrEqualTo(Math.max(bound, EMPTY));
      }
      if (bound == AMPLE) {
        assertThat(cache.size()).isEqualTo(map.size());
        map.keySet().forEach(cache::remove);
        assertThat(cache.size()).isZero();
      }
      assertThat(found > 0).as("bound %d", bound).isEqualTo(bound > EMPTY);
    }
  }

  @Test
  void whatItOwnsCountsWithItsFloatsAndItsRememberedInputs() {
    StateCache owner = StateCache.ofStates(AMPLE);
    StateCache other = StateCache.ofReferences(AMPLE);
    HiddenState state = state(100);
    put(owner, "k", state);
    put(other, "k", state);
    long bytes = owner.bytes();
    assertThat(bytes - other.bytes()).isBetween(400L, 520L);
    assertThat(other.bytes() - EMPTY).isBetween(24L, 60L);
    for (int i = 0; i < 1000; i++) {
      state.rememberToken(i, 1000);
    }
    put(owner, "k", state);
    assertThat(owner.bytes() - bytes).isGreaterThanOrEqualTo(4000);
    owner.remove("k");
    assertThat(owner.bytes()).isEqualTo(EMPTY);
  }

  @Test
  void aStateThatOutgrowsTheBoundLeavesTheCache() {
    StateCache cache = StateCache.ofStates(EMPTY + 1000);
    HiddenState state = state(10);
    put(cache, "k", state);
    assertThat(get(cache, "k")).isSameAs(state);
    for (int i = 0; i < 1000; i++) {
      state.rememberToken(i, 1000);
    }
    put(cache, "k", state);
    assertThat(get(cache, "k")).isNull();
    assertThat(cache.bytes()).isEqualTo(EMPTY);
  }

  @Test
  void keysThatComeOnceDoNotReplaceThoseThatReturn() {
    StateCache cache = StateCache.ofReferences(10_000);
    List<String> returning = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      returning.add("returns" + i);
      put(cache, returning.get(i), state(1));
    }
    for (int i = 0; i < 5_000; i++) {
      put(cache, "once" + i, state(1));
      assertThat(get(cache, returning.get(i % 20))).as("after %d", i).isNotNull();
    }
  }

  @Test
  void aTableThatDoesNotGrowAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    StateCache cache = StateCache.ofReferences(20_000);
    String[] keys = new String[1000];
    HiddenState[] states = new HiddenState[1000];
    for (int i = 0; i < 1000; i++) {
      keys[i] = "k" + i;
      states[i] = state(8);
      put(cache, keys[i], states[i]);
    }
    int size = cache.size();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 20_000; i++) {
      int at = i * 7 % 1000;
      cache.touch(keys[at]);
      int place = cache.find(keys[at]);
      cache.touch(place);
      cache.get(place, keys[at]);
      cache.put(place, keys[at], states[at]);
      if (i % 100 == 0) {
        cache.remove(keys[at]);
        cache.beginEpoch();
      }
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).isLessThan(20_000);
    assertThat(size).as("it is full, so every put of another key replaces one").isLessThan(1000);
  }
}
