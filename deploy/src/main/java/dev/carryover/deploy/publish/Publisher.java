package dev.carryover.deploy.publish;

import dev.carryover.deploy.publish.RevisionHistory.Entry;
import dev.carryover.job.AnnouncementRules;
import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.ModelStore;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.schemas.AnnouncementSignature;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Announces revisions of models. Whatever can be refused is refused before anything is written, and
 * a file is there before its announcement is.
 */
public final class Publisher {

  /** Jobs begin with the model of their configuration as this revision, unless they say another. */
  private static final long FIRST = 1;

  private static final int DIGITS_IN_NAME = 16;

  private final ModelTopics topics;
  private final Optional<PrivateKey> key;
  private final Optional<AnnouncementRules> job;
  private final long first;

  /**
   * @param topics where to announce
   * @param key what to sign with
   * @param job what the job that is announced to refuses, where its configuration is known
   */
  public Publisher(ModelTopics topics, Optional<PrivateKey> key, Optional<AnnouncementRules> job) {
    this.topics = topics;
    this.key = key;
    this.job = job;
    this.first = job.map(AnnouncementRules::jobRevision).orElse(FIRST);
  }

  /**
   * Copies a model file into a folder, under a name of its content, and announces it.
   *
   * @param model a local model file
   * @param folder a local path or the URI of a folder
   * @param cutover from when on, and what becomes of state
   * @param revision the number to announce; else one more than the highest, and than that of the
   *     job
   * @throws IOException if the model is one that no job serves or that this one refuses, the
   *     revision is taken, the file cannot be copied, or Kafka does not take the announcement
   */
  public Published publish(Path model, String folder, Cutover cutover, OptionalLong revision)
      throws IOException, InterruptedException {
    ModelFile file = ModelFileReader.read(model);
    checkServable(model, file);
    long bytes = Files.size(model);
    String id = file.config().modelId();
    RevisionHistory history = topics.read().model(id);
    long next = next(history, revision);
    String name = "%s-%s.safetensors".formatted(id, file.sha256().substring(0, DIGITS_IN_NAME));
    ModelAnnouncement announcement =
        new ModelAnnouncement(
            id,
            next,
            ModelStore.uri(folder, name),
            file.sha256(),
            bytes,
            cutover.effectiveFromMs(),
            cutover.policy(),
            null,
            cutover.replayLength());
    sign(announcement);
    check(announcement, history, file.config());
    ModelStore.Stored stored = ModelStore.put(model, folder, name, file.sha256());
    return announce(
        announcement,
        stored.copied() ? "copied there" : "which was there already",
        origin(history, revision),
        new ArrayList<>(left()));
  }

  /**
   * Announces the file of a former revision again, under a new one; nothing is copied.
   *
   * @param modelId the model; not needed where the topic has announcements of one only
   * @param toRevision the revision to go back to; else the highest one below the newest active
   *     revision whose file is another and was not rejected
   * @param effectiveFromMs event time of the cutover, or null for at once
   * @param policy what becomes of state, or null for the policy of the former announcement
   * @param replayLength with {@link StatePolicy#REPLAY} only, else null
   * @param revision the number to announce; else one more than the highest
   * @throws IOException if there is nothing to go back to, it was not signed with the key, or Kafka
   *     does not take the announcement
   * @throws IllegalArgumentException if policy and replay length do not fit
   */
  public Published rollback(
      Optional<String> modelId,
      OptionalLong toRevision,
      Long effectiveFromMs,
      StatePolicy policy,
      Integer replayLength,
      OptionalLong revision)
      throws IOException, InterruptedException {
    RevisionHistory history = history(modelId);
    if (toRevision.isEmpty() && topics.statusName().isEmpty()) {
      throw new IOException(
          "it is not known which revision is active; give --status-topic, or --to-revision");
    }
    Entry former =
        toRevision.isPresent() ? history.announced(toRevision.getAsLong()) : history.before();
    ModelAnnouncement before = former.announcement();
    checkSigner(former);
    if (policy == null && before.getStatePolicy() == StatePolicy.UNKNOWN) {
      throw new IOException(
          "revision %d of %s was announced with a state policy that this version does not know; give --state-policy"
              .formatted(former.revision(), history.modelId()));
    }
    Cutover cutover =
        policy == null && replayLength == null
            ? new Cutover(effectiveFromMs, before.getStatePolicy(), before.getReplayLength())
            : new Cutover(effectiveFromMs, policy, replayLength);
    ModelAnnouncement announcement =
        new ModelAnnouncement(
            before.getModelId(),
            next(history, revision),
            before.getUri(),
            before.getSha256(),
            before.getSizeBytes(),
            cutover.effectiveFromMs(),
            cutover.policy(),
            null,
            cutover.replayLength());
    sign(announcement);
    check(announcement);
    List<String> warnings = new ArrayList<>(left());
    try {
      ModelStore.check(before.getUri(), before.getSizeBytes());
    } catch (IOException e) {
      warnings.add(
          "the file was not found from here, and the job refuses it unless it finds it: "
              + e.getMessage());
    }
    return announce(
        announcement, "that of revision " + former.revision(), origin(history, revision), warnings);
  }

