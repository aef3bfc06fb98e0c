package dev.carryover.job.serving;

import dev.carryover.job.revisions.StoredRevision;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.RecordCodec;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.StateInitializationContext;

/** The revisions that subtasks know, in operator state: every subtask gets those of all. */
public final class RevisionState {
  static final ListStateDescriptor<byte[]> REVISIONS =
      new ListStateDescriptor<>("revisions", BytePrimitiveArraySerializer.INSTANCE);

  private final ListState<byte[]> stored;
  private final RecordCodec<ModelAnnouncement> codec = RecordCodec.of(ModelAnnouncement.class);

  /** The operator state of that name. */
  public RevisionState(StateInitializationContext context) throws Exception {
    stored = context.getOperatorStateStore().getUnionListState(REVISIONS);
  }

  /** What was restored; nothing on a fresh start. */
  public List<StoredRevision> restored() throws Exception {
    List<StoredRevision> revisions = new ArrayList<>();
    for (byte[] bytes : stored.get()) {
      revisions.add(StoredRevision.fromBytes(bytes, codec));
    }
    return revisions;
  }

  /** Replaces what is stored. */
  public void snapshot(List<StoredRevision> revisions) throws Exception {
    stored.clear();
    for (StoredRevision revision : revisions) {
      stored.add(revision.toBytes(codec));
    }
  }
}
