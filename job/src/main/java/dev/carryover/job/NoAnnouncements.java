package dev.carryover.job;

import dev.carryover.schemas.ModelAnnouncement;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;

/** A stream of announcements that has none. */
final class NoAnnouncements implements FlatMapFunction<Long, ModelAnnouncement> {
  private static final long serialVersionUID = 1L;

  @Override
  public void flatMap(Long ignored, Collector<ModelAnnouncement> out) {
    // Nothing is announced.
  }
}
