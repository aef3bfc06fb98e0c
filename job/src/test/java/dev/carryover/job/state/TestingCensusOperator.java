package dev.carryover.job.state;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.LongPrimitiveArraySerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Keeps a revision per key, and counts the keys in a census. */
final class TestingCensusOperator extends AbstractStreamOperator<String>
    implements OneInputStreamOperator<TestingCensusOperator.Step, String> {
  /** A key is stepped by a revision; 0 clears its state. */
  record Step(String key, long revision) {}

  /** What the operator puts into its checkpoints beside the keys. */
  enum Kind {
    CENSUS,
    /** As a build from before there was a census. */
    NOTHING,
    /** As a build that is not written yet. */
    CENSUS_OF_A_LATER_BUILD
  }

  private static final ValueStateDescriptor<Long> REVISION =
      new ValueStateDescriptor<>("revision", LongSerializer.INSTANCE);
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  transient KeyCensus census;
  private transient ListState<long[]> foreign;
  private transient ValueState<Long> revisions;

  TestingCensusOperator(Kind kind) {
    this.kind = kind;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    revisions = context.getKeyedStateStore().getState(REVISION);
    switch (kind) {
      case CENSUS -> census = new KeyCensus(context, getRuntimeContext().getTaskInfo());
      case CENSUS_OF_A_LATER_BUILD ->
          foreign =
              context
                  .getOperatorStateStore()
                  .getUnionListState(
                      new ListStateDescriptor<>(
                          "key-census", LongPrimitiveArraySerializer.INSTANCE));
      case NOTHING -> {}
    }
  }

  @Override
  public void processElement(StreamRecord<Step> record) throws Exception {
    Step step = record.getValue();
    Long before = revisions.value();
    if (before != null && census != null) {
      census.add(step.key(), before, -1);
    }
    if (step.revision() == 0) {
      revisions.clear();
    } else {
      revisions.update(step.revision());
      if (census != null) {
        census.add(step.key(), step.revision(), 1);
      }
    }
  }

  /** The keys by revision, from the states themselves. */
  Map<Long, Long> counted() throws Exception {
    Map<Long, Long> counted = new TreeMap<>();
    try (Stream<Object> keys =
        getKeyedStateBackend().getKeys(REVISION.getName(), VoidNamespace.INSTANCE)) {
      for (Object key : keys.toList()) {
        setCurrentKey(key);
        counted.merge(revisions.value(), 1L, Long::sum);
      }
    }
    return counted;
  }

  /** The keys by revision, as the census says. */
  Map<Long, Long> censused() {
    Map<Long, Long> censused = new TreeMap<>();
    census.revisions().forEach(revision -> censused.put(revision, census.keysOn(revision)));
    return censused;
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    if (census != null) {
      census.snapshot();
    } else if (foreign != null) {
      foreign.clear();
      foreign.add(new long[] {2});
    }
  }
}
