package dev.carryover.deploy.demo;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.deploy.publish.Cutover;
import dev.carryover.deploy.publish.ModelTopics;
import dev.carryover.deploy.publish.Published;
import dev.carryover.deploy.publish.Publisher;
import dev.carryover.job.AnnouncementRules;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.schemas.RevisionStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * A second revision that takes over in the middle of a demo: its topics, its announcement, and the
 * wait until every instance of the job is ready for it. Belongs to one thread.
 */
public final class RevisionSwap {

  /** The revision of the job's own model. */
  public static final long FIRST = 1;

  /** The revision that takes over. */
  public static final long SECOND = 2;

  /** The topic on which the job tells what becomes of revisions. */
  public static final String STATUSES = "model-status";

  private static final String MODELS = "models";

  private final EmbeddedBroker broker;
  private final Path store;

  /**
   * Makes the topics and the folder of model files.
   *
   * @param folder in which the folder of model files is made
   */
  public RevisionSwap(EmbeddedBroker broker, Path folder) throws IOException {
    this.broker = broker;
    this.store = Files.createDirectory(folder.resolve("models"));
    broker.createTopic(MODELS, 1, Map.of("retention.ms", "-1"));
    broker.createTopic(STATUSES, 1);
  }

  /** The folder of model files, in which the job's own must lie, too. */
  public Path store() {
    return store;
  }

  /** Lets the job hear of revisions. */
  public void configure(Map<String, String> values) {
    values.put("models.topic", MODELS);
    values.put("models.status-topic", STATUSES);
    values.put("models.allowed-locations", store.toString());
  }

  /**
   * Announces the second revision, as {@code carryover publish --config} does it.
   *
   * @param model its file, which is copied
   * @throws IOException if the job would refuse it
   */
  public Published publish(Path model, JobConfiguration configuration, Cutover cutover)
      throws ConfigurationException, IOException, InterruptedException {
    return new Publisher(
            new ModelTopics(
                configuration.kafkaProperties(),
                configuration.controlTopic().orElseThrow(),
                configuration.statusTopic()),
            Optional.empty(),
            Optional.of(AnnouncementRules.of(configuration)))
        .publish(model, store.toString(), cutover, OptionalLong.empty());
  }

  /**
   * Waits until every instance says that it loaded the second revision. Events of the cutover are
   * to be sent after that: what comes before its announcement is served by the revision before.
   *
   * @param statuses what {@code output} tells of revisions
   * @param sending ends when everything was sent
   * @throws ExecutionException if the job fails
   * @throws IOException if the job refuses the revision, or says nothing of it
   */
  public void awaitLoaded(JobOutput output, RevisionStatuses statuses, Future<?> sending)
      throws IOException, InterruptedException, ExecutionException {
    boolean settled =
        output.readUntil(
            () ->
                statuses.all(SECOND, RevisionStatus.LOADED) || !statuses.refusals(SECOND).isEmpty(),
            sending);
    List<String> refusals = statuses.refusals(SECOND);
    if (!refusals.isEmpty()) {
      throw new IOException("the job refused revision 2: " + refusals.get(0));
    }
    if (!settled) {
      throw new IOException("the job said nothing of revision 2 for a minute; look at the log");
    }
  }

  /**
   * What is worth a try while everything is left running.
   *
   * @param first the file of the first revision
   */
  public List<String> commands(Path first) {
    String to =
        " --topic %s --status-topic %s --bootstrap-servers %s"
            .formatted(MODELS, STATUSES, broker.bootstrapServers());
    return List.of(
        "deploy/carryover publish --list" + to,
        "deploy/carryover publish --model %s --to %s%s".formatted(first, store, to));
  }
}
