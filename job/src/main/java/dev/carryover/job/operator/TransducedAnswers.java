package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.OperatorMetrics;
import dev.carryover.job.serving.OperatorOutputs;
import dev.carryover.job.serving.OperatorSettings.Transduction;
import dev.carryover.job.serving.Revisions;
import dev.carryover.job.transduction.Decodes;
import dev.carryover.job.transduction.SourceStates;
import dev.carryover.schemas.SequenceEnd;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.runtime.state.KeyedStateBackend;

/**
 * Answers of models that decode: the source of a sequence is kept while it runs, and once it has
 * ended it is decoded, a slice at a time.
 */
final class TransducedAnswers implements SequenceAnswers {
  private final Transduction settings;
  private final SourceStates sources;
  private final Decodes decodes;

  TransducedAnswers(
      KeyedStateStore store,
      KeyedStateBackend<String> backend,
      Revisions revisions,
      Transduction settings,
      OperatorOutputs outputs,
      OperatorMetrics metrics)
      throws Exception {
    this.settings = settings;
    this.sources = new SourceStates(store);
    this.decodes = new Decodes(store, backend, sources, revisions, settings, outputs, metrics);
  }

  @Override
  public boolean finite(Lane lane) {
    return true;
  }

  @Override
  public boolean stepped(Lane lane, SequenceEnd end) throws Exception {
    sources.keep(lane.served, lane.row, lane.source);
    if (end != null) {
      begin(lane, end, lane.stepping, lane.stepping.timestampMs(), lane.state.steps());
    }
    return false;
  }

  @Override
  public boolean ended(Lane lane, SequenceEnd end, StreamEvent event) throws Exception {
    begin(lane, end, event, lane.endMs, lane.state.steps() + 1);
    return false;
  }

  @Override
  public void lost(Lane lane, SequenceEnd end) throws Exception {
    decodes.lost(lane.key, lane.state, end);
  }

  private void begin(Lane lane, SequenceEnd end, StreamEvent event, long timestampMs, long step)
      throws Exception {
    decodes.begin(lane.key, lane.served, lane.state, lane.source, end, event, timestampMs, step);
  }

  @Override
  public void answered(Lane lane) {
    throw new IllegalStateException("a sequence is answered by its decode, never by a row");
  }

  @Override
  public void replayed(Lane lane) {
    sources.keep(lane.served, lane.row, lane.source);
  }

  @Override
  public long maximumLength() {
    return settings.maximumSourceLength();
  }

  @Override
  public boolean refusesBeyond() {
    return settings.deadLetterBeyond();
  }

  @Override
  public boolean keeps() {
    return true;
  }

  @Override
  public void store(Lane lane) throws Exception {
    sources.store(lane.source, lane.running());
  }

  @Override
  public boolean pending() {
    return decodes.pending();
  }

  @Override
  public void work() throws Exception {
    decodes.slice();
  }

  @Override
  public void makeRoom() throws Exception {
    decodes.makeRoom();
  }

  @Override
  public void finish() throws Exception {
    decodes.finish();
  }

  @Override
  public void snapshot() throws Exception {
    decodes.snapshot();
  }

  @Override
  public long pendingOn(long revision) {
    return decodes.onRevision(revision);
  }

  @Override
  public long pendingUpTo(long revision) {
    return decodes.upToRevision(revision);
  }
}
