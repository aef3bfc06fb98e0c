package dev.carryover.deploy;

import dev.carryover.deploy.kafka.KafkaCheck;
import dev.carryover.deploy.publish.Cutover;
import dev.carryover.deploy.publish.EffectiveFrom;
import dev.carryover.deploy.publish.KeyFiles;
import dev.carryover.deploy.publish.ModelTopics;
import dev.carryover.deploy.publish.Published;
import dev.carryover.deploy.publish.Publisher;
import dev.carryover.deploy.publish.RevisionTables;
import dev.carryover.job.AnnouncementRules;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code carryover publish}: announces models to running jobs, and shows what became of them. */
@Command(
    name = "publish",
    description = {
      "Copies a model file to where jobs read it and announces it to them (--model);",
      "shows what was announced and what became of it (--list);",
      "or announces the file of an earlier revision again (--rollback)."
    })
final class PublishCommand implements Callable<Integer> {

  @ArgGroup(multiplicity = "1")
  private Action action;

  private static final class Action {
    @Option(names = "--model", paramLabel = "FILE", description = "The model file to announce.")
    private Path model;

    @Option(names = "--list", description = "Show the revisions that were announced.")
    private boolean list;

    @Option(
        names = "--rollback",
        description = {
          "Announce the file of an earlier revision again, under a new one, without copying:",
          "that of the highest revision below the newest active one, or of --to-revision."
        })
    private boolean rollback;
  }

