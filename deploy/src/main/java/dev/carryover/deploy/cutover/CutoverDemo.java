package dev.carryover.deploy.cutover;

import dev.carryover.deploy.cutover.CutoverSettings.Times;
import dev.carryover.deploy.demo.DemoJob;
import dev.carryover.deploy.demo.EventFeed;
import dev.carryover.deploy.demo.JobOutput;
import dev.carryover.deploy.demo.LabelledLine;
import dev.carryover.deploy.demo.Progress;
import dev.carryover.deploy.demo.RevisionStatuses;
import dev.carryover.deploy.demo.RevisionSwap;
import dev.carryover.deploy.demo.WhenDone;
import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.deploy.kafka.TemporaryFolder;
import dev.carryover.deploy.logs.DataAbsentException;
import dev.carryover.deploy.logs.HdfsLog;
import dev.carryover.deploy.logs.LogEvents;
import dev.carryover.deploy.logs.LogSettings;
import dev.carryover.deploy.publish.Cutover;
import dev.carryover.deploy.publish.Published;
import dev.carryover.job.EmbeddedFlink;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.training.trainer.TrainingException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Streams a real log through a job with a control topic, trains a second revision on what the first
 * hours brought, and publishes it to take over in the middle of the stream.
 *
 * <p>Belongs to one thread; {@link #run} may be called once.
 */
public final class CutoverDemo {

  private final LogSettings settings;
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
  public CutoverDemo(LogSettings settings, CutoverSettings swap, PrintWriter out)
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
      DemoJob.createTopics(broker, settings.job(), DemoJob.ALERTS);
      RevisionSwap revisions = new RevisionSwap(broker, temporary.path());
      ModelFile first = retraining.calibrated(imported);
      Path model = revisions.store().resolve("hdfs-gru64.safetensors");
      ModelFileWriter.write(first, model);
      JobConfiguration configuration = configuration(broker, model, revisions, temporary.path());
      try (EmbeddedFlink flink = EmbeddedFlink.start(configuration)) {
        say("Kafka", broker.bootstrapServers());
        say("Flink", flink.webAddress() + ", " + DemoJob.description(settings.job()));
        say("Revision 1", "hdfs-gru64 of PyTorch; alerts on " + thresholds(first));
        EventFeed feed = new EventFeed(new LogEvents(log, settings.gap()));
        feed.holdFrom(times.cutoverMs());
        RevisionTally tally =
            new RevisionTally(
                times,
                swap.policy(),
                imported.config().vocabulary(),
                new RevisionStatuses(settings.job().parallelism()));
        tally.thresholds(RevisionSwap.FIRST, first.config().alerts());
        try (JobOutput output =
            new JobOutput(
                broker, flink, settings.job(), tally, DemoJob.ALERTS, RevisionSwap.STATUSES)) {
          Future<?> sending = feed.start(broker.bootstrapServers(), settings.job().speed());
          feed.awaitSent(times.trainingMs(), sending);
          ModelFile second = train(temporary.path());
          tally.thresholds(RevisionSwap.SECOND, second.config().alerts());
          publish(second, configuration, revisions, temporary.path());
          revisions.awaitLoaded(output, tally.statuses(), sending);
          say(
              "Stream",
              "revision 2 is %s; now come the events of the cutover and later",
              tally.statuses().text(RevisionSwap.SECOND));
          out.println();
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
          whenDone.await(revisions.commands(model));
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

  private JobConfiguration configuration(
      EmbeddedBroker broker, Path model, RevisionSwap revisions, Path folder)
      throws ConfigurationException {
    Map<String, String> values = DemoJob.configuration(settings.job(), broker, model, folder);
    settings.sequenceGap(values);
    // What alerts is left to the model files: each revision has thresholds of its own.
    values.put("alerts.topic", DemoJob.ALERTS);
    revisions.configure(values);
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

  private void publish(
      ModelFile second, JobConfiguration configuration, RevisionSwap revisions, Path folder)
      throws ConfigurationException, IOException, InterruptedException {
    Path file = folder.resolve("retrained.safetensors");
    ModelFileWriter.write(second, file);
    Published published =
        revisions.publish(
            file,
            configuration,
            new Cutover(
                times.cutoverMs(),
                swap.policy(),
                swap.policy() == StatePolicy.REPLAY ? CutoverSettings.REPLAYED : null));
    out.printf("%nPublished%n%s%n", published.text().indent(2).stripTrailing());
    out.flush();
  }

  private void say(String what, String format, Object... values) {
    out.print(LabelledLine.of(what, format, values));
    out.flush();
  }
}
