package dev.carryover.job.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.carryover.job.state.TestingCensusOperator.Kind;
import dev.carryover.job.state.TestingCensusOperator.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class KeyCensusTest {
  private static final int MAX_PARALLELISM = 16;

  /** Some subtasks of an operator that counts its keys. */
  private static final class Subtasks implements AutoCloseable {
    private final List<KeyedOneInputStreamOperatorTestHarness<String, Step, String>> harnesses =
        new ArrayList<>();
    private final List<TestingCensusOperator> operators = new ArrayList<>();

    private Subtasks(Kind kind, int parallelism, int before, OperatorSubtaskState from)
        throws Exception {
      for (int subtask = 0; subtask < parallelism; subtask++) {
        TestingCensusOperator operator = new TestingCensusOperator(kind);
        KeyedOneInputStreamOperatorTestHarness<String, Step, String> harness =
            new KeyedOneInputStreamOperatorTestHarness<>(
                operator, Step::key, Types.STRING, MAX_PARALLELISM, parallelism, subtask);
        operators.add(operator);
        harnesses.add(harness);
        if (from != null) {
          harness.initializeState(
              AbstractStreamOperatorTestHarness.repartitionOperatorState(
                  from, MAX_PARALLELISM, before, parallelism, subtask));
        }
        harness.open();
      }
    }

    static Subtasks start(int parallelism) throws Exception {
      return new Subtasks(Kind.CENSUS, parallelism, 0, null);
    }

    void step(String key, long revision) throws Exception {
      int subtask =
          KeyGroupRangeAssignment.assignKeyToParallelOperator(
              key, MAX_PARALLELISM, harnesses.size());
      harnesses.get(subtask).processElement(new StreamRecord<>(new Step(key, revision)));
    }

    /** Random keys begin, change their revision and end. */
    void stepAtRandom(long seed, int steps, int revisions) throws Exception {
      Random random = new Random(seed);
      for (int i = 0; i < steps; i++) {
        step("key-" + random.nextInt(90), random.nextInt(revisions + 1));
      }
    }

    OperatorSubtaskState checkpoint() throws Exception {
      OperatorSubtaskState[] states = new OperatorSubtaskState[harnesses.size()];
      for (int subtask = 0; subtask < states.length; subtask++) {
        states[subtask] = harnesses.get(subtask).snapshot(1, 0);
      }
      return AbstractStreamOperatorTestHarness.repackageState(states);
    }

    void assertExact(String what) throws Exception {
      for (TestingCensusOperator operator : operators) {
        Map<Long, Long> counted = operator.counted();
        assertThat(operator.censused()).as(what).isEqualTo(counted);
        assertThat(operator.census.keys())
            .as(what)
            .isEqualTo(counted.values().stream().mapToLong(Long::longValue).sum());
        assertThat(operator.census.keysBelow(3))
            .as(what)
            .isEqualTo(counted.getOrDefault(1L, 0L) + counted.getOrDefault(2L, 0L));
      }
    }

    @Override
    public void close() {
      for (KeyedOneInputStreamOperatorTestHarness<String, Step, String> harness : harnesses) {
        try {
          harness.close();
        } catch (Exception e) {
          throw new AssertionError("a subtask did not close", e);
        }
      }
    }
  }

  @Test
  void keysAreCountedByTheRevisionThatLastSteppedThem() throws Exception {
    try (Subtasks subtasks = Subtasks.start(1)) {
      KeyCensus census = subtasks.operators.get(0).census;
      assertThat(census.complete()).as("a job that begins has no keys").isTrue();
      assertThat(census.revisions()).isEmpty();

      subtasks.step("a", 3);
      subtasks.step("b", 3);
      subtasks.step("c", 5);
      subtasks.step("b", 7);
      assertThat(census.keys()).isEqualTo(3);
      assertThat(census.keysOn(3)).isEqualTo(1);
      assertThat(census.keysOn(4)).isZero();
      assertThat(census.keysBelow(7)).isEqualTo(2);
      assertThat(census.keysBelow(3)).isZero();
      assertThat(census.revisions()).containsExactly(3L, 5L, 7L);

      subtasks.step("a", 0);
      assertThat(census.revisions()).as("no key needs revision 3").containsExactly(5L, 7L);
      assertThat(census.keys()).isEqualTo(2);
    }
  }

  @Test
  void countsAreExactAfterEveryRestoreAndRescaling() throws Exception {
    OperatorSubtaskState state = null;
    int before = 0;
    for (int parallelism : new int[] {1, 3, 3, 2, 5, 16, 1}) {
      try (Subtasks subtasks = new Subtasks(Kind.CENSUS, parallelism, before, state)) {
        String what = "seed=%d, from %d to %d".formatted(parallelism, before, parallelism);
        assertThat(subtasks.operators).as(what).allMatch(operator -> operator.census.complete());
        subtasks.assertExact(what);
        subtasks.stepAtRandom(parallelism, 400, 5);
        subtasks.assertExact(what);
        state = subtasks.checkpoint();
      }
      before = parallelism;
    }
  }

  @Test
  void aSavepointFromBeforeThereWasACensusIsCountedOnce() throws Exception {
    OperatorSubtaskState state;
    try (Subtasks subtasks = new Subtasks(Kind.NOTHING, 2, 0, null)) {
      subtasks.stepAtRandom(11, 400, 3);
      state = subtasks.checkpoint();
    }
    try (Subtasks subtasks = new Subtasks(Kind.CENSUS, 3, 2, state)) {
      for (TestingCensusOperator operator : subtasks.operators) {
        assertThat(operator.census.complete()).isFalse();
        assertThat(operator.census.keys()).isZero();
      }
    }
  }

  @Test
  void anEmptyCensusIsComplete() throws Exception {
    OperatorSubtaskState state;
    try (Subtasks subtasks = Subtasks.start(2)) {
      state = subtasks.checkpoint();
    }
    try (Subtasks subtasks = new Subtasks(Kind.CENSUS, 3, 2, state)) {
      assertThat(subtasks.operators).allMatch(operator -> operator.census.complete());
    }
  }

  @Test
  void aCensusOfALaterBuildIsRefusedByName() throws Exception {
    OperatorSubtaskState state;
    try (Subtasks subtasks = new Subtasks(Kind.CENSUS_OF_A_LATER_BUILD, 1, 0, null)) {
      state = subtasks.checkpoint();
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> new Subtasks(Kind.CENSUS, 1, 1, state).close())
        .withMessage(
            "the census of keys in this savepoint has layout 2, this build reads layout 1; restore"
                + " with the build that wrote the savepoint, or a later one");
  }

  @Test
  void aKeyOfAnotherSubtaskIsRefused() throws Exception {
    try (Subtasks subtasks = Subtasks.start(2)) {
      String key = "a";
      int group = KeyGroupRangeAssignment.assignToKeyGroup(key, MAX_PARALLELISM);
      int other = group < 8 ? 1 : 0;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> subtasks.operators.get(other).census.add(key, 1, 1))
          .withMessage(
              "key 'a' is of key group %d, this subtask has the key groups %d to %d; count it in the subtask that has its state",
              group, other * 8, other * 8 + 7);
    }
  }

  @Test
  void noMoreKeysAreCountedOutThanIn() throws Exception {
    try (Subtasks subtasks = Subtasks.start(1)) {
      KeyCensus census = subtasks.operators.get(0).census;
      census.add("a", 3, 1);
      assertThatIllegalStateException()
          .isThrownBy(() -> census.add("a", 3, -2))
          .withMessage(
              "2 keys of key group %d are counted out of revision 3, which has 1; count a key in with the revision that it is counted out of",
              KeyGroupRangeAssignment.assignToKeyGroup("a", MAX_PARALLELISM));
      assertThat(census.keysOn(3)).isOne();
    }
  }
}
