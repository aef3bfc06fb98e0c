package dev.carryover.deploy.cutover;

import dev.carryover.deploy.cutover.CutoverSettings.Times;
import dev.carryover.deploy.demo.DataAbsentException;
import dev.carryover.deploy.demo.Demo.WhenDone;
import dev.carryover.deploy.demo.DemoJob;
import dev.carryover.deploy.demo.DemoSettings;
import dev.carryover.deploy.demo.EventFeed;
import dev.carryover.deploy.demo.HdfsLog;
import dev.carryover.deploy.demo.JobOutput;
import dev.carryover.deploy.demo.Progress;
import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.deploy.kafka.TemporaryFolder;
import dev.carryover.deploy.publish.Cutover;
import dev.carryover.deploy.publish.ModelTopics;
import dev.carryover.deploy.publish.Published;
import dev.carryover.deploy.publish.Publisher;
import dev.carryover.job.AnnouncementRules;
import dev.carryover.job.EmbeddedFlink;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.training.trainer.TrainingException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Streams a real log through a job with a control topic, trains a second revision on what the first
 * hours brought, and publishes it to take over in the middle of the stream.
 *
 * <p>Belongs to one thread; {@link #run} may be called once.
 */
public final class CutoverDemo {

  private static final String MODELS = "models";
  private static final String STATUSES = "model-status";

  private final DemoSettings settings;
  private final CutoverSettings swap;
  private final PrintWriter out;
  private final HdfsLog log;
  private final Times times;
  private final ModelFile imported;
  private final Retraining retraining;

  /**
   * Reads all that there is to read, and starts nothing.
   *
   * @param settings those of the first part; the copies of the log are left out
   * @param out what happens, line by line, and the report
   * @throws DataAbsentException if the data folder lacks a file
   * @throws IllegalArgumentException if the cutover is not in the stream, or too early to train
   *     before it
   * @throws IOException if a file is malformed
   */
  public CutoverDemo(DemoSettings settings, CutoverSettings swap, PrintWriter out)
      throws DataAbsentException, IOException {
    this.settings = settings;
    this.swap = swap;
    this.out = out;
    this.log = HdfsLog.read(settings.data());
    this.times = swap.times(log);
    this.imported =
        ModelImporter.fromFiles(
            HdfsLog.modelFile(settings.data(), ".safetensors"),
            HdfsLog.modelFile(settings.data(), ".config.json"));
    this.retraining =
        new Retraining(imported, EndedSequences.before(log, settings.gap(), times.trainingMs()));
  }

  /**
   * Runs it.
   *
   * @param whenDone what to wait for before broker and Flink are stopped
   * @return true if every event has one inference, by the revision that was announced for it
   * @throws ConfigurationException if the settings make no valid job
   * @throws TrainingException if the second revision cannot be trained
   * @throws IOException if the broker does not start or the job refuses the second revision
   * @throws ExecutionException if the job fails
   * @throws Exception if Flink does not start or stop
   */
  public boolean run(WhenDone whenDone) throws Exception {
    introduce();
    try (TemporaryFolder temporary = TemporaryFolder.create("carryover-demo-");
        EmbeddedBroker broker = EmbeddedBroker.start()) {
      DemoJob.createTopics(broker, settings);
      broker.createTopic(MODELS, 1, Map.of("retention.ms", "-1"));
      broker.createTopic(STATUSES, 1);
      ModelFile first = retraining.calibrated(imported);
      Path store = Files.createDirectory(temporary.path().resolve("models"));
      Path model = store.resolve("hdfs-gru64.safetensors");
      ModelFileWriter.write(first, model);
      JobConfiguration configuration = configuration(broker, model, temporary.path());
      try (EmbeddedFlink flink = EmbeddedFlink.start(configuration)) {
        say("Kafka", broker.bootstrapServers());
        say("Flink", flink.webAddress() + ", " + DemoJob.description(settings));
        say("Revision 1", "hdfs-gru64 of PyTorch; alerts on " + thresholds(first));
        EventFeed feed = new EventFeed(log, settings.gap());
        feed.holdFrom(times.cutoverMs());
        RevisionTally tally =
            new RevisionTally(
                times,
                swap.policy(),
                imported.config().vocabulary(),
                new RevisionStatuses(settings.parallelism()));
        tally.thresholds(RevisionTally.FIRST, first.config().alerts());
        try (JobOutput output = new JobOutput(broker, flink, settings, STATUSES, tally)) {
          Future<?> sending = feed.start(broker.bootstrapServers(), settings.speed());
          feed.awaitSent(times.trainingMs(), sending);
          ModelFile second = train(temporary.path());
          tally.thresholds(RevisionTally.SECOND, second.config().alerts());
          publish(second, configuration, store, temporary.path());
          awaitLoaded(output, tally.statuses(), sending);
          feed.release();
          long sequences = settings.gap().map(log::sequences).orElse(log.blocks().size());
          long expected = log.events().size() + sequences;
          try (Progress progress = Progress.of("Inferences", expected, out)) {
            output.readAll(sending, tally.ledger()::delivered, expected, progress);
          }
          CutoverReport report =
              new CutoverReport(log, times, swap.policy(), sequences, tally, output.rejected());
          out.print(report.text());
          out.flush();
          whenDone.await(commands(broker, model));
          return report.passed();
        } finally {
          feed.cancel();
        }
      }
    }
  }

  private void introduce() {
    out.printf("%nThe same stream again, and in the middle of it another revision takes over%n");
    say(
        "Cutover",
        "with the events of %s, %.1f of the stream's %.1f hours; state policy %s",
        Instant.ofEpochMilli(times.cutoverMs()),
        times.hours(times.cutoverMs()),
        times.hours(times.endMs()),
        swap.policy().toString().toLowerCase(Locale.ROOT));
    say(
        "Alerts",
        "by thresholds in each model file, chosen alike: of the same %,d sequences that are held back"
            + " from",
        retraining.heldBack());
    say(
        "",
        "training at most %.0f %% alert. PyTorch's file has none: revision 1 gets its own in hindsight",
        100 * Retraining.ALERT_RATE);
  }

  private JobConfiguration configuration(EmbeddedBroker broker, Path model, Path folder)
      throws ConfigurationException {
    Map<String, String> values = DemoJob.configuration(settings, broker, model, folder);
    // What alerts is left to the model files: each revision has thresholds of its own.
    values.put("models.topic", MODELS);
    values.put("models.status-topic", STATUSES);
    values.put("models.allowed-locations", model.getParent().toString());
    if (swap.policy() == StatePolicy.REPLAY) {
      values.put("models.replay-length", Integer.toString(CutoverSettings.REPLAYED));
    }
    return JobConfiguration.of(values);
  }

  private ModelFile train(Path folder) throws Exception {
    say(
        "Training",
        "on %,d sequences of the first %.1f hours that have ended, without a look at labels",
        retraining.trainedOn(),
        times.hours(times.trainingMs()));
    ModelFile second =
        retraining.calibrated(retraining.train(swap.epochs(), folder.resolve("training"), out));
    say("Revision 2", "alerts on " + thresholds(second));
    return second;
  }

  private static String thresholds(ModelFile model) {
    return Retraining.text(model.config().alerts());
  }

  /** As {@code carryover publish --config} does it. */
  private void publish(ModelFile second, JobConfiguration configuration, Path store, Path folder)
      throws ConfigurationException, IOException, InterruptedException {
    Path file = folder.resolve("retrained.safetensors");
    ModelFileWriter.write(second, file);
    Publisher publisher =
        new Publisher(
            new ModelTopics(
                configuration.kafkaProperties(),
                configuration.controlTopic().orElseThrow(),
                configuration.statusTopic()),
            Optional.empty(),
            Optional.of(AnnouncementRules.of(configuration)));
    Published published =
        publisher.publish(
            file,
            store.toString(),
            new Cutover(
                times.cutoverMs(),
                swap.policy(),
                swap.policy() == StatePolicy.REPLAY ? CutoverSettings.REPLAYED : null),
            OptionalLong.empty());
    out.printf("%nPublished%n%s%n", published.text().indent(2).stripTrailing());
    out.flush();
  }

  /** Events of the cutover's time are sent when every instance is ready for them. */
  private void awaitLoaded(JobOutput output, RevisionStatuses statuses, Future<?> sending)
      throws IOException, InterruptedException, ExecutionException {
    long second = RevisionTally.SECOND;
    boolean settled =
        output.readUntil(
            () ->
                statuses.all(second, RevisionStatus.LOADED) || !statuses.refusals(second).isEmpty(),
            sending);
    List<String> refusals = statuses.refusals(second);
    if (!refusals.isEmpty()) {
      throw new IOException("the job refused revision 2: " + refusals.get(0));
    }
    if (!settled) {
      throw new IOException("the job said nothing of revision 2 for a minute; look at the log");
    }
    say(
        "Stream",
        "revision 2 is %s; now come the events of the cutover and later",
        statuses.text(second));
    out.println();
  }

  /** What is worth a try while everything is left running. */
  private static List<String> commands(EmbeddedBroker broker, Path model) {
    String to =
        " --topic %s --status-topic %s --bootstrap-servers %s"
            .formatted(MODELS, STATUSES, broker.bootstrapServers());
    return List.of(
        "deploy/carryover publish --list" + to,
        "deploy/carryover publish --model %s --to %s%s".formatted(model, model.getParent(), to));
  }

  private void say(String what, String format, Object... values) {
    out.printf("%-10s %s%n", what, String.format(Locale.ROOT, format, values));
    out.flush();
  }
}
