package dev.carryover.job.config;

import static dev.carryover.job.config.ValueType.decimal;
import static dev.carryover.job.config.ValueType.duration;
import static dev.carryover.job.config.ValueType.flag;
import static dev.carryover.job.config.ValueType.listOf;
import static dev.carryover.job.config.ValueType.oneOf;
import static dev.carryover.job.config.ValueType.positiveNumber;
import static dev.carryover.job.config.ValueType.size;
import static dev.carryover.job.config.ValueType.text;
import static dev.carryover.job.config.ValueType.topic;
import static dev.carryover.job.config.ValueType.wholeNumber;
import static org.apache.flink.configuration.ConfigOptions.key;

import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.connector.base.DeliveryGuarantee;

/**
 * Every option of a job: its key, type, default and meaning. {@code job/OPTIONS.md} is generated
 * from this class.
 *
 * @see JobConfiguration#get
 */
public final class JobOptions {
  /** What the records of the event topics are. */
  public enum EventFormat {
    /** The {@code Event} record of this project, in Avro single-object encoding. */
    EVENT,
    /** Any Avro record, read by a field mapping. */
    AVRO,
    /** JSON objects, read by a field mapping. */
    JSON
  }

  /** Where reading begins when the job is not restored. */
  public enum StartPosition {
    /** At the beginning of every partition. */
    EARLIEST,
    /** At the end of every partition. */
    LATEST,
    /** Where the consumer group stopped; at the beginning where it has never been. */
    COMMITTED
  }

  /** What becomes of a token that the vocabulary does not have. */
  public enum UnknownToken {
    /** It is read as the unknown token of the vocabulary. */
    MAP,
    /** It is a dead letter. */
    DEAD_LETTER
  }

  /** What the number in the timestamp field counts. */
  public enum TimestampUnit {
    /** Not a number: ISO-8601 text with an offset, such as {@code 2026-01-31T12:00:00.5Z}. */
    ISO_8601,
    /** Seconds since 1970. */
    S,
    /** Milliseconds since 1970. */
    MS,
    /** Microseconds since 1970. */
    US,
    /** Nanoseconds since 1970. */
    NS
  }

  /** What stands before the Avro bytes in a record. */
  public enum AvroFraming {
    /** Nothing: every record is written with the configured schema. */
    NONE,
    /** Avro single-object encoding: marker and 8-byte fingerprint of the schema. */
    SINGLE_OBJECT,
    /** Confluent's wire format: a zero byte and a 4-byte schema id. */
    CONFLUENT
  }

  /** In which order the events of a key are applied. */
  public enum Ordering {
    /** As they arrive. */
    ARRIVAL,
    /** By event time: they wait for the watermark. */
    EVENT_TIME
  }

  /** Where keyed state lives. */
  public enum StateBackend {
    /** On the JVM heap: the fastest, bounded by memory. */
    HEAP,
    /** In RocksDB, on local disk. */
    ROCKSDB
  }

  /** Which kernels step the model. */
  public enum Kernels {
    /** Vectors where the JVM has the Vector API module, plain Java elsewhere. */
    AUTO,
    /** Plain Java. */
    SCALAR,
    /** Vectors, or an error where the JVM lacks the module. */
    SIMD
  }

  /** What the weights of a model are kept in. */
  public enum Weights {
    /** Floats of 32 bits, as the file has them. */
    FP32,
    /** Floats of 16 bits, rounded: half the memory, and nearly half the time of a single row. */
    BF16
  }

  /** What becomes of state that needs a revision whose file is no longer to be had. */
  public enum MissingRevision {
    /** The job fails with an error that names the file, until it is back. */
    FAIL,
    /** The state is reset, and its sequence goes on with a revision that is there. */
    RESET
  }

  /** What becomes of a sequence that is longer than its source may be. */
  public enum Beyond {
    /** It ends there. */
    END,
    /** Its further events are dead letters until it ends. */
    DEAD_LETTER
  }

