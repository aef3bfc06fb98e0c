package dev.carryover.job.operator;

import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.OperatorSettings.Emission;
import dev.carryover.job.serving.OperatorSettings.Transduction;

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
  private long cacheBytes = OperatorSettings.NONE;
  private Emission emission = Emission.BY_TASK;
  private int next;
  private long alertRank = OperatorSettings.NONE;
  private double alertSurprisal = Double.NaN;
  private int beamWidth = 4;
  private int nBest = 1;
  private int maximumOutputLength = 12;
  private float lengthPenalty;
  private boolean attention;
  private int maximumSourceLength = 1000;
  private boolean deadLetterBeyond;
  private long sliceNanos;
  private int maximumPending = 256;

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

  TestingSettings cacheBytes(long value) {
    cacheBytes = value;
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

  TestingSettings beam(int width, int answers) {
    beamWidth = width;
    nBest = answers;
    return this;
  }

  TestingSettings maximumOutputLength(int value) {
    maximumOutputLength = value;
    return this;
  }

  TestingSettings lengthPenalty(float value) {
    lengthPenalty = value;
    return this;
  }

  TestingSettings attention() {
    attention = true;
    return this;
  }

  TestingSettings maximumSourceLength(int value, boolean deadLetter) {
    maximumSourceLength = value;
    deadLetterBeyond = deadLetter;
    return this;
  }

  TestingSettings sliceNanos(long value) {
    sliceNanos = value;
    return this;
  }

  TestingSettings maximumPending(int value) {
    maximumPending = value;
    return this;
  }

  private Transduction transduction() {
    return new Transduction(
        beamWidth,
        nBest,
        maximumOutputLength,
        lengthPenalty,
        attention,
        maximumSourceLength,
        deadLetterBeyond,
        sliceNanos,
        maximumPending);
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
        cacheBytes,
        emission,
        3,
        next,
        alertRank,
        alertSurprisal,
        transduction());
  }
}
