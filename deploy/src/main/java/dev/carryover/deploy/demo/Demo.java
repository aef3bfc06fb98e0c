package dev.carryover.deploy.demo;

import dev.carryover.deploy.evaluation.ReferenceScores;
import dev.carryover.deploy.evaluation.SequenceScore;
import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.deploy.kafka.ReadCommittedReader;
import dev.carryover.deploy.kafka.TemporaryFolder;
import dev.carryover.job.EmbeddedFlink;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileException;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.schemas.DeadLetter;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RecordDecodingException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Runs a real log through the streaming job on an embedded broker and an embedded Flink, and
 * compares what comes out with what PyTorch says.
 *
 * <p>Belongs to one thread; {@link #run} may be called once.
 */
public final class Demo {

  private static final String EVENTS = "events";
  private static final String INFERENCES = "inferences";
  private static final String ALERTS = "alerts";
  private static final String DEAD_LETTERS = "dead-letters";
  private static final String LATE = "late-events";
  private static final int ALERT_RANK = 9;

  private static final Duration POLL = Duration.ofMillis(100);

  /** When everything was sent and nothing more comes for so long, something was lost. */
  private static final Duration STALL = Duration.ofSeconds(60);

  /** What happens between the report and the end. */
  @FunctionalInterface
  public interface WhenDone {
    /** Returns, or is interrupted, when broker and Flink may be stopped. */
    void await() throws InterruptedException;
  }

  private final DemoSettings settings;
  private final PrintWriter out;

  private final RecordCodec<Inference> inferences = RecordCodec.of(Inference.class);
  private final RecordCodec<DeadLetter> deadLetters = RecordCodec.of(DeadLetter.class);
  private final List<String> rejected = new ArrayList<>();
  private long alerts;

  /**
   * @param out what happens, line by line, and the report
   */
  public Demo(DemoSettings settings, PrintWriter out) {
    this.settings = settings;
    this.out = out;
  }

  /**
   * Runs it.
   *
   * @param whenDone what to wait for before broker and Flink are stopped
   * @return true if everything agrees
   * @throws DataAbsentException if the data folder lacks a file
   * @throws ConfigurationException if the settings make no valid job
   * @throws IOException if a file is malformed or the broker does not start
   * @throws ExecutionException if the job fails
   * @throws Exception if Flink does not start or stop
   */
  public boolean run(WhenDone whenDone) throws Exception {
    HdfsLog log = HdfsLog.read(settings.data()).times(settings.copies());
    Map<String, SequenceScore> reference =
        HdfsLog.times(
            ReferenceScores.read(HdfsLog.modelFile(settings.data(), ".expected.tsv")),
            settings.copies());
    try (TemporaryFolder temporary = TemporaryFolder.create("carryover-demo-")) {
      Path folder = temporary.path();
      Path model = importModel(folder);
      say("Kafka", "starting ...");
      try (EmbeddedBroker broker = EmbeddedBroker.start()) {
        for (String topic : List.of(EVENTS, INFERENCES, ALERTS, DEAD_LETTERS, LATE)) {
          broker.createTopic(topic, settings.parallelism());
        }
        say(
            "Kafka",
            broker.bootstrapServers() + ", topics of " + settings.parallelism() + " partitions");
        say("Flink", "starting ...");
        JobConfiguration configuration = configuration(broker, model, folder);
        try (EmbeddedFlink flink = EmbeddedFlink.start(configuration)) {
          say(
              "Flink",
              "%s, parallelism %d, %s state, exactly-once, a checkpoint every %,d ms"
                  .formatted(
                      flink.webAddress(),
                      settings.parallelism(),
                      settings.backend(),
                      settings.checkpointInterval().toMillis()));
          DemoReport report = feedAndCollect(log, broker, flink, reference);
          out.print(report.text());
          out.flush();
          whenDone.await();
          return report.passed();
        }
      }
    }
  }

  private Path importModel(Path folder) throws ModelFileException, IOException {
    ModelFile model =
        ModelImporter.fromFiles(
            HdfsLog.modelFile(settings.data(), ".safetensors"),
            HdfsLog.modelFile(settings.data(), ".config.json"));
    Path file = folder.resolve("hdfs-gru64.safetensors");
    ModelFileWriter.write(model, file);
    say("Model", model.config().toString());
    return file;
  }

  private JobConfiguration configuration(EmbeddedBroker broker, Path model, Path folder)
      throws ConfigurationException {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("job.name", "carryover-demo");
    values.put("parallelism", Integer.toString(settings.parallelism()));
    values.put("kafka.bootstrap-servers", broker.bootstrapServers());
    values.put("events.topics", EVENTS);
    values.put("events.format", "event");
    // A partition whose blocks have all ended must not hold back the inactivity gaps of others.
    values.put("events.idle-timeout", "2 s");
    settings.gap().ifPresent(gap -> values.put("sequence.gap", gap.toSeconds() + " s"));
    values.put("state.backend", settings.backend());
    values.put("model.path", model.toString());
    values.put("model.kernels", settings.kernels().toString());
    values.put("inferences.topic", INFERENCES);
    values.put("alerts.topic", ALERTS);
    values.put("alerts.rank", Integer.toString(ALERT_RANK));
    values.put("dead-letters.topic", DEAD_LETTERS);
    values.put("late.topic", LATE);
    values.put("delivery.guarantee", "exactly-once");
    values.put("checkpoints.interval", settings.checkpointInterval().toMillis() + " ms");
    values.put("checkpoints.directory", folder.resolve("checkpoints").toUri().toString());
    return JobConfiguration.of(values);
  }

  private DemoReport feedAndCollect(
      HdfsLog log, EmbeddedBroker broker, EmbeddedFlink flink, Map<String, SequenceScore> reference)
      throws IOException, InterruptedException, ExecutionException {
    long sequences = settings.gap().map(log::sequences).orElse(log.blocks().size());
    long expected = log.events().size() + sequences;
    EventFeed feed = new EventFeed(log, settings.gap());
    InferenceTally tally = new InferenceTally(feed, ALERT_RANK, log.events().size());
    ExecutorService executor = Executors.newSingleThreadExecutor(Demo::feedThread);
    try (ReadCommittedReader reader =
        new ReadCommittedReader(
            broker.bootstrapServers(), List.of(INFERENCES, ALERTS, DEAD_LETTERS, LATE))) {
      Future<?> sending =
          executor.submit(() -> feed.send(broker.bootstrapServers(), EVENTS, settings.speed()));
      collect(reader, flink, sending, tally, expected);
    } finally {
      feed.cancel();
      executor.shutdownNow();
    }
    Duration elapsed = Duration.ofNanos(tally.lastNanos() - feed.firstSentNanos());
    return new DemoReport(
        settings,
        log,
        new DemoResult(expected, sequences, elapsed, tally, alerts, rejected),
        reference);
  }

  private void collect(
      ReadCommittedReader reader,
      EmbeddedFlink flink,
      Future<?> sending,
      InferenceTally tally,
      long expected)
      throws IOException, InterruptedException, ExecutionException {
    try (Progress progress = Progress.of("Inferences", expected, out)) {
      // What was doubled would come with a later checkpoint: wait for two more when all is there.
      Duration settle = settings.checkpointInterval().multipliedBy(2).plus(POLL);
      long quietSince = System.nanoTime();
      while (true) {
        int records = reader.poll(POLL, record -> receive(record, tally));
        long now = System.nanoTime();
        if (records > 0) {
          quietSince = now;
          progress.stepTo(tally.ledger().delivered());
        }
        throwIfEnded(flink);
        boolean sent = sending.isDone();
        if (sent) {
          throwFailure(sending);
        }
        Duration quiet = Duration.ofNanos(now - quietSince);
        boolean whole = tally.ledger().delivered() >= expected;
        if (sent && quiet.compareTo(whole ? settle : STALL) > 0) {
          return;
        }
      }
    }
  }

  private void receive(ConsumerRecord<byte[], byte[]> record, InferenceTally tally) {
    long visibleNanos = System.nanoTime();
    try {
      switch (record.topic()) {
        case INFERENCES -> tally.add(inferences.decode(record.value()), visibleNanos);
        case ALERTS -> alerts++;
        default -> {
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
      }
    } catch (RecordDecodingException e) {
      throw new UncheckedIOException(
          "%s-%d@%d cannot be read".formatted(record.topic(), record.partition(), record.offset()),
          e);
    }
  }

  private static void throwFailure(Future<?> done) throws IOException, InterruptedException {
    try {
      done.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    }
  }

  /** The job reads an endless topic: when it has ended, it has failed. */
  private static void throwIfEnded(EmbeddedFlink flink)
      throws IOException, InterruptedException, ExecutionException {
    if (flink.ended()) {
      flink.awaitEnd();
      throw new IOException("The job ended before all inferences were there");
    }
  }

  private static Thread feedThread(Runnable task) {
    Thread thread = new Thread(task, "carryover-demo-feed");
    thread.setDaemon(true);
    return thread;
  }

  private void say(String what, String text) {
    out.printf("%-10s %s%n", what, text);
    out.flush();
  }
}