  /** When a key gets an inference. */
  public enum Emission {
    /** After every event. */
    EVERY_EVENT,
    /** Once, when its sequence ends. */
    SEQUENCE_END
  }

  /** An option with how its values are read. */
  record Definition<T>(
      ConfigOption<T> option, String purpose, ValueType<T> type, boolean required) {
    String defaultText() {
      return option.hasDefaultValue() ? type.format(option.defaultValue()) : "";
    }
  }

  /** A group of keys that is handed on to another system. */
  record PassThrough(String prefix, String purpose) {}

  /** Longer than any stream; keeps sums of times within 64 bits. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private static final Map<String, Definition<?>> DEFINITIONS = new LinkedHashMap<>();

  /** The name of the job. */
  public static final ConfigOption<String> JOB_NAME =
      required(
          key("job.name").stringType().noDefaultValue(),
          "The name of the job in Flink; also the consumer group and the transactional id prefix"
              + " where those are not set, so two jobs on one Kafka need two names.",
          text("any text"));

  /** The parallelism of the job. */
  public static final ConfigOption<Integer> PARALLELISM =
      optional(
          key("parallelism").intType().noDefaultValue(),
          "How many parallel instances the operators have; Flink's own default where it is not set.",
          wholeNumber(1, 32767));

  /** The Kafka brokers. */
  public static final ConfigOption<List<String>> KAFKA_BOOTSTRAP_SERVERS =
      required(
          key("kafka.bootstrap-servers").stringType().asList().noDefaultValue(),
          "The Kafka brokers to connect to first.",
          listOf(text("a host:port")));

  /** The topics to read. */
  public static final ConfigOption<List<String>> EVENTS_TOPICS =
      required(
          key("events.topics").stringType().asList().noDefaultValue(),
          "The topics that hold the events.",
          listOf(topic()));

  /** The consumer group. */
  public static final ConfigOption<String> EVENTS_GROUP_ID =
      optional(
          key("events.group-id").stringType().noDefaultValue().withFallbackKeys("job.name"),
          "The consumer group under which progress is committed, for monitoring and for"
              + " `events.start: committed`.",
          text("any text"));

  /** Where to begin. */
  public static final ConfigOption<StartPosition> EVENTS_START =
      optional(
          key("events.start").enumType(StartPosition.class).defaultValue(StartPosition.EARLIEST),
          "Where reading begins when the job is not restored from a checkpoint or savepoint;"
              + " `committed` begins at the earliest offset where the group has none.",
          oneOf(List.of(StartPosition.values())));

  /** What the records are. */
  public static final ConfigOption<EventFormat> EVENTS_FORMAT =
      optional(
          key("events.format").enumType(EventFormat.class).defaultValue(EventFormat.EVENT),
          "What the records are: `event` is the canonical `Event` record; `avro` and `json` are read"
              + " by `events.mapping.*`.",
          oneOf(List.of(EventFormat.values())));

  /** The largest record that is decoded. */
  public static final ConfigOption<MemorySize> EVENTS_MAX_RECORD_SIZE =
      optional(
          key("events.max-record-size").memoryType().defaultValue(MemorySize.ofMebiBytes(1)),
          "A larger record (its key and value together) is not decoded but becomes a dead letter.",
          size(new MemorySize(64), MemorySize.ofMebiBytes(512)));

  /** The longest key. */
  public static final ConfigOption<Integer> EVENTS_MAX_KEY_LENGTH =
      optional(
          key("events.max-key-length").intType().defaultValue(1024),
          "An event with a longer key (in UTF-16 units) becomes a dead letter.",
          wholeNumber(1, 65536));

  /** How far events may be out of order. */
  public static final ConfigOption<Duration> EVENTS_MAX_OUT_OF_ORDERNESS =
      optional(
          key("events.max-out-of-orderness").durationType().defaultValue(Duration.ZERO),
          "How far the watermark stays behind the latest event time of a partition.",
          duration(Duration.ZERO, LONGEST));

