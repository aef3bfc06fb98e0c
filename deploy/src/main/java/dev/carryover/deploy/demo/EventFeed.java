package dev.carryover.deploy.demo;

import dev.carryover.schemas.Event;
import dev.carryover.schemas.RecordCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
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
 * Sends events to the topic of events, in their order, and notes when each was sent.
 *
 * <p>What is sent is sent by a thread of its own; all methods may be called from any.
 */
public final class EventFeed {

  /** Events in the order of their times. Read by several threads. */
  public interface Source {
    /** How many there are; at least one. */
    int size();

    /** The n-th, from 0. */
    Event event(int n);
  }

  private static final long POLL_MS = 50;

  private final Source source;
  private final AtomicLongArray sentNanos;
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private volatile int sent;
  private volatile int holdAt = Integer.MAX_VALUE;
  private volatile boolean cancelled;

  /** A feed of these events. */
  public EventFeed(Source source) {
    this.source = source;
    this.sentNanos = new AtomicLongArray(source.size());
  }

  /** The system's nano time at which the n-th event was handed to the producer; 0 before that. */
  public long sentNanos(int n) {
    return sentNanos.get(n);
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
    while (position < source.size() && source.event(position).getTimestampMs() < timeMs) {
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
      long beginMs = source.event(0).getTimestampMs();
      for (int i = 0; i < source.size(); i++) {
        if (i == holdAt) {
          producer.flush();
          beginNanos += awaitRelease();
        }
        Event event = source.event(i);
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

  private void await(long dueNanos) {
    for (long left = dueNanos - System.nanoTime();
        left > 0 && !cancelled;
        left = dueNanos - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, Duration.ofMillis(100).toNanos()));
    }
  }
}
