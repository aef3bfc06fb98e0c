package dev.carryover.deploy.demo;

import dev.carryover.schemas.Event;
import dev.carryover.schemas.RecordCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends a log to a topic: all events in their order with their times, and when the stream ends an
 * {@code end} event for every block that is still open. Notes when each was sent.
 *
 * <p>What is sent is sent by a thread of its own; all methods may be called from any.
 */
public final class EventFeed implements InferenceTally.SendTimes {

  /**
   * Half a second after the last event, so that no inactivity gap of whole seconds ends at the same
   * time.
   */
  private static final long END_DELAY_MS = 500;

  private static final long POLL_MS = 50;

  private final HdfsLog log;
  private final List<String> openAtEnd;
  private final Map<String, int[]> positions = new HashMap<>();
  private final AtomicLongArray sentNanos;
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private volatile int sent;
  private volatile int holdAt = Integer.MAX_VALUE;
  private volatile boolean cancelled;

  /**
   * A feed of a log.
   *
   * @param gap the inactivity after which a sequence ends by itself; empty if none does
   */
  public EventFeed(HdfsLog log, Optional<Duration> gap) {
    this.log = log;
    long endMs = log.endMs() + END_DELAY_MS;
    this.openAtEnd =
        log.blocks().entrySet().stream()
            .filter(
                block -> {
                  List<BlockEvent> events = block.getValue();
                  long silentMs = endMs - events.get(events.size() - 1).timeMs();
                  return gap.isEmpty() || silentMs <= gap.get().toMillis();
                })
            .map(Map.Entry::getKey)
            .toList();
    this.sentNanos = new AtomicLongArray(size());
    Map<String, Integer> filled = new HashMap<>();
    log.blocks().forEach((block, events) -> positions.put(block, new int[events.size()]));
    for (int i = 0; i < log.events().size(); i++) {
      String block = log.events().get(i).block();
      positions.get(block)[filled.merge(block, 1, Integer::sum) - 1] = i;
    }
  }

  /** How many records there are to send: events and ends. */
  int size() {
    return log.events().size() + openAtEnd.size();
  }

  /** The system's nano time at which the first event was handed to the producer. */
  long firstSentNanos() {
    return sentNanos.get(0);
  }

  @Override
  public long sentNanos(String block, int n) {
    return sentNanos.get(positions.get(block)[n]);
  }

  @Override
  public int events(String block) {
    return positions.get(block).length;
  }

  /** Makes the feed stop at the next event. */
  public void cancel() {
    cancelled = true;
    released.countDown();
  }

  /**
   * Makes the feed wait before the first event of a time or later, until {@link #release}; to be
   * said before it starts.
   */
  public void holdFrom(long timeMs) {
    holdAt = position(timeMs);
  }

  /** Lets the feed go on. */
  public void release() {
    released.countDown();
  }

  /**
   * Waits until all events before a time are sent.
   *
   * @param sending what {@link #start} gave
   * @throws IOException if they cannot be sent
   */
  public void awaitSent(long timeMs, Future<?> sending) throws IOException, InterruptedException {
    int position = position(timeMs);
    while (sent < position) {
      if (sending.isDone()) {
        JobOutput.throwFailure(sending);
      }
      held.await(POLL_MS, TimeUnit.MILLISECONDS);
    }
  }

  /** Where the first event of a time or later is. */
  private int position(long timeMs) {
    int position = 0;
    while (position < log.events().size() && log.events().get(position).timeMs() < timeMs) {
      position++;
    }
    return position;
  }

  /**
   * Begins to send, until the broker has everything.
   *
   * @param speed how many times real time; 0 = as fast as the broker takes it
   * @return ends with everything sent; with a {@link CancellationException} if {@link #cancel} was
   *     called; with an {@link IllegalStateException} if the broker refuses a record
   */
  public Future<?> start(String bootstrapServers, double speed) {
    FutureTask<Void> sending =
        new FutureTask<>(() -> send(bootstrapServers, DemoJob.EVENTS, speed), null);
    Thread thread = new Thread(sending, "carryover-demo-feed");
    thread.setDaemon(true);
    thread.start();
    return sending;
  }

  private void send(String bootstrapServers, String topic, double speed) {
    AtomicReference<Exception> failure = new AtomicReference<>();
    RecordCodec<Event> codec = RecordCodec.of(Event.class);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                ProducerConfig.LINGER_MS_CONFIG,
                speed == 0 ? 20 : 1,
                ProducerConfig.BATCH_SIZE_CONFIG,
                1 << 18),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      long beginNanos = System.nanoTime();
      long beginMs = log.events().get(0).timeMs();
      for (int i = 0; i < size(); i++) {
        if (i == holdAt) {
          producer.flush();
          beginNanos += awaitRelease();
        }
        Event event = event(i);
        if (speed > 0) {
          double dueNanos = (event.getTimestampMs() - beginMs) * 1e6 / speed;
          await(beginNanos + (long) dueNanos);
        }
        if (cancelled) {
          throw new CancellationException("The feed was cancelled after " + i + " records");
        }
        if (failure.get() != null) {
          throw new IllegalStateException(
              "The broker refused an event: " + failure.get().getMessage(), failure.get());
        }
        sentNanos.set(i, System.nanoTime());
        producer.send(
            new ProducerRecord<>(
                topic,
                null,
                event.getTimestampMs(),
                event.getKey().getBytes(StandardCharsets.UTF_8),
                codec.encode(event)),
            (metadata, e) -> {
              if (e != null) {
                failure.compareAndSet(null, e);
              }
            });
        sent = i + 1;
      }
      producer.flush();
    }
    if (failure.get() != null) {
      throw new IllegalStateException(
          "The broker refused an event: " + failure.get().getMessage(), failure.get());
    }
  }

  /** Returns how many nanoseconds it took. */
  private long awaitRelease() {
    long begin = System.nanoTime();
    held.countDown();
    try {
      released.await();
    } catch (InterruptedException e) {
      cancelled = true;
      Thread.currentThread().interrupt();
    }
    return System.nanoTime() - begin;
  }

  private Event event(int position) {
    if (position < log.events().size()) {
      BlockEvent event = log.events().get(position);
      return Event.newBuilder()
          .setKey(event.block())
          .setTimestampMs(event.timeMs())
          .setToken(event.token())
          .build();
    }
    return Event.newBuilder()
        .setKey(openAtEnd.get(position - log.events().size()))
        .setTimestampMs(log.endMs() + END_DELAY_MS)
        .setEnd(true)
        .build();
  }

  private void await(long dueNanos) {
    for (long left = dueNanos - System.nanoTime();
        left > 0 && !cancelled;
        left = dueNanos - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, Duration.ofMillis(100).toNanos()));
    }
  }
}