  /** When a silent partition stops holding the watermark. */
  public static final ConfigOption<Duration> EVENTS_IDLE_TIMEOUT =
      optional(
          key("events.idle-timeout").durationType().defaultValue(Duration.ofMinutes(1)),
          "A partition that is silent for so long no longer holds back the watermark; `0 s` never.",
          duration(Duration.ZERO, Duration.ofDays(1)));

  /** How far event time may be ahead of the record's. */
  public static final ConfigOption<Duration> EVENTS_MAX_TIME_AHEAD =
      optional(
          key("events.max-time-ahead").durationType().defaultValue(Duration.ofDays(1)),
          "An event whose time is further ahead of its Kafka record's timestamp becomes a dead letter,"
              + " so that one wrong clock cannot push the watermark.",
          duration(Duration.ZERO, LONGEST));

  /** What becomes of unknown tokens. */
  public static final ConfigOption<UnknownToken> EVENTS_UNKNOWN_TOKEN =
      optional(
          key("events.unknown-token").enumType(UnknownToken.class).defaultValue(UnknownToken.MAP),
          "What becomes of a token that the vocabulary does not have: `map` reads it as the unknown"
              + " token of the model; where the model has none, it is a dead letter all the same.",
          oneOf(List.of(UnknownToken.values())));

  /** Where the key is. */
  public static final ConfigOption<String> EVENTS_MAPPING_KEY =
      optional(
          key("events.mapping.key").stringType().noDefaultValue(),
          "The field of the key, or `$key` for the key of the Kafka record as UTF-8.",
          text("a field path such as user.id or items[0].name, or $key"));

  /** Where the time is. */
  public static final ConfigOption<String> EVENTS_MAPPING_TIMESTAMP =
      optional(
          key("events.mapping.timestamp").stringType().noDefaultValue(),
          "The field of the event time, or `$timestamp` for the timestamp of the Kafka record.",
          text("a field path, or $timestamp"));

  /** What the time counts. */
  public static final ConfigOption<TimestampUnit> EVENTS_MAPPING_TIMESTAMP_UNIT =
      optional(
          key("events.mapping.timestamp-unit")
              .enumType(TimestampUnit.class)
              .defaultValue(TimestampUnit.MS),
          "What the number in the timestamp field counts since 1970, or `iso-8601` for text.",
          oneOf(List.of(TimestampUnit.values())));

  /** Where the token is. */
  public static final ConfigOption<String> EVENTS_MAPPING_TOKEN =
      optional(
          key("events.mapping.token").stringType().noDefaultValue(),
          "The field of the token.",
          text("a field path"));

  /** Where the features are. */
  public static final ConfigOption<List<String>> EVENTS_MAPPING_FEATURES =
      optional(
          key("events.mapping.features").stringType().asList().noDefaultValue(),
          "The fields of the features, in the model's order; a single field may hold an array.",
          listOf(text("a field path")));

  /** Where the sequence number is. */
  public static final ConfigOption<String> EVENTS_MAPPING_SEQUENCE =
      optional(
          key("events.mapping.sequence").stringType().noDefaultValue(),
          "The field of the sequence number of the event within its key, for de-duplication.",
          text("a field path"));

  /** Where the end flag is. */
  public static final ConfigOption<String> EVENTS_MAPPING_END =
      optional(
          key("events.mapping.end").stringType().noDefaultValue(),
          "The boolean field that says that the event ends its sequence.",
          text("a field path"));

  /** The schema of Avro records. */
  public static final ConfigOption<String> EVENTS_AVRO_SCHEMA =
      optional(
          key("events.avro.schema").stringType().noDefaultValue(),
          "The `.avsc` file of the schema that `events.mapping.*` speaks of; a relative path starts at"
              + " the folder of the configuration file.",
          text("a path"));