  private static void checkServable(Path model, ModelFile file) throws IOException {
    if (file.config().bidirectional()) {
      throw new IOException(
          model
              + " holds a bidirectional model, and no end exists in a stream to run backwards from;"
              + " publish a one-directional model");
    }
    // Packs the weights and replays the self-test, as every process of the job will.
    if (file.config().task() == Task.SEQ2SEQ) {
      Seq2SeqModel.load(file);
    } else {
      RecurrentModel.load(file);
    }
  }

  /**
   * Refuses to sign what somebody else put into the topic. Ed25519 signs equal bytes alike, so the
   * private key can tell its own signature.
   */
  private void checkSigner(Entry former) throws IOException {
    if (key.isPresent()) {
      ModelAnnouncement again = ModelAnnouncement.newBuilder(former.announcement()).build();
      AnnouncementSignature.sign(again, key.get());
      if (!again.getSignature().equals(former.announcement().getSignature())) {
        throw new IOException(
            "the announcement of revision %d at %s is not signed with the key of --sign; look at the file it names, and publish that with --model"
                .formatted(former.revision(), former.announced().position()));
      }
    }
  }

  /** Refuses what the job would refuse, before anything is written. */
  private void check(ModelAnnouncement announcement) throws IOException {
    if (job.isPresent()) {
      try {
        job.get().check(announcement);
      } catch (ModelRejectedException e) {
        throw refused(e);
      }
    }
  }

  private void check(ModelAnnouncement announcement, RevisionHistory history, ModelConfig model)
      throws IOException {
    if (job.isPresent()) {
      try {
        job.get().check(model);
        job.get().check(announcement);
        if (history.highestAnnounced().isEmpty()) {
          job.get().checkCarried(model, announcement.getStatePolicy());
        }
      } catch (ModelRejectedException e) {
        throw refused(e);
      }
    }
  }

  private static IOException refused(ModelRejectedException e) {
    return new IOException("the job would refuse it (" + e.code() + "): " + e.getMessage(), e);
  }

  private List<String> left() {
    return job.map(AnnouncementRules::leftToTheJob).orElse(List.of()).stream()
        .map(left -> "only the job can say " + left)
        .toList();
  }

  private RevisionHistory history(Optional<String> named) throws IOException, InterruptedException {
    ModelTopics.Content content = topics.read();
    Optional<String> modelId = named.or(() -> job.flatMap(AnnouncementRules::modelId));
    if (modelId.isPresent()) {
      return content.model(modelId.get());
    }
    List<RevisionHistory> announced =
        content.models().stream()
            .filter(history -> history.highestAnnounced().isPresent())
            .toList();
    if (announced.size() != 1) {
      throw new IOException(
          announced.isEmpty()
              ? "topic " + topics.name() + " has no announcement; publish a model with --model"
              : "topic %s has announcements of %s; say which with --id"
                  .formatted(
                      topics.name(), announced.stream().map(RevisionHistory::modelId).toList()));
    }
    return announced.get(0);
  }

  private long next(RevisionHistory history, OptionalLong revision) throws IOException {
    long highest = Math.max(first, history.highest().orElse(first));
    long announced = history.highestAnnounced().orElse(0);
    if (revision.isPresent()) {
      if (revision.getAsLong() <= announced) {
        throw new IOException(
            "--revision is %d, and revision %d of %s is announced already; jobs take higher ones only, leave --revision out for %d"
                .formatted(revision.getAsLong(), announced, history.modelId(), highest + 1));
      }
      return revision.getAsLong();
    }
    if (highest == Long.MAX_VALUE) {
      throw new IOException("no revision above " + highest + " is left; use another model id");
    }
    return highest + 1;
  }

  private String origin(RevisionHistory history, OptionalLong revision) {
    if (revision.isPresent()) {
      return "as --revision says";
    }
    OptionalLong highest = history.highest();
    if (highest.isPresent() && highest.getAsLong() > first) {
      return "the one after " + highest.getAsLong();
    }
    return "the first that is announced: "
        + (job.isPresent() ? "the job begins" : "jobs begin")
        + " at revision "
        + first;
  }

  private void sign(ModelAnnouncement announcement) {
    key.ifPresent(secret -> AnnouncementSignature.sign(announcement, secret));
  }

  private Published announce(
      ModelAnnouncement announcement, String file, String revision, List<String> warnings)
      throws IOException, InterruptedException {
    topics.forgets().ifPresent(warnings::add);
    String position = topics.write(announcement);
    return new Published(announcement, position, file, revision, List.copyOf(warnings));
  }
}
