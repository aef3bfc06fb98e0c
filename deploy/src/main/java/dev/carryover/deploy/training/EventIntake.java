package dev.carryover.deploy.training;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.source.EventDeserializer;
import dev.carryover.training.input.DataException;
import dev.carryover.training.input.InputEvent;
import dev.carryover.training.input.SequenceCollector;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Hands records to a collector after the job's own decoder has read them: what the job would send
 * to its dead letters is not learned from, but counted.
 *
 * <p>Belongs to one thread.
 */
final class EventIntake {

  private final EventDeserializer decoder;
  private final SequenceCollector collector;
  private final MessageDigest digest;
  private final Map<RejectReason, Long> rejected = new EnumMap<>(RejectReason.class);
  private String firstRejection = "";
  private long records;

  EventIntake(EventDeserializer decoder, SequenceCollector collector) {
    this.decoder = decoder;
    this.collector = collector;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Takes a record.
   *
   * @throws DataException when it does not go with those before it
   */
  void take(ConsumerRecord<byte[], byte[]> record) throws DataException {
    records++;
    update(record.key());
    update(record.value());
    StreamEvent event = decoder.decode(record);
    boolean input = event.token() != null || event.features().length > 0;
    if (event.isRejected()) {
      reject(event.rejection(), event.detail());
    } else if (event.token() != null && event.features().length > 0) {
      reject(
          RejectReason.UNEXPECTED_INPUT,
          "%s: the event has token '%s' and %d features; a model reads one of them"
              .formatted(event.origin(), event.token(), event.features().length));
    } else if (!input && !event.end()) {
      reject(
          RejectReason.MISSING_INPUT,
          event.origin() + ": the event has neither a token nor features, and is no end");
    } else {
      collector.add(input(event), event::origin);
    }
  }

  /** Lengths count too, so that bytes do not move from one record to the next unnoticed. */
  private void update(byte[] bytes) {
    digest.update(
        ByteBuffer.allocate(Integer.BYTES).putInt(bytes == null ? -1 : bytes.length).flip());
    if (bytes != null) {
      digest.update(bytes);
    }
  }

  private void reject(RejectReason reason, String detail) {
    rejected.merge(reason, 1L, Long::sum);
    if (firstRejection.isEmpty()) {
      firstRejection = detail;
    }
  }

  private static InputEvent input(StreamEvent event) {
    if (event.token() == null && event.features().length == 0) {
      return InputEvent.ofEnd(event.key(), event.timestampMs());
    }
    InputEvent input =
        event.token() != null
            ? InputEvent.ofToken(event.key(), event.timestampMs(), event.token())
            : InputEvent.ofFeatures(event.key(), event.timestampMs(), event.features());
    return event.end() ? input.withEnd() : input;
  }

  /** How many records there were. */
  long records() {
    return records;
  }

  /** How many could not be used and why, in one line; empty when all could. */
  String rejections() {
    if (rejected.isEmpty()) {
      return "";
    }
    long count = rejected.values().stream().mapToLong(Long::longValue).sum();
    String reasons =
        rejected.entrySet().stream()
            .map(reason -> reason.getKey() + " " + reason.getValue())
            .collect(Collectors.joining(", "));
    return "%,d of %,d records left out (%s); the first: %s"
        .formatted(count, records, reasons, firstRejection);
  }

  /** SHA-256 of all keys and values so far, in lower-case hexadecimal. Ends the intake. */
  String digest() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
