package dev.carryover.job.serving;

import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.revisions.AnnouncementLog;
import dev.carryover.job.revisions.Revision;
import dev.carryover.job.revisions.RevisionCatalog;
import dev.carryover.job.revisions.RevisionIntake;
import dev.carryover.job.revisions.StoredRevision;
import dev.carryover.job.revisions.Takeover;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.schemas.ModelAnnouncement;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The revisions at work in one subtask: takes announcements in, has their files loaded, and says
 * which model serves which event.
 *
 * <p>Belongs to the task thread. Only files are read elsewhere; what comes of that is taken in by
 * {@link #poll}, or when an event cannot do without.
 */
public final class Revisions implements AutoCloseable {
  /*
   * Whether a revision may serve depends on its announcement and its file alone, so all subtasks come to
   * the same answer, each in its own time. Which event it serves first depends, for a cutover by event
   * time, on the event alone: a window of event time belongs to it from the moment that it is announced,
   * and the task waits where an event of that window comes before the file does.
   */
  private final ModelReference job;
  private final ModelSettings settings;
  private final OperatorSettings operator;
  private final RevisionCatalog catalog;
  private final HeldModels models;
  private final StatusTeller teller;
  private final OperatorMetrics metrics;
  private final KeyCounts keys;

  /** Taken in from the log: no news when they come by the stream, dropped by then or not. */
  private final Set<ModelAnnouncement> logged = new HashSet<>();

  private String modelId;
  private RevisionIntake intake;

  private ServedModel serving;
  private long servingFromMs;
  private long servingUntilMs;
  private long latestMs = Long.MIN_VALUE;
  private long watermarkMs = Long.MIN_VALUE;
  private long activeNumber;

  /** Whether an end without an event, or without an input, is answered by the sequence's own. */
  private boolean endsAreAnsweredByOwn;

  /** How many keys have a running sequence on which revision. */
  public interface KeyCounts {
    /** Keys on a revision. */
    long keysOn(long revision);

    /** Keys on a revision or on a lower one, and decodes of these that are not finished. */
    long keysUpTo(long revision);

    /** Sequences of a revision that have ended and are not decoded yet. */
    long decodesOn(long revision);
  }

  /** Revisions of which none is loaded yet; see {@link #open}. */
  public Revisions(
      ModelReference job,
      ModelSettings settings,
      OperatorSettings operator,
      KeyCounts keys,
      StatusTeller teller,
      OperatorMetrics metrics) {
    this.job = job;
    this.settings = settings;
    this.operator = operator;
    this.catalog = new RevisionCatalog(job);
    this.models = new HeldModels(settings, operator);
    this.teller = teller;
    this.metrics = metrics;
    this.keys = keys;
    metrics.models(models::size);
  }

  /**
   * Loads the model that the job was submitted with: all others are of its task.
   *
   * @throws IOException if its file cannot be had
   */
  public ModelConfig load() throws IOException {
    ServedModel own = models.loadOwn(catalog.find(job.revision()));
    modelId = own.config().modelId();
    teller.modelId(modelId);
    intake = new RevisionIntake(catalog, own.config(), settings);
    catalog.find(job.revision()).kept(own.kept());
    endsAreAnsweredByOwn = operator.gapMs() != OperatorSettings.NONE || own.transduces();
    return own.config();
  }

  /**
   * Loads what else the first event needs. Comes after {@link #load}.
   *
   * @param stored what a checkpoint held, of every subtask
   * @param watermark event time that had passed
   * @throws IOException if a file that is needed cannot be had
   */
  public void open(List<StoredRevision> stored, AnnouncementLog log, long watermark)
      throws Exception {
    watermarkMs = watermark;
    StoredRevision.restore(stored, job, catalog);
    if (settings.announced()) {
      readLog(log);
    }
    loadNeeded();
    settleAtOnce();
    selectUnlessWaiting(watermarkMs);
    trim(watermarkMs);
  }

  private void readLog(AnnouncementLog log) throws IOException {
    for (ModelAnnouncement announcement : log.read()) {
      if (intake.concerns(announcement)) {
        admit(announcement);
      }
      Revision present = catalog.find(announcement.getRevision());
      if (present != null && present.announces(announcement)) {
        logged.add(announcement);
      }
    }
  }

  /** The revisions that running sequences end on, or are answered for by. */
  private void loadNeeded() throws Exception {
    for (Revision revision : List.copyOf(catalog.all())) {
      if (revision.usable() && staysInUse(revision)) {
        forState(revision.number());
      }
    }
  }

  /** Revisions that are to serve at once do so from the first event on, if they can. */
  private void settleAtOnce() throws Exception {
    List<Revision> pending = catalog.all().stream().filter(Revision::pending).toList();
    pending.forEach(models::request);
    for (Revision revision : pending) {
      if (revision.atOnce()) {
        await(revision);
        models.keepOnly(this::isNeeded, serving);
      }
    }
  }

  /** Takes an announcement in; true when a file is on its way for it. */
  public boolean announce(ModelAnnouncement announcement) {
    if (!settings.announced()) {
      teller.rejected(
          announcement.getModelId(),
          announcement.getRevision(),
          RejectionCode.FIXED_MODEL,
          "this job serves revision "
              + job.revision()
              + " of its configuration and takes no announcements; set models.topic, or change"
              + " model.path and restart it");
      return false;
    }
    if (logged.remove(announcement) || !intake.concerns(announcement)) {
      return false;
    }
    try {
      Revision revision = intake.enter(announcement);
      if (revision.fromMs() <= latestMs && !revision.atOnce()) {
        revision.late();
      }
      catalog.settle(revision, Revision.Progress.PENDING);
      models.request(revision);
      invalidate();
      return true;
    } catch (ModelRejectedException e) {
      reject(announcement.getRevision(), e);
      return false;
    }
  }

  /** Enters what is not refused; the refusal is told when the record comes by the stream. */
  private void admit(ModelAnnouncement announcement) {
    try {
      intake.enter(announcement);
    } catch (ModelRejectedException e) {
      // Told then.
    }
  }

  /** Whether files are on their way. */
  public boolean loading() {
    return models.loading();
  }

  /** Whether one of them has come, or will not. */
  public boolean hasArrivals() {
    return catalog.all().stream().anyMatch(models::arrived);
  }

  /** Takes in what has come. */
  public void poll() throws Exception {
    for (Revision revision : List.copyOf(catalog.all())) {
      if (models.arrived(revision) && intake.toSettleBefore(revision) == null) {
        await(revision);
      }
    }
    if (serving == null) {
      selectUnlessWaiting(Math.max(latestMs, watermarkMs));
    }
  }

  /** Waits for the file of a revision, and settles it; returns why it may not serve, or null. */
  private ModelRejectedException await(Revision revision) throws Exception {
    Revision lower;
    while ((lower = intake.toSettleBefore(revision)) != null) {
      await(lower);
      models.keepOnly(this::isNeeded, serving);
    }
    ModelRejectedException refusal = null;
    models.request(revision);
    try {
      ServedModel model = models.await(revision);
      metrics.loadedModel(model.loadNanos());
      if (revision.pending()) {
        intake.check(revision, model.config());
        catalog.settle(revision, Revision.Progress.USABLE);
        teller.loaded(revision);
        if (catalog.outrun(revision)) {
          teller.superseded(revision);
        }
      }
    } catch (ModelRejectedException e) {
      refusal = e;
      models.drop(revision);
      if (revision.pending() || goesOnWithout(revision)) {
        catalog.settle(revision, Revision.Progress.REJECTED);
        reject(revision.number(), e);
      }
    }
    invalidate();
    return refusal;
  }

  private void reject(long revision, ModelRejectedException refusal) {
    metrics.rejectedModel(refusal.code());
    teller.rejected(modelId, revision, refusal.code(), refusal.getMessage());
  }

  /** Who serves an event of a time. Waits for the file where that is not there yet. */
  public ServedModel forEvent(long timestampMs) throws Exception {
    if (serving == null || timestampMs < servingFromMs || timestampMs >= servingUntilMs) {
      select(timestampMs);
    }
    latestMs = Math.max(latestMs, timestampMs);
    return serving;
  }

  private void invalidate() {
    serving = null;
  }

  /** Events wait for a model, the clock of an idle stream does not. */
  private void selectUnlessWaiting(long timestampMs) throws Exception {
    if (!catalog.revision(catalog.windowOf(timestampMs)).pending()) {
      select(timestampMs);
    }
  }

  private void select(long timestampMs) throws Exception {
    ServedModel model = null;
    int window = 0;
    while (model == null) {
      window = catalog.windowOf(timestampMs);
      while (catalog.untilMs(window) <= watermarkMs && !models.holds(catalog.revision(window))) {
        // Late, and its revision is gone: the oldest that is held serves it.
        window++;
      }
      Revision revision = catalog.revision(window);
      if (revision.pending()) {
        waitFor(revision);
      } else {
        model = hold(revision);
      }
    }
    serving = model;
    servingFromMs = catalog.fromMs(window);
    servingUntilMs = catalog.untilMs(window);
    if (model.number() > activeNumber) {
      teller.active(catalog.find(model.number()), catalog.find(activeNumber));
      activeNumber = model.number();
      metrics.activeRevision(activeNumber);
    }
  }

  private ModelRejectedException waitFor(Revision revision) throws Exception {
    long begin = System.nanoTime();
    ModelRejectedException refusal = await(revision);
    metrics.waitedForModel((System.nanoTime() - begin) / 1_000_000);
    return refusal;
  }

  /** The model of a usable revision; null if its file is gone and the job may go on without. */
  private ServedModel hold(Revision revision) throws Exception {
    ServedModel model = models.find(revision);
    if (model == null) {
      ModelRejectedException refusal = waitFor(revision);
      if (refusal != null && !goesOnWithout(revision)) {
        throw new IOException(
            "revision %d is needed, and its file can no longer be had: %s; put the file back, or set models.missing to reset to go on without it"
                .formatted(revision.number(), refusal.getMessage()),
            refusal);
      }
      model = models.find(revision);
    }
    return model;
  }

  private boolean goesOnWithout(Revision revision) {
    return settings.resetMissing() && catalog.hasOther(revision);
  }

  /** The model of a revision that a running sequence is on; null if it is unknown or gone. */
  public ServedModel forState(long number) throws Exception {
    Revision revision = catalog.find(number);
    return revision == null || !revision.usable() ? null : hold(revision);
  }

  /** Whether the state of one revision goes over to another as it is: to a higher one only. */
  public boolean keeps(long from, long to) {
    return from <= to && catalog.takeover(from, to).kind() == Takeover.Kind.KEEP;
  }

  /** The id of the model that the revisions are of. */
  public String modelId() {
    return modelId;
  }

  /** The highest revision that has served here. */
  public long activeNumber() {
    return activeNumber;
  }

  /** The revisions that are known. */
  public RevisionCatalog catalog() {
    return catalog;
  }

  /** How many inputs a running sequence is to remember. */
  public int replayLength() {
    return settings.replayLength();
  }

  /** Gives back models that nothing needs, and gets the next one ready. */
  public void trim(long watermark) throws Exception {
    watermarkMs = Math.max(watermarkMs, watermark);
    if (catalog.all().size() == 1) {
      return;
    }
    if (catalog.revision(catalog.windowOf(watermarkMs)).number() > activeNumber) {
      // Its time has come also where no event has.
      selectUnlessWaiting(watermarkMs);
    }
    catalog.prune(watermarkMs, keys::keysUpTo);
    models.keepOnly(this::isNeeded, serving);
    int next = catalog.windowOf(Math.max(latestMs, watermarkMs)) + 1;
    if (next < catalog.windows() && catalog.revision(next).usable()) {
      models.prepare(catalog.revision(next));
    }
  }

  private boolean isNeeded(long number) {
    Revision revision = catalog.find(number);
    if (revision == null) {
      return false;
    }
    for (int window = 0; window < catalog.windows(); window++) {
      if (catalog.revision(window) == revision && catalog.untilMs(window) > watermarkMs) {
        return true;
      }
    }
    return staysInUse(revision);
  }

  /** Whether keys have sequences on a revision that end on it, or are answered for by it. */
  private boolean staysInUse(Revision revision) {
    return keys.decodesOn(revision.number()) > 0
        || keys.keysOn(revision.number()) > 0
            && (endsAreAnsweredByOwn || catalog.keepsSequences(revision.number(), watermarkMs));
  }

  /** What a checkpoint is to hold. */
  public List<StoredRevision> stored() {
    return StoredRevision.of(modelId, catalog);
  }

  @Override
  public void close() {
    models.close();
  }
}
