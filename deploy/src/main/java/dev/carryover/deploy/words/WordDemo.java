package dev.carryover.deploy.words;

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
import dev.carryover.deploy.publish.Cutover;
import dev.carryover.deploy.publish.Published;
import dev.carryover.job.EmbeddedFlink;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.model.file.ModelFileException;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Streams words of the pronouncing dictionary through the streaming job, letter by letter, and
 * checks that every word is answered once. In the middle of the stream a better model takes over.
 *
 * <p>Belongs to one thread; {@link #run} may be called once.
 */
public final class WordDemo {

  private static final long SEED = 1;

  private final WordSettings settings;
  private final PrintWriter out;

  /**
   * @param out what happens, line by line, and the report
   */
  public WordDemo(WordSettings settings, PrintWriter out) {
    this.settings = settings;
    this.out = out;
  }

  /**
   * Runs it.
   *
   * @param whenDone what to wait for before broker and Flink are stopped
   * @return true if every word has one answer, by the revision that was announced for it
   * @throws ConfigurationException if the settings make no valid job
   * @throws IOException if dictionary or models cannot be read, the broker does not start, or the
   *     job refuses the second revision
   * @throws ExecutionException if the job fails
   * @throws Exception if Flink does not start or stop
   */
  public boolean run(WhenDone whenDone) throws Exception {
    say(
        "Demo",
        "words are spelled on a Kafka topic, letter by letter, many at a time; a Flink job keeps the state");
    say("", "of each, and says how the word is pronounced as soon as its last letter is there");
    WordStream stream = stream();
    try (TemporaryFolder temporary = TemporaryFolder.create("carryover-demo-")) {
      Path folder = temporary.path();
      Path first = model(WordModel.PLAIN, RevisionSwap.FIRST, folder);
      Path second = model(WordModel.ATTENTION, RevisionSwap.SECOND, folder);
      say("Kafka", "starting ...");
      try (EmbeddedBroker broker = EmbeddedBroker.start()) {
        DemoJob.createTopics(broker, settings.job());
        RevisionSwap revisions = new RevisionSwap(broker, folder);
        say("Kafka", "%s, topics of %d partitions", broker.bootstrapServers(), partitions());
        say("Flink", "starting ...");
        JobConfiguration configuration = configuration(broker, first, revisions, folder);
        try (EmbeddedFlink flink = EmbeddedFlink.start(configuration)) {
          say("Flink", "%s, %s", flink.webAddress(), DemoJob.description(settings.job()));
          out.println();
          Swap swap = new Swap(revisions, second, configuration);
          WordReport report = feedAndCollect(stream, broker, flink, swap);
          out.print(report.text());
          out.flush();
          whenDone.await(revisions.commands(settings.swap() ? first : second));
          return report.passed();
        }
      }
    }
  }

  /** What it takes to let the second revision take over. */
  private record Swap(RevisionSwap revisions, Path model, JobConfiguration configuration) {}

  private WordStream stream() throws IOException {
    List<DictionaryWord> test = PronouncingDictionary.read().test();
    List<DictionaryWord> words =
        PronouncingDictionary.sample(test, settings.words().orElse(Integer.MAX_VALUE), SEED);
    List<DictionaryWord> sent = new ArrayList<>();
    Collections.nCopies(settings.copies(), words).forEach(sent::addAll);
    WordStream stream = new WordStream(sent, SEED);
    say(
        "Words",
        "%,d of the %,d words of the CMU dictionary that no model was trained on%s: %,d letters,",
        words.size(),
        test.size(),
        settings.copies() == 1 ? "" : ", each " + settings.copies() + " times",
        stream.size());
    say(
        "",
        "those of %d words at a time interleaved; beam %d",
        stream.writers(),
        settings.beamWidth());
    return stream;
  }

  private Path model(WordModel model, long revision, Path folder)
      throws IOException, ModelFileException {
    Path file = model.copy(settings.models(), folder);
    String config = ModelFileReader.read(file).config().toString();
    if (revision == RevisionSwap.FIRST || settings.swap()) {
      say("Revision " + revision, "%s, %.1f MB", config, Files.size(file) / 1e6);
    }
    return file;
  }

  private int partitions() {
    return settings.job().parallelism();
  }

  private JobConfiguration configuration(
      EmbeddedBroker broker, Path model, RevisionSwap revisions, Path folder)
      throws ConfigurationException {
    Map<String, String> values = DemoJob.configuration(settings.job(), broker, model, folder);
    values.put("transduction.beam-width", Integer.toString(settings.beamWidth()));
    revisions.configure(values);
    return JobConfiguration.of(values);
  }

  private WordReport feedAndCollect(
      WordStream stream, EmbeddedBroker broker, EmbeddedFlink flink, Swap swap)
      throws ConfigurationException, IOException, InterruptedException, ExecutionException {
    int words = stream.requests().size();
    int cutover = settings.swap() ? stream.size() / 2 : stream.size();
    EventFeed feed = new EventFeed(stream);
    feed.holdFrom(stream.timeMs(cutover));
    try (Progress progress = Progress.of("Answers", words, out)) {
      RevisionStatuses statuses = new RevisionStatuses(partitions());
      WordTally tally = new WordTally(stream, cutover, statuses, new LiveAnswers(progress));
      try (JobOutput output =
          new JobOutput(broker, flink, settings.job(), tally, RevisionSwap.STATUSES)) {
        Future<?> sending = feed.start(broker.bootstrapServers(), settings.job().speed());
        if (settings.swap()) {
          // When half of what there is to answer before the cutover is answered.
          int announced = stream.endedBefore(cutover) / 2;
          output.readUntil(() -> tally.answers().size() >= announced, sending);
          publish(swap, stream.timeMs(cutover), progress);
          swap.revisions().awaitLoaded(output, statuses, sending);
          progress.line("  Answered   " + statuses.text(RevisionSwap.SECOND));
          progress.line("");
          feed.release();
        }
        output.readAll(sending, () -> tally.answers().size(), words, progress);
        if (settings.swap()) {
          // Told by the watermark, where no event of the cutover comes to an instance.
          output.readUntil(tally::swapTold, sending);
        }
        WordSpeed speed = new WordSpeed(stream, cutover, feed, tally.answers(), settings);
        return new WordReport(stream, settings.swap(), tally, speed, output.rejected());
      }
    } finally {
      feed.cancel();
    }
  }

  private static void publish(Swap swap, long cutoverMs, Progress progress)
      throws ConfigurationException, IOException, InterruptedException {
    Published published =
        swap.revisions()
            .publish(
                swap.model(),
                swap.configuration(),
                new Cutover(cutoverMs, StatePolicy.DRAIN, null));
    progress.line("");
    progress.line("Published");
    published.text().lines().forEach(line -> progress.line("  " + line));
  }

  private void say(String what, String format, Object... values) {
    out.print(LabelledLine.of(what, format, values));
    out.flush();
  }
}
