package dev.carryover.deploy.logs;

import dev.carryover.deploy.demo.DemoJob;
import dev.carryover.deploy.demo.EventFeed;
import dev.carryover.deploy.demo.JobOutput;
import dev.carryover.deploy.demo.LabelledLine;
import dev.carryover.deploy.demo.Progress;
import dev.carryover.deploy.demo.WhenDone;
import dev.carryover.deploy.evaluation.ReferenceScores;
import dev.carryover.deploy.evaluation.SequenceScore;
import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.deploy.kafka.TemporaryFolder;
import dev.carryover.job.EmbeddedFlink;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileException;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.schemas.Inference;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Runs a real log through the streaming job on an embedded broker and an embedded Flink, and
 * compares what comes out with what PyTorch says.
 *
 * <p>Belongs to one thread; {@link #run} may be called once.
 */
public final class LogDemo {

  private static final int ALERT_RANK = 9;

  private final LogSettings settings;
  private final PrintWriter out;
  private long alerts;

  /**
   * @param out what happens, line by line, and the report
   */
  public LogDemo(LogSettings settings, PrintWriter out) {
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
        DemoJob.createTopics(broker, settings.job(), DemoJob.ALERTS);
        say(
            "Kafka",
            broker.bootstrapServers()
                + ", topics of "
                + settings.job().parallelism()
                + " partitions");
        say("Flink", "starting ...");
        JobConfiguration configuration = configuration(broker, model, folder);
        try (EmbeddedFlink flink = EmbeddedFlink.start(configuration)) {
          say("Flink", flink.webAddress() + ", " + DemoJob.description(settings.job()));
          LogReport report = feedAndCollect(log, broker, flink, reference);
          out.print(report.text());
          out.flush();
          whenDone.await(List.of());
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
    Map<String, String> values = DemoJob.configuration(settings.job(), broker, model, folder);
    settings.sequenceGap(values);
    values.put("alerts.topic", DemoJob.ALERTS);
    values.put("alerts.rank", Integer.toString(ALERT_RANK));
    return JobConfiguration.of(values);
  }

  private LogReport feedAndCollect(
      HdfsLog log, EmbeddedBroker broker, EmbeddedFlink flink, Map<String, SequenceScore> reference)
      throws IOException, InterruptedException, ExecutionException {
    long sequences = settings.gap().map(log::sequences).orElse(log.blocks().size());
    long expected = log.events().size() + sequences;
    List<String> rejected;
    LogEvents events = new LogEvents(log, settings.gap());
    EventFeed feed = new EventFeed(events);
    InferenceTally tally =
        new InferenceTally(events.sendTimes(feed), ALERT_RANK, log.events().size());
    try (JobOutput output =
            new JobOutput(broker, flink, settings.job(), listener(tally), DemoJob.ALERTS);
        Progress progress = Progress.of("Inferences", expected, out)) {
      Future<?> sending = feed.start(broker.bootstrapServers(), settings.job().speed());
      output.readAll(sending, tally.ledger()::delivered, expected, progress);
      rejected = output.rejected();
    } finally {
      feed.cancel();
    }
    Duration elapsed = Duration.ofNanos(tally.lastNanos() - feed.sentNanos(0));
    return new LogReport(
        settings,
        log,
        new LogResult(expected, sequences, elapsed, tally, alerts, rejected),
        reference);
  }

  private JobOutput.Listener listener(InferenceTally tally) {
    return new JobOutput.Listener() {
      @Override
      public void inference(Inference inference, long visibleNanos) {
        tally.add(inference, visibleNanos);
      }

      @Override
      public void alert(Inference inference) {
        alerts++;
      }
    };
  }

  private void say(String what, String text) {
    out.print(LabelledLine.of(what, "%s", text));
    out.flush();
  }
}