  /** What stands before the Avro bytes. */
  public static final ConfigOption<AvroFraming> EVENTS_AVRO_FRAMING =
      optional(
          key("events.avro.framing").enumType(AvroFraming.class).defaultValue(AvroFraming.NONE),
          "What stands before the Avro bytes: nothing, the marker and fingerprint of single-object"
              + " encoding, or the zero byte and schema id of a Confluent-compatible registry.",
          oneOf(List.of(AvroFraming.values())));

  /** In which order events are applied. */
  public static final ConfigOption<Ordering> ORDERING_MODE =
      optional(
          key("ordering.mode").enumType(Ordering.class).defaultValue(Ordering.ARRIVAL),
          "In which order the events of a key are applied: as they arrive, or by event time (they wait"
              + " for the watermark, and late ones go to `late.topic`).",
          oneOf(List.of(Ordering.values())));

  /** How many events of a key may wait. */
  public static final ConfigOption<Integer> ORDERING_MAX_BUFFERED_EVENTS =
      optional(
          key("ordering.max-buffered-events").intType().defaultValue(10_000),
          "How many events of one key may wait for the watermark; more become dead letters.",
          wholeNumber(1, 10_000_000));

  /** Whether duplicates are dropped. */
  public static final ConfigOption<Boolean> DEDUPLICATION =
      optional(
          key("deduplication").booleanType().defaultValue(false),
          "Whether an event is dropped when its sequence number is not above the last one of its key.",
          flag());

  /** The inactivity gap. */
  public static final ConfigOption<Duration> SEQUENCE_GAP =
      optional(
          key("sequence.gap").durationType().noDefaultValue(),
          "A sequence ends when its key is silent for so long in event time.",
          duration(Duration.ofMillis(1), LONGEST));

  /** The maximum length. */
  public static final ConfigOption<Long> SEQUENCE_MAXIMUM_LENGTH =
      optional(
          key("sequence.maximum-length").longType().noDefaultValue(),
          "A sequence ends after so many events.",
          positiveNumber());

  /** When idle state is dropped. */
  public static final ConfigOption<Duration> SEQUENCE_EXPIRE_AFTER =
      optional(
          key("sequence.expire-after").durationType().defaultValue(Duration.ofDays(7)),
          "The state of a key that is silent for so long in event time is dropped without a verdict;"
              + " `0 s` never.",
          duration(Duration.ZERO, LONGEST));

  /** Where state lives. */
  public static final ConfigOption<StateBackend> STATE_BACKEND =
      optional(
          key("state.backend").enumType(StateBackend.class).defaultValue(StateBackend.HEAP),
          "Where keyed state lives: `heap` is the fastest, `rocksdb` holds more than memory.",
          oneOf(List.of(StateBackend.values())));

  /** How much memory the cache of states may take. */
  public static final ConfigOption<MemorySize> STATE_CACHE_SIZE =
      optional(
          key("state.cache-size").memoryType().noDefaultValue(),
          "How much of the Java heap a subtask may take for finding the states of recent keys without"
              + " asking the backend. With `rocksdb` the states themselves count, with `heap` what"
              + " points to them. `0 b` turns it off; where it is not set, an eighth of the heap, shared"
              + " by the slots of the process.",
          size(MemorySize.ZERO, MemorySize.ofMebiBytes(1 << 20)));

  /** How many events are stepped at once. */
  public static final ConfigOption<Integer> BATCH_SIZE =
      optional(
          key("batch.size").intType().defaultValue(256),
          "How many events an operator instance collects to step them at once.",
          wholeNumber(1, 65536));

  /** How long an event waits for others. */
  public static final ConfigOption<Duration> BATCH_LINGER =
      optional(
          key("batch.linger").durationType().defaultValue(Duration.ofMillis(5)),
          "How long an event waits for others before a batch that is not full is stepped.",
          duration(Duration.ZERO, Duration.ofMinutes(1)));

