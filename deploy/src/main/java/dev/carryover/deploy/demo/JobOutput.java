package dev.carryover.deploy.demo;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.deploy.kafka.ReadCommittedReader;
import dev.carryover.job.EmbeddedFlink;
import dev.carryover.schemas.DeadLetter;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RecordDecodingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads what the job writes, as consumers see it that are shown committed records only.
 *
 * <p>Belongs to one thread.
 */
public final class JobOutput implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(100);

  /** When everything was sent and nothing more comes for so long, something was lost. */
  private static final Duration STALL = Duration.ofSeconds(60);

  /** Who hears of the records, each in the order of its partition. */
  public interface Listener {
    /** An inference became visible at a nano time. */
    void inference(Inference inference, long visibleNanos);

    /** An inference was found worth an alert. */
    default void alert(Inference inference) {}

    /** Something is told of a revision. */
    default void status(ModelStatus status) {}
  }

  private final EmbeddedFlink flink;
  private final Duration settle;
  private final Listener listener;
  private final ReadCommittedReader reader;
  private final RecordCodec<Inference> inferences = RecordCodec.of(Inference.class);
  private final RecordCodec<ModelStatus> statuses = RecordCodec.of(ModelStatus.class);
  private final RecordCodec<DeadLetter> deadLetters = RecordCodec.of(DeadLetter.class);
  private final List<String> rejected = new ArrayList<>();

  /**
   * Reads from the beginning of the topics.
   *
   * @param flink the job
   * @param further topics to read beside those that every demo has: {@link DemoJob#ALERTS}, {@link
   *     RevisionSwap#STATUSES}
   */
  public JobOutput(
      EmbeddedBroker broker,
      EmbeddedFlink flink,
      DemoSettings settings,
      Listener listener,
      String... further) {
    this.flink = flink;
    // What was doubled would come with a later checkpoint: wait for two more when all is there.
    this.settle = settings.checkpointInterval().multipliedBy(2).plus(POLL);
    this.listener = listener;
    List<String> topics = new ArrayList<>(List.of(further));
    topics.add(DemoJob.INFERENCES);
    topics.addAll(DemoJob.REJECTED);
    this.reader = new ReadCommittedReader(broker.bootstrapServers(), topics);
  }

  /**
   * Reads until as many inferences as expected are there, everything was sent, and nothing more
   * comes; or until nothing comes for a minute.
   *
   * @param sending ends when everything was sent
   * @param delivered how many inferences there are
   * @param progress is stepped to that
   * @throws ExecutionException if the job fails
   * @throws IOException if it ends, or something cannot be sent
   */
  public void readAll(Future<?> sending, LongSupplier delivered, long expected, Progress progress)
      throws IOException, InterruptedException, ExecutionException {
    long quietSince = System.nanoTime();
    while (true) {
      boolean heard = poll();
      long now = System.nanoTime();
      if (heard) {
        quietSince = now;
        progress.stepTo(delivered.getAsLong());
      }
      boolean sent = sending.isDone();
      throwFailure(sending);
      Duration quiet = Duration.ofNanos(now - quietSince);
      boolean whole = delivered.getAsLong() >= expected;
      if (sent && quiet.compareTo(whole ? settle : STALL) > 0) {
        return;
      }
    }
  }

  /**
   * Reads until there is enough, or nothing comes for a minute.
   *
   * @param sending ends when everything was sent
   * @return whether there is enough
   * @throws ExecutionException if the job fails
   * @throws IOException if it ends, or something cannot be sent
   */
  public boolean readUntil(BooleanSupplier enough, Future<?> sending)
      throws IOException, InterruptedException, ExecutionException {
    long heard = System.nanoTime();
    while (!enough.getAsBoolean()) {
      if (poll()) {
        heard = System.nanoTime();
      } else if (System.nanoTime() - heard > STALL.toNanos()) {
        return false;
      }
      throwFailure(sending);
    }
    return true;
  }

  private boolean poll() throws IOException, InterruptedException, ExecutionException {
    int records = reader.poll(POLL, this::receive);
    if (flink.ended()) {
      // The job reads an endless topic: when it has ended, it has failed.
      flink.awaitEnd();
      throw new IOException("The job ended before all inferences were there");
    }
    return records > 0;
  }

  private void receive(ConsumerRecord<byte[], byte[]> record) {
    long visibleNanos = System.nanoTime();
    try {
      if (record.topic().equals(DemoJob.INFERENCES)) {
        listener.inference(inferences.decode(record.value()), visibleNanos);
      } else if (record.topic().equals(DemoJob.ALERTS)) {
        listener.alert(inferences.decode(record.value()));
      } else if (record.topic().equals(RevisionSwap.STATUSES)) {
        listener.status(statuses.decode(record.value()));
      } else {
        DeadLetter letter = deadLetters.decode(record.value());
        rejected.add(
            "%s: %s-%d@%d %s: %s"
                .formatted(
                    record.topic(),
                    letter.getTopic(),
                    letter.getPartition(),
                    letter.getOffset(),
                    letter.getReason(),
                    letter.getDetail()));
      }
    } catch (RecordDecodingException e) {
      throw new UncheckedIOException(
          "%s-%d@%d cannot be read".formatted(record.topic(), record.partition(), record.offset()),
          e);
    }
  }

  static void throwFailure(Future<?> sending) throws IOException, InterruptedException {
    if (sending.isDone()) {
      try {
        sending.get();
      } catch (ExecutionException e) {
        throw new IOException(e.getCause().getMessage(), e.getCause());
      }
    }
  }

  /** A line for each dead letter and late event. */
  public List<String> rejected() {
    return List.copyOf(rejected);
  }

  @Override
  public void close() {
    reader.close();
  }
}
