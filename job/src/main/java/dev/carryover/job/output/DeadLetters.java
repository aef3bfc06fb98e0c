package dev.carryover.job.output;

import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.schemas.DeadLetter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * Makes the dead letters of a rejected event: one, or several parts where its bytes are more than
 * fit into one Kafka record.
 *
 * <p>Each part holds a slice of the record key and a slice of the record value, together at most
 * {@code dead-letters.max-part-size}. The slices of all parts, joined in order, are the key and the
 * value byte for byte; one that is null in the record is null in every part. {@link #join} does it.
 *
 * <p>Aliasing: the parts share the bytes of the event.
 */
public final class DeadLetters implements FlatMapFunction<StreamEvent, DeadLetter> {
  private static final long serialVersionUID = 1L;

  private final int maxPartBytes;

  /**
   * Splits into parts of at most so many bytes.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public DeadLetters(int maxPartBytes) {
    if (maxPartBytes < 1) {
      throw new IllegalArgumentException(
          "A part of a dead letter has at most " + maxPartBytes + " bytes; at least 1 is needed");
    }
    this.maxPartBytes = maxPartBytes;
  }

  /** Splits into parts of {@code dead-letters.max-part-size}. */
  public static DeadLetters of(JobConfiguration configuration) {
    return new DeadLetters(
        Math.toIntExact(configuration.get(JobOptions.DEAD_LETTERS_MAX_PART_SIZE).getBytes()));
  }

  @Override
  public void flatMap(StreamEvent event, Collector<DeadLetter> out) {
    split(event).forEach(out::collect);
  }

  /**
   * Returns the parts of a rejected event, in order.
   *
   * @throws IllegalArgumentException if the event is not rejected
   */
  public List<DeadLetter> split(StreamEvent event) {
    if (!event.isRejected()) {
      throw new IllegalArgumentException(
          event.origin() + " is not rejected; only a rejected event becomes a dead letter");
    }
    int keyLength = event.recordKey() == null ? 0 : event.recordKey().length;
    int valueLength = event.recordValue() == null ? 0 : event.recordValue().length;
    long total = (long) keyLength + valueLength;
    int parts = (int) Math.max(1, (total + maxPartBytes - 1) / maxPartBytes);
    List<DeadLetter> letters = new ArrayList<>(parts);
    for (int part = 0; part < parts; part++) {
      long from = (long) part * maxPartBytes;
      long to = Math.min(total, from + maxPartBytes);
      letters.add(
          DeadLetter.newBuilder()
              .setTopic(event.topic())
              .setPartition(event.partition())
              .setOffset(event.offset())
              .setTimestampMs(event.recordTimestampMs() < 0 ? null : event.recordTimestampMs())
              .setRecordKey(slice(event.recordKey(), from, to))
              .setRecordValue(slice(event.recordValue(), from - keyLength, to - keyLength))
              .setReason(event.rejection().name())
              .setDetail(event.detail())
              .setPart(part)
              .setParts(parts)
              .build());
    }
    return letters;
  }

  /**
   * Joins the parts of one record, in any order, to one dead letter that holds it whole.
   *
   * @throws IllegalArgumentException if a part is missing, doubled or of another record
   */
  public static DeadLetter join(List<DeadLetter> parts) {
    List<DeadLetter> ordered = new ArrayList<>(parts);
    ordered.sort(Comparator.comparingInt(DeadLetter::getPart));
    for (int i = 0; i < ordered.size(); i++) {
      DeadLetter first = ordered.get(0);
      DeadLetter next = ordered.get(i);
      if (next.getPart() != i
          || next.getParts() != ordered.size()
          || !identity(next).equals(identity(first))) {
        throw new IllegalArgumentException(
            "Part %d of %d of %s stands where part %d of %d of %s belongs; collect the parts by topic,"
                    .formatted(
                        next.getPart(),
                        next.getParts(),
                        identity(next),
                        i,
                        ordered.size(),
                        identity(first))
                + " partition and offset");
      }
    }
    if (ordered.isEmpty()) {
      throw new IllegalArgumentException("No part is given; at least one is needed");
    }
    DeadLetter whole = DeadLetter.newBuilder(ordered.get(0)).setParts(1).build();
    whole.setRecordKey(joined(ordered.stream().map(DeadLetter::getRecordKey).toList()));
    whole.setRecordValue(joined(ordered.stream().map(DeadLetter::getRecordValue).toList()));
    return whole;
  }

  /** The position of the record: what all parts of it, and no others, have in common. */
  static String identity(DeadLetter letter) {
    return letter.getTopic() + "-" + letter.getPartition() + "@" + letter.getOffset();
  }

  private static ByteBuffer slice(byte[] bytes, long from, long to) {
    if (bytes == null) {
      return null;
    }
    int start = (int) Math.max(0, Math.min(bytes.length, from));
    int end = (int) Math.max(0, Math.min(bytes.length, to));
    return ByteBuffer.wrap(bytes, start, end - start).slice();
  }

  private static ByteBuffer joined(List<ByteBuffer> slices) {
    if (slices.get(0) == null) {
      return null;
    }
    ByteBuffer whole = ByteBuffer.allocate(slices.stream().mapToInt(ByteBuffer::remaining).sum());
    slices.forEach(slice -> whole.put(slice.duplicate()));
    return whole.flip();
  }
}