  /** The model file. */
  public static final ConfigOption<String> MODEL_PATH =
      required(
          key("model.path").stringType().noDefaultValue(),
          "The model file; a relative path starts at the folder of the configuration file.",
          text("a path"));

  /** The revision of the model. */
  public static final ConfigOption<Long> MODEL_REVISION =
      optional(
          key("model.revision").longType().defaultValue(1L),
          "The revision number that inferences carry; raise it when the model file changes.",
          positiveNumber());

  /** The kernels. */
  public static final ConfigOption<Kernels> MODEL_KERNELS =
      optional(
          key("model.kernels").enumType(Kernels.class).defaultValue(Kernels.AUTO),
          "Which kernels step the model; all give the same bits.",
          oneOf(List.of(Kernels.values())));

  /** The precision of weights. */
  public static final ConfigOption<Weights> MODEL_WEIGHTS =
      optional(
          key("model.weights").enumType(Weights.class).defaultValue(Weights.FP32),
          "What the weights of every revision are kept in. `bf16` takes half the memory and nearly"
              + " half the time of a step of one key, and rounds them: the answers are others, on"
              + " every machine the same others.",
          oneOf(List.of(Weights.values())));

  /** How much rounded weights may change. */
  public static final ConfigOption<Double> MODEL_WEIGHT_TOLERANCE =
      optional(
          key("model.weight-tolerance")
              .doubleType()
              .defaultValue(RuntimeOptions.DEFAULT_WEIGHT_TOLERANCE),
          "With `bf16`, how far an output of a model's self-tests may move, as a share of the largest"
              + " output that its trainer recorded; a model that moves further is refused.",
          decimal(0));

  /** The control topic. */
  public static final ConfigOption<String> MODELS_TOPIC =
      optional(
          key("models.topic").stringType().noDefaultValue(),
          "The control topic: announcements of further revisions of the model are read from it, from"
              + " its beginning at every start, so it needs `retention.ms=-1`. Where it is not set, the"
              + " job serves the model of its configuration alone.",
          topic());

  /** The topic of what became of announced revisions. */
  public static final ConfigOption<String> MODELS_STATUS_TOPIC =
      optional(
          key("models.status-topic").stringType().noDefaultValue(),
          "The topic that is told what became of announced revisions; needed by `models.topic`.",
          topic());

  /** The key that announcements are signed for. */
  public static final ConfigOption<String> MODELS_PUBLIC_KEY =
      optional(
          key("models.public-key").stringType().noDefaultValue(),
          "The PEM file of an Ed25519 public key: announcements without its signature are refused. A"
              + " relative path starts at the folder of the configuration file.",
          text("a path"));

  /** Where announced files may be. */
  public static final ConfigOption<List<String>> MODELS_ALLOWED_LOCATIONS =
      optional(
          key("models.allowed-locations").stringType().asList().noDefaultValue(),
          "The folders that announced model files may lie in or below; a relative path starts at the"
              + " folder of the configuration file. Where it is not set, the folder of `model.path`.",
          listOf(text("a path or the URI of a folder, such as s3://bucket/models")));

  /** The largest announced file. */
  public static final ConfigOption<MemorySize> MODELS_MAXIMUM_SIZE =
      optional(
          key("models.maximum-size").memoryType().defaultValue(MemorySize.ofMebiBytes(512)),
          "A larger announced model file is refused before it is fetched.",
          size(MemorySize.parse("1 kb"), MemorySize.parse("2 gb")));

  /** How long a revision may take to be ready. */
  public static final ConfigOption<Duration> MODELS_LOAD_TIMEOUT =
      optional(
          key("models.load-timeout").durationType().defaultValue(Duration.ofMinutes(1)),
          "How long fetching and loading an announced model may take before it is refused; also the"
              + " longest that events wait for one.",
          duration(Duration.ofSeconds(1), Duration.ofHours(1)));