  @Option(
      names = "--to",
      paramLabel = "DIR_OR_URI",
      description = "With --model, the folder to copy to: a path, or a URI such as s3://models.")
  private String folder;

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = "The control topic; default: models.topic of --config.")
  private String topic;

  @Option(
      names = "--status-topic",
      paramLabel = "TOPIC",
      description = "Where the job answers; default: models.status-topic of --config.")
  private Optional<String> statusTopic;

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT",
      description = "The Kafka brokers, with commas between.")
  private Optional<String> bootstrapServers;

  @Option(
      names = "--kafka-property",
      paramLabel = "KEY=VALUE",
      description = {
        "A property of the Kafka clients; may be given several times.",
        "Other users of this machine may see it: leave secrets to --config."
      })
  private List<String> kafkaProperties = new ArrayList<>();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "The YAML configuration of the job that is announced to, for its brokers, Kafka properties and",
        "topics; what that job would refuse is then refused here, before anything is written."
      })
  private Optional<Path> config;

  @Option(
      names = "--effective-from",
      paramLabel = "TIME",
      description = {
        "Event time of the first event that the revision serves: 2026-01-31T12:00:00+01:00,",
        "milliseconds since 1970, or +10m from now; default: as soon as it is ready."
      })
  private Optional<String> effectiveFrom;

  @Option(
      names = "--state-policy",
      paramLabel = "POLICY",
      description = {
        "What becomes of hidden state: carry (keep it), reset, replay or drain;",
        "default: carry, and with --rollback as the file was announced before."
      })
  private Optional<String> statePolicy;

  @Option(
      names = "--replay-length",
      paramLabel = "N",
      description = "With the policy replay, how many inputs are run again.")
  private Integer replayLength;

  @Option(
      names = "--revision",
      paramLabel = "N",
      description = {
        "The number of the revision; default: one more than the highest announced of this model,",
        "and than model.revision of --config, else 1, which jobs begin at."
      })
  private Long revision;

  @Option(
      names = "--to-revision",
      paramLabel = "N",
      description = "With --rollback, the revision to go back to.")
  private Long toRevision;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "With --list and --rollback, the model id, where a topic has several.")
  private Optional<String> id;

  @Option(
      names = "--sign",
      paramLabel = "KEY.pem",
      description = "The private key to sign the announcement with; see keygen.")
  private Optional<Path> sign;

  @Spec private CommandSpec spec;

  private Optional<JobConfiguration> job = Optional.empty();

  @Override
  public Integer call() throws Exception {
    checkOptions();
    Long from = effectiveFromMs();
    StatePolicy policy = policy();
    PrintWriter out = spec.commandLine().getOut();
    readJob(out);
    Properties kafka = kafka();
    ModelTopics topics = new ModelTopics(kafka, topic, statusTopic);
    if (action.list) {
      KafkaCheck.reachable(kafka, settings());
      out.print(RevisionTables.text(topics, id));
    } else {
      Publisher publisher = new Publisher(topics, privateKey(), rules());
      Published published =
          action.rollback
              ? rollback(publisher, kafka, from, policy)
              : publish(publisher, kafka, from, policy);
      out.print(published.text());
      out.println(watch());
    }
    out.flush();
    return ExitCode.OK;
  }

  private Optional<AnnouncementRules> rules() throws ConfigurationException {
    return job.isPresent() && announcedTo()
        ? Optional.of(AnnouncementRules.of(job.get()))
        : Optional.empty();
  }

  private Published publish(Publisher publisher, Properties kafka, Long from, StatePolicy policy)
      throws IOException, InterruptedException {
    Cutover cutover = cutover(from, policy == null ? StatePolicy.CARRY : policy);
    KafkaCheck.reachable(kafka, settings());
    return publisher.publish(action.model, folder, cutover, optional(revision));
  }

  private Published rollback(Publisher publisher, Properties kafka, Long from, StatePolicy policy)
      throws IOException, InterruptedException {
    if (policy != null || replayLength != null) {
      cutover(from, policy);
    }
    KafkaCheck.reachable(kafka, settings());
    return publisher.rollback(
        id, optional(toRevision), from, policy, replayLength, optional(revision));
  }

  private Cutover cutover(Long from, StatePolicy policy) {
    try {
      return new Cutover(from, policy, replayLength);
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  private void checkOptions() {
    if (action.model != null && folder == null) {
      throw wrong("--model needs --to, the folder that jobs read models from");
    }
    if (action.model == null) {
      refuse("--to", folder != null, "--model");
    }
    if (!action.rollback) {
      refuse("--to-revision", toRevision != null, "--rollback");
    }
    if (action.model != null && id.isPresent()) {
      throw wrong("--id belongs to --list and --rollback; the model file has its own");
    }
    if (action.list) {
      String both = "--model or --rollback";
      refuse("--effective-from", effectiveFrom.isPresent(), both);
      refuse("--state-policy", statePolicy.isPresent(), both);
      refuse("--replay-length", replayLength != null, both);
      refuse("--revision", revision != null, both);
      refuse("--sign", sign.isPresent(), both);
    }
    if (revision != null && revision < 1) {
      throw wrong("--revision is " + revision + "; allowed is a number of at least 1");
    }
    if (bootstrapServers.isEmpty() && config.isEmpty()) {
      throw wrong("the brokers are not known; give --bootstrap-servers or --config");
    }
  }

  private void refuse(String option, boolean given, String owner) {
    if (given) {
      throw wrong(option + " belongs to " + owner + "; leave it out");
    }
  }

  private Long effectiveFromMs() {
    try {
      return effectiveFrom.map(text -> EffectiveFrom.parse(text, Instant.now())).orElse(null);
    } catch (IllegalArgumentException e) {
      throw wrong("--effective-from: " + e.getMessage());
    }
  }

  private StatePolicy policy() {
    try {
      return statePolicy.map(Cutover::policy).orElse(null);
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  /** Takes what is not said by an option from the job. */
  private void readJob(PrintWriter out) throws ConfigurationException {
    if (config.isPresent()) {
      job = Optional.of(JobConfiguration.read(config.get()));
    }
    Optional<String> read = job.flatMap(JobConfiguration::controlTopic);
    if (topic == null) {
      topic =
          read.orElseThrow(
              () ->
                  wrong(
                      job.isPresent()
                          ? "models.topic is not set in "
                              + config.get()
                              + ", so that job takes no announcements; set it, or give --topic"
                          : "the control topic is not known; give --topic or --config"));
    } else if (job.isPresent() && !announcedTo()) {
      out.printf(
          "%-10s --topic is %s, and models.topic of %s %s: that job does not read it, and nothing was checked against it%n",
          "Warning", topic, config.get(), read.map(name -> "is " + name).orElse("is not set"));
    }
    if (statusTopic.isEmpty() && announcedTo()) {
      statusTopic = job.flatMap(JobConfiguration::statusTopic);
    }
  }

  /** Whether it is the job of the configuration that reads the topic. */
  private boolean announcedTo() {
    return job.flatMap(JobConfiguration::controlTopic).filter(topic::equals).isPresent();
  }

  private Properties kafka() {
    Properties kafka = new Properties();
    job.ifPresent(read -> kafka.putAll(read.kafkaProperties()));
    for (String property : kafkaProperties) {
      int equals = property.indexOf('=');
      if (equals < 1) {
        // Not shown: it may be a secret that lost its key.
        throw wrong("a --kafka-property has no key before '='; write KEY=VALUE");
      }
      kafka.setProperty(property.substring(0, equals), property.substring(equals + 1));
    }
    bootstrapServers.ifPresent(servers -> kafka.setProperty("bootstrap.servers", servers));
    return kafka;
  }

  private String settings() {
    return "--bootstrap-servers and --kafka-property"
        + (config.isPresent() ? ", or at " + KafkaCheck.JOB_SETTINGS + " of " + config.get() : "");
  }

  private Optional<PrivateKey> privateKey() throws IOException {
    return sign.isPresent() ? Optional.of(KeyFiles.readPrivate(sign.get())) : Optional.empty();
  }

  /** The line that shows what becomes of it; values of Kafka properties are not in it. */
  private String watch() {
    String topics =
        announcedTo() && statusTopic.equals(job.flatMap(JobConfiguration::statusTopic))
            ? ""
            : " --topic " + topic + " --status-topic " + statusTopic.orElse("TOPIC");
    return "Watch      deploy/carryover publish --list"
        + topics
        + bootstrapServers.map(servers -> " --bootstrap-servers " + servers).orElse("")
        + config.map(file -> " --config " + file).orElse("")
        + (kafkaProperties.isEmpty() ? "" : " and the same --kafka-property");
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private static OptionalLong optional(Long value) {
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }
}
