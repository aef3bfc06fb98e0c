package dev.carryover.job.serving;

import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.configuration.MemorySize;

/**
 * What the recurrent operator needs of the configuration. Times are milliseconds; {@link #NONE}
 * stands for an option that is not set.
 *
 * @param batchSize most events of a micro-batch
 * @param lingerMs longest that an event waits for its micro-batch to fill
 * @param eventTimeOrder whether the events of a key wait for the watermark
 * @param maxBufferedEvents most events of a key that may wait
 * @param deduplicate whether an event with a sequence number already seen is dropped
 * @param gapMs inactivity in event time that ends a sequence
 * @param maximumLength most events of a sequence
 * @param expireAfterMs event time after which an idle key is forgotten without a verdict
 * @param mapUnknown whether an unknown token is read as the vocabulary's unknown token
 * @param cacheBytes most memory of a subtask's cache of states; {@link #NONE} for the default, 0
 *     for no cache
 * @param emission which events get an inference
 * @param expected how many expected tokens an inference names
 * @param next how many next tokens an inference names
 * @param alertRank least rank that alerts
 * @param alertSurprisal least surprisal in nats that alerts; NaN for none
 * @param transduction how a seq2seq model answers
 */
public record OperatorSettings(
    int batchSize,
    long lingerMs,
    boolean eventTimeOrder,
    int maxBufferedEvents,
    boolean deduplicate,
    long gapMs,
    long maximumLength,
    long expireAfterMs,
    boolean mapUnknown,
    long cacheBytes,
    Emission emission,
    int expected,
    int next,
    long alertRank,
    double alertSurprisal,
    Transduction transduction)
    implements Serializable {

  /** An option that is not set. */
  public static final long NONE = Long.MAX_VALUE;

  private static final int HEAP_SHARE = 8;

  /** Which events get an inference. */
  public enum Emission {
    /** Classifiers answer at the end of a sequence, other tasks at every event. */
    BY_TASK,
    /** Every event. */
    EVERY_EVENT,
    /** Only the end of a sequence. */
    SEQUENCE_END
  }

  /**
   * How sequences are transduced by a seq2seq model.
   *
   * @param beamWidth hypotheses that are followed at a time
   * @param nBest answers of an inference, at most as many
   * @param maximumLength most tokens of an answer, its end token counted; 0 for what the model says
   * @param lengthPenalty exponent of the length penalty; 0 for none
   * @param attention whether answers come with their attention weights, where the model has any
   * @param maximumSourceLength most events of a sequence
   * @param deadLetterBeyond whether further events are dead letters, instead of the sequence ending
   * @param sliceNanos how long is decoded at a time
   * @param maximumPending most ended sequences that are in memory at a time
   */
  public record Transduction(
      int beamWidth,
      int nBest,
      int maximumLength,
      float lengthPenalty,
      boolean attention,
      int maximumSourceLength,
      boolean deadLetterBeyond,
      long sliceNanos,
      int maximumPending)
      implements Serializable {
    private static Transduction from(JobConfiguration configuration) {
      return new Transduction(
          configuration.get(JobOptions.TRANSDUCTION_BEAM_WIDTH),
          configuration.get(JobOptions.TRANSDUCTION_N_BEST),
          configuration.find(JobOptions.TRANSDUCTION_MAXIMUM_LENGTH).orElse(0),
          configuration.get(JobOptions.TRANSDUCTION_LENGTH_PENALTY).floatValue(),
          configuration.get(JobOptions.TRANSDUCTION_ATTENTION),
          configuration.get(JobOptions.TRANSDUCTION_MAXIMUM_SOURCE_LENGTH),
          configuration.get(JobOptions.TRANSDUCTION_BEYOND) == JobOptions.Beyond.DEAD_LETTER,
          configuration.get(JobOptions.TRANSDUCTION_SLICE).toNanos(),
          configuration.get(JobOptions.TRANSDUCTION_MAXIMUM_PENDING));
    }

    /** How the answers of a model are searched for. */
    public DecodingOptions options(EncoderDecoder model) {
      return new DecodingOptions(
          beamWidth,
          nBest,
          maximumLength == 0 ? model.maximumOutputLength() : maximumLength,
          lengthPenalty,
          attention && model.attention().hasContext());
    }
  }

  /** Reads the settings from a job's configuration. */
  public static OperatorSettings from(JobConfiguration configuration) {
    return new OperatorSettings(
        configuration.get(JobOptions.BATCH_SIZE),
        configuration.get(JobOptions.BATCH_LINGER).toMillis(),
        configuration.get(JobOptions.ORDERING_MODE) == JobOptions.Ordering.EVENT_TIME,
        configuration.get(JobOptions.ORDERING_MAX_BUFFERED_EVENTS),
        configuration.get(JobOptions.DEDUPLICATION),
        configuration.find(JobOptions.SEQUENCE_GAP).map(Duration::toMillis).orElse(NONE),
        configuration.find(JobOptions.SEQUENCE_MAXIMUM_LENGTH).orElse(NONE),
        configuration
            .find(JobOptions.SEQUENCE_EXPIRE_AFTER)
            .filter(expiry -> !expiry.isZero())
            .map(Duration::toMillis)
            .orElse(NONE),
        configuration.get(JobOptions.EVENTS_UNKNOWN_TOKEN) == JobOptions.UnknownToken.MAP,
        configuration.find(JobOptions.STATE_CACHE_SIZE).map(MemorySize::getBytes).orElse(NONE),
        configuration
            .find(JobOptions.INFERENCES_EMIT)
            .map(emit -> Emission.valueOf(emit.name()))
            .orElse(Emission.BY_TASK),
        configuration.get(JobOptions.INFERENCES_EXPECTED),
        configuration.get(JobOptions.INFERENCES_NEXT),
        configuration.find(JobOptions.ALERTS_RANK).map(Integer::longValue).orElse(NONE),
        configuration.find(JobOptions.ALERTS_SURPRISAL).orElse(Double.NaN),
        Transduction.from(configuration));
  }

  /**
   * Most memory of a subtask's cache of states, in bytes; 0 for no cache.
   *
   * @param slots of the process, which share an eighth of its heap where the job does not say
   */
  public long cacheBytes(int slots) {
    return cacheBytes == NONE ? Runtime.getRuntime().maxMemory() / HEAP_SHARE / slots : cacheBytes;
  }

  /** Whether a model of a task answers at every event, not only at the end of a sequence. */
  public boolean answersEveryEvent(Task task) {
    return switch (emission) {
      case EVERY_EVENT -> true;
      case SEQUENCE_END -> false;
      case BY_TASK -> task != Task.CLASSIFY && task != Task.SEQ2SEQ;
    };
  }

  /** Whether the job says itself what alerts. */
  public boolean setsAlerts() {
    return alertRank != NONE || !Double.isNaN(alertSurprisal);
  }

  /**
   * Event time at which a key that was last seen at {@code lastMs} has been silent for too long, or
   * {@link #NONE}.
   */
  public long deadline(long lastMs, boolean running) {
    long idle = running ? Math.min(gapMs, expireAfterMs) : expireAfterMs;
    long end = lastMs + idle;
    // One later: an event at exactly the gap still belongs to the sequence.
    return end < lastMs || end == NONE ? NONE : end + 1;
  }
}