  /** How many models are held. */
  public static final ConfigOption<Integer> MODELS_MAXIMUM_RESIDENT =
      optional(
          key("models.maximum-resident").intType().defaultValue(4),
          "How many models an operator instance holds at once: the one that serves, one that is"
              + " loading, and older ones that sequences still run on.",
          wholeNumber(2, 64));

  /** How many inputs are remembered. */
  public static final ConfigOption<Integer> MODELS_REPLAY_LENGTH =
      optional(
          key("models.replay-length").intType().defaultValue(0),
          "How many of its last inputs every running sequence remembers, for announcements with the"
              + " state policy `replay`. A sequence remembers from when this is set, so it may be set"
              + " before `models.topic` is.",
          wholeNumber(0, 10_000));

  /** What becomes of state whose revision is missing. */
  public static final ConfigOption<MissingRevision> MODELS_MISSING =
      optional(
          key("models.missing").enumType(MissingRevision.class).defaultValue(MissingRevision.FAIL),
          "What becomes of restored state whose revision can no longer be loaded: `fail` names the"
              + " file and ends the job, `reset` begins the sequence anew.",
          oneOf(List.of(MissingRevision.values())));

  /** The topic of inferences. */
  public static final ConfigOption<String> INFERENCES_TOPIC =
      required(
          key("inferences.topic").stringType().noDefaultValue(),
          "The topic that inferences are written to.",
          topic());

  /** How many expected tokens are told. */
  public static final ConfigOption<Integer> INFERENCES_EXPECTED =
      optional(
          key("inferences.expected").intType().defaultValue(3),
          "How many of the likeliest tokens an inference names beside the observed one.",
          wholeNumber(0, 1000));

  /** How many next tokens are told. */
  public static final ConfigOption<Integer> INFERENCES_NEXT =
      optional(
          key("inferences.next").intType().defaultValue(0),
          "How many of the likeliest tokens that come next an inference names.",
          wholeNumber(0, 1000));

  /** When inferences are emitted. */
  public static final ConfigOption<Emission> INFERENCES_EMIT =
      optional(
          key("inferences.emit").enumType(Emission.class).noDefaultValue(),
          "When a key gets an inference; where it is not set, the task of the model decides.",
          oneOf(List.of(Emission.values())));

  /** How many hypotheses a decoder follows. */
  public static final ConfigOption<Integer> TRANSDUCTION_BEAM_WIDTH =
      optional(
          key("transduction.beam-width").intType().defaultValue(4),
          "How many hypotheses the decoder of a seq2seq model follows at a time; 1 is greedy search.",
          wholeNumber(1, DecodingOptions.LARGEST_BEAM_WIDTH));

  /** How many answers are given. */
  public static final ConfigOption<Integer> TRANSDUCTION_N_BEST =
      optional(
          key("transduction.n-best").intType().defaultValue(1),
          "How many of the best output sequences an inference holds; at most the beam width.",
          wholeNumber(1, DecodingOptions.LARGEST_BEAM_WIDTH));

  /** How long an output sequence may be. */
  public static final ConfigOption<Integer> TRANSDUCTION_MAXIMUM_LENGTH =
      optional(
          key("transduction.maximum-length").intType().noDefaultValue(),
          "The most tokens of an output sequence, its end token counted; where it is not set, what"
              + " the model says.",
          wholeNumber(1, EncoderDecoder.LARGEST_MAXIMUM_OUTPUT_LENGTH));

  /** How much long output sequences are favored. */
  public static final ConfigOption<Double> TRANSDUCTION_LENGTH_PENALTY =
      optional(
          key("transduction.length-penalty").doubleType().defaultValue(0.0),
          "The exponent of the length penalty of Wu et al. 2016, by which scores are divided: the"
              + " larger, the more longer output sequences are favored; 0 is none.",
          decimal(0));

  /** Whether attention weights are told. */
  public static final ConfigOption<Boolean> TRANSDUCTION_ATTENTION =
      optional(
          key("transduction.attention").booleanType().defaultValue(false),
          "Whether an inference holds the attention weights of every output token, of the models that"
              + " have attention.",
          flag());

