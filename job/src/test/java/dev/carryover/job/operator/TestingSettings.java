package dev.carryover.job.operator;

import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.OperatorSettings.Emission;

/** Operator settings, changed one by one: arrival order, batches of 4, nothing else. */
public final class TestingSettings {
  private int batchSize = 4;
  private boolean eventTimeOrder;
  private int maxBufferedEvents = 1000;
  private boolean deduplicate;
  private long gapMs = OperatorSettings.NONE;
  private long maximumLength = OperatorSettings.NONE;
  private long expireAfterMs = OperatorSettings.NONE;
  private boolean mapUnknown = true;
  private Emission emission = Emission.BY_TASK;
  private int next;
  private long alertRank = OperatorSettings.NONE;
  private double alertSurprisal = Double.NaN;

  private TestingSettings() {}

  public static TestingSettings settings() {
    return new TestingSettings();
  }

  public TestingSettings batchSize(int value) {
    batchSize = value;
    return this;
  }

  TestingSettings eventTimeOrder() {
    eventTimeOrder = true;
    return this;
  }

  TestingSettings maxBufferedEvents(int value) {
    maxBufferedEvents = value;
    return this;
  }

  TestingSettings deduplicate() {
    deduplicate = true;
    return this;
  }

  public TestingSettings gapMs(long value) {
    gapMs = value;
    return this;
  }

  TestingSettings maximumLength(long value) {
    maximumLength = value;
    return this;
  }

  TestingSettings expireAfterMs(long value) {
    expireAfterMs = value;
    return this;
  }

  TestingSettings refuseUnknown() {
    mapUnknown = false;
    return this;
  }

  TestingSettings emission(Emission value) {
    emission = value;
    return this;
  }

  TestingSettings next(int value) {
    next = value;
    return this;
  }

  TestingSettings alertRank(long value) {
    alertRank = value;
    return this;
  }

  TestingSettings alertSurprisal(double value) {
    alertSurprisal = value;
    return this;
  }

  /** The settings, with a linger of 5 ms and three expected tokens. */
  public OperatorSettings build() {
    return new OperatorSettings(
        batchSize,
        5,
        eventTimeOrder,
        maxBufferedEvents,
        deduplicate,
        gapMs,
        maximumLength,
        expireAfterMs,
        mapUnknown,
        emission,
        3,
        next,
        alertRank,
        alertSurprisal);
  }
}