  /** How long a source may be. */
  public static final ConfigOption<Integer> TRANSDUCTION_MAXIMUM_SOURCE_LENGTH =
      optional(
          key("transduction.maximum-source-length").intType().defaultValue(1_000),
          "How many events a sequence of a seq2seq model may have, which bounds what is kept of it."
              + " It holds for every model, so that no swap of models moves an end.",
          wholeNumber(1, 100_000));

  /** What becomes of longer sources. */
  public static final ConfigOption<Beyond> TRANSDUCTION_BEYOND =
      optional(
          key("transduction.beyond").enumType(Beyond.class).defaultValue(Beyond.END),
          "What becomes of a sequence that has `transduction.maximum-source-length` events: `end` ends"
              + " and decodes it there, `dead-letter` makes its further events dead letters until it"
              + " ends.",
          oneOf(List.of(Beyond.values())));

  /** How long decoding may hold up events and checkpoints. */
  public static final ConfigOption<Duration> TRANSDUCTION_SLICE =
      optional(
          key("transduction.slice").durationType().defaultValue(Duration.ofMillis(5)),
          "How long sequences that have ended are decoded before events and checkpoints come to their"
              + " turn; a step of the decoder that has begun is finished. `0 s` is one step.",
          duration(Duration.ZERO, Duration.ofMinutes(1)));

  /** How many decodes may wait. */
  public static final ConfigOption<Integer> TRANSDUCTION_MAXIMUM_PENDING =
      optional(
          key("transduction.maximum-pending").intType().defaultValue(256),
          "How many ended sequences an operator instance holds in memory until they are decoded. When"
              + " there are more, they wait in keyed state, and events are taken in only as decodes are"
              + " finished.",
          wholeNumber(1, 1_000_000));

  /** The topic of alerts. */
  public static final ConfigOption<String> ALERTS_TOPIC =
      optional(
          key("alerts.topic").stringType().noDefaultValue(),
          "The topic that alerting inferences are written to in addition. Where neither alerts.rank nor"
              + " alerts.surprisal is set, the thresholds calibrated in the model file decide.",
          topic());

  /** The rank that alerts. */
  public static final ConfigOption<Integer> ALERTS_RANK =
      optional(
          key("alerts.rank").intType().noDefaultValue(),
          "An inference alerts when the rank of the observed token (0 = likeliest) is at least this.",
          wholeNumber(0, Integer.MAX_VALUE));

  /** The surprisal that alerts. */
  public static final ConfigOption<Double> ALERTS_SURPRISAL =
      optional(
          key("alerts.surprisal").doubleType().noDefaultValue(),
          "An inference alerts when the surprisal of the observed token, in nats, is at least this.",
          decimal(0));

  /** The topic of dead letters. */
  public static final ConfigOption<String> DEAD_LETTERS_TOPIC =
      required(
          key("dead-letters.topic").stringType().noDefaultValue(),
          "The topic that records which cannot be used are written to, whole and with the reason.",
          topic());

  /** The largest part of a dead letter. */
  public static final ConfigOption<MemorySize> DEAD_LETTERS_MAX_PART_SIZE =
      optional(
          key("dead-letters.max-part-size").memoryType().defaultValue(MemorySize.parse("512 kb")),
          "A dead or late record whose bytes are more is written in several parts, each a record.",
          size(MemorySize.parse("1 kb"), MemorySize.ofMebiBytes(512)));

  /** The topic of late events. */
  public static final ConfigOption<String> LATE_TOPIC =
      optional(
          key("late.topic").stringType().noDefaultValue(),
          "The topic that late events are written to, whole; needed by `ordering.mode: event-time`.",
          topic());

  /** How often an output is delivered. */
  public static final ConfigOption<DeliveryGuarantee> DELIVERY_GUARANTEE =
      optional(
          key("delivery.guarantee")
              .enumType(DeliveryGuarantee.class)
              .defaultValue(DeliveryGuarantee.EXACTLY_ONCE),
          "`exactly-once` writes in Kafka transactions that a checkpoint commits; `at-least-once` is"
              + " visible at once and may repeat after a failure.",
          oneOf(List.of(DeliveryGuarantee.EXACTLY_ONCE, DeliveryGuarantee.AT_LEAST_ONCE)));

  /** The prefix of transactional ids. */
  public static final ConfigOption<String> DELIVERY_TRANSACTIONAL_ID_PREFIX =
      optional(
          key("delivery.transactional-id-prefix")
              .stringType()
              .noDefaultValue()
              .withFallbackKeys("job.name"),
          "What the ids of the job's Kafka transactions begin with; two jobs must not share it.",
          text("any text"));

  /** When an open transaction is aborted by the broker. */
  public static final ConfigOption<Duration> DELIVERY_TRANSACTION_TIMEOUT =
      optional(
          key("delivery.transaction-timeout").durationType().defaultValue(Duration.ofMinutes(15)),
          "After so long the broker aborts an open transaction and its output is lost: keep it above"
              + " the longest outage, and at most the broker's `transaction.max.timeout.ms`.",
          duration(Duration.ofSeconds(1), Duration.ofDays(24)));

  /** How often a checkpoint is taken. */
  public static final ConfigOption<Duration> CHECKPOINTS_INTERVAL =
      optional(
          key("checkpoints.interval").durationType().defaultValue(Duration.ofSeconds(10)),
          "How often a checkpoint is taken; with `exactly-once` also how late outputs are visible.",
          duration(Duration.ofMillis(10), Duration.ofDays(1)));

  /** Where checkpoints go. */
  public static final ConfigOption<String> CHECKPOINTS_DIRECTORY =
      optional(
          key("checkpoints.directory").stringType().noDefaultValue(),
          "Where checkpoints are written; Flink's own default where it is not set.",
          text("a path or URI"));

  /** Keys that are handed on. */
  static final List<PassThrough> PASS_THROUGH =
      List.of(
          new PassThrough(
              "kafka.properties.",
              "Properties of every Kafka client (consumer, producer, admin), such as security."),
          new PassThrough("events.properties.", "Properties of the consumer of the event topics."),
          new PassThrough(
              "events.avro.writer-schemas.",
              "`.avsc` files of the schemas that records were written with. With `confluent` framing"
                  + " the key is the schema id and every id that occurs must be listed; with"
                  + " `single-object` framing it is any name, and the fingerprint selects."),
          new PassThrough(
              JobConfiguration.CONTROL_PROPERTIES,
              "Properties of the consumers of `models.topic`."),
          new PassThrough("delivery.properties.", "Properties of the producers of all outputs."),
          new PassThrough("flink.", "Options of Flink, without the prefix."));

  private JobOptions() {}

  /** Every option, in the order of {@code job/OPTIONS.md}. */
  public static List<ConfigOption<?>> all() {
    return DEFINITIONS.values().stream().<ConfigOption<?>>map(Definition::option).toList();
  }

  static Collection<Definition<?>> definitions() {
    return Collections.unmodifiableCollection(DEFINITIONS.values());
  }

  /** Returns the definition of a key, or null. */
  static Definition<?> definition(String key) {
    return DEFINITIONS.get(key);
  }

  private static <T> ConfigOption<T> required(
      ConfigOption<T> option, String purpose, ValueType<T> type) {
    return define(option, purpose, type, true);
  }

  private static <T> ConfigOption<T> optional(
      ConfigOption<T> option, String purpose, ValueType<T> type) {
    return define(option, purpose, type, false);
  }

  private static <T> ConfigOption<T> define(
      ConfigOption<T> option, String purpose, ValueType<T> type, boolean required) {
    ConfigOption<T> described = option.withDescription(purpose);
    DEFINITIONS.put(described.key(), new Definition<>(described, purpose, type, required));
    return described;
  }
}
