package dev.carryover.tests.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.models.TestingFileSystem;
import dev.carryover.model.file.ModelFile;
import dev.carryover.schemas.AnnouncementSignature;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.PlainLoop;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingEvents;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is announced to a running job: what cannot serve is refused with its reason, by every
 * subtask and once, and the events meanwhile are served as before, without waiting.
 */
@ExtendWith(BrokerExtension.class)
@Timeout(180)
class BadAnnouncementsITCase {
  private static final long SEED = 83;
  private static final int KEYS = 12;
  private static final int EVENTS_EACH = 10;
  private static final int PARALLELISM = 2;

  @TempDir Path folder;

  private final KeyPair keys = AnnouncementSignature.generateKeys();
  private final Map<Long, BadAnnouncement> bad = new TreeMap<>();

  @Test
  void whatIsBadIsRefusedForItsReasonWhileTheOldRevisionServes(EmbeddedBroker broker)
      throws Exception {
    ModelFile first = BadAnnouncement.model(SEED);
    TestingJob job = job(broker, TestingModels.write(first, folder));
    Announced announced = new Announced(folder);
    PlainLoop loop = PlainLoop.of(first).expecting(3);
    List<Event> all =
        TestingEvents.random(
            SEED,
            EVENTS_EACH * (BadAnnouncement.all().size() + 5),
            KEYS,
            BadAnnouncement.WORDS,
            10);

    try (TestingControlTopic control = new TestingControlTopic(broker, "bad-models", 1);
        EventTopic events = new EventTopic(broker, job.events());
        TestingCluster cluster = TestingCluster.start(1, PARALLELISM, folder);
        ModelStatuses statuses = new ModelStatuses(broker, "bad-statuses");
        CommittedRecords committed = job.read("bad-statuses");
        CommittedRecords inferences = job.read(job.inferences())) {
      TestingCluster.Job running = cluster.submit(job.build());
      Stream stream = new Stream(all, events, inferences, loop, running);
      stream.next();

      // One that is good, so that the one that goes on serving came by an announcement too.
      ModelFile second = BadAnnouncement.model(SEED + 1);
      ModelAnnouncement good = announced.write(BadAnnouncement.SERVING, second, StatePolicy.CARRY);
      sign(good);
      control.announce(0, good);
      statuses.awaitLoaded(BadAnnouncement.SERVING, PARALLELISM, running::ended);
      loop.switchTo(second, BadAnnouncement.SERVING, stream.nextMs(), StatePolicy.CARRY, 0);
      stream.next();

      long revision = BadAnnouncement.SERVING;
      for (BadAnnouncement each : BadAnnouncement.all()) {
        ModelAnnouncement announcement = each.write(announced, ++revision, this::sign);
        bad.put(announcement.getRevision(), each);
        Runnable removal = each.hinder(announcement);
        try {
          control.announce(0, announcement);
          stream.next();
          statuses.awaitRejected(announcement.getRevision(), PARALLELISM, running::ended);
        } finally {
          removal.run();
        }
      }
      int unreadable = writeGarbage(control, good);
      ModelAnnouncement foreign = announced.write(++revision, second, StatePolicy.CARRY);
      foreign.setModelId("of-another-job");
      control.announce(0, foreign);
      stream.next();
      assertThat(LoadedModels.held()).as("models in memory").isEqualTo(1);
      assertThat(running.counter("modelWaitMs")).as("no event has waited").isZero();

      // A revision of its time is waited for.
      ModelFile last = BadAnnouncement.model(SEED + 2);
      ModelAnnouncement slow = slow(announced, ++revision, last, stream.nextMs());
      loop.switchTo(last, revision, stream.nextMs(), StatePolicy.RESET, 0);
      try (TestingFileSystem.Gate gate = TestingFileSystem.hold(announced.path(revision))) {
        control.announce(0, slow);
        refuseLower(announced, control, statuses, running);
        long before = running.counter("events");
        stream.send();
        running.awaitCounter("events", before + 1);
        gate.open();
        stream.await();
      }
      assertThat(running.counter("modelWaitMs")).as("events have waited").isPositive();
      running.stop(folder.resolve("savepoints"));

      BitwiseInferences.assertEqual("seed=" + SEED, inferences.toEnd(), loop.inferences());
      expectStatuses(ModelStatuses.decode(committed.toEnd()), unreadable, revision);
    }
    assertThat(LoadedModels.held()).as("models in memory").isZero();
  }

  private TestingJob job(EmbeddedBroker broker, Path model) throws Exception {
    Path key =
        Files.writeString(
            folder.resolve("public.pem"), AnnouncementSignature.toPem(keys.getPublic()));
    broker.createTopic("bad-statuses", 1);
    broker.createTopic("bad-alerts", 1);
    return new TestingJob(broker, "bad", model, folder)
        .with("parallelism", Integer.toString(PARALLELISM))
        .with("checkpoints.interval", "50 ms")
        .with("flink.execution.buffer-timeout.interval", "5 ms")
        .with("alerts.topic", "bad-alerts")
        .with("models.topic", "bad-models")
        .with("models.status-topic", "bad-statuses")
        .with("models.public-key", key.toString())
        .with("models.maximum-size", BadAnnouncement.MAXIMUM_BYTES + " b")
        .with("models.replay-length", Integer.toString(BadAnnouncement.REPLAY_LENGTH))
        .with("models.load-timeout", "3 s")
        .with("batch.size", "1")
        .with(
            "models.allowed-locations",
            folder + "," + TestingFileSystem.uri(BadAnnouncement.STORE, folder))
        .createOutputTopics();
  }

  private void sign(ModelAnnouncement announcement) {
    AnnouncementSignature.sign(announcement, keys.getPrivate());
  }

  private ModelAnnouncement slow(Announced announced, long revision, ModelFile model, long fromMs)
      throws Exception {
    ModelAnnouncement announcement = announced.write(revision, model, StatePolicy.RESET);
    announcement.setUri(TestingFileSystem.uri(BadAnnouncement.STORE, announced.path(revision)));
    announcement.setEffectiveFromMs(fromMs);
    sign(announcement);
    return announcement;
  }

  /** When all subtasks have refused this one, they know what was announced before. */
  private void refuseLower(
      Announced announced,
      TestingControlTopic control,
      ModelStatuses statuses,
      TestingCluster.Job running)
      throws Exception {
    BadAnnouncement lower = BadAnnouncement.all().get(0);
    ModelAnnouncement announcement =
        announced.write(BadAnnouncement.SERVING - 2, BadAnnouncement.model(0), StatePolicy.CARRY);
    sign(announcement);
    bad.put(announcement.getRevision(), lower);
    control.announce(0, announcement);
    statuses.awaitRejected(announcement.getRevision(), PARALLELISM, running::ended);
  }

  /** Writes what is no announcement; says how many records that is. */
  private static int writeGarbage(TestingControlTopic control, ModelAnnouncement good)
      throws InterruptedException {
    byte[] whole = RecordCodec.of(ModelAnnouncement.class).encode(good);
    byte[] event =
        RecordCodec.of(Event.class)
            .encode(Event.newBuilder().setKey("k").setTimestampMs(1).setToken("w1").build());
    List<byte[]> garbage =
        Arrays.asList(
            "revision 99 please".getBytes(StandardCharsets.UTF_8),
            new byte[0],
            null,
            Arrays.copyOf(whole, whole.length / 2),
            event);
    for (byte[] each : garbage) {
      control.write(0, each);
    }
    return garbage.size();
  }

  private void expectStatuses(List<ModelStatus> statuses, int unreadable, long last) {
    Map<Long, List<ModelStatus>> rejected =
        statuses.stream()
            .filter(status -> status.getStatus() == RevisionStatus.REJECTED)
            .collect(Collectors.groupingBy(ModelStatus::getRevision));
    bad.forEach(
        (revision, each) ->
            assertThat(rejected.remove(revision))
                .as("%s, revision %d", each, revision)
                .hasSize(PARALLELISM)
                .allSatisfy(
                    status -> {
                      assertThat(status.getReason()).isEqualTo(each.reason().name());
                      assertThat(status.getDetail()).contains(each.detail());
                    })
                .extracting(ModelStatus::getSubtask)
                .containsExactlyInAnyOrder(0, 1));
    assertThat(rejected.remove(0L))
        .hasSize(unreadable)
        .extracting(ModelStatus::getReason)
        .containsOnly(RejectionCode.UNREADABLE_ANNOUNCEMENT.name());
    assertThat(rejected).as("and nothing else").isEmpty();
    assertThat(statuses)
        .filteredOn(status -> status.getStatus() == RevisionStatus.ACTIVE)
        .extracting(ModelStatus::getRevision)
        .containsExactlyInAnyOrder(
            1L, 1L, BadAnnouncement.SERVING, BadAnnouncement.SERVING, last, last);
  }

  @Test
  void everyReasonThatAModelOfTokensCanBeRefusedForIsAmongThem() {
    Set<RejectionCode> reasons =
        BadAnnouncement.all().stream()
            .map(BadAnnouncement::reason)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(RejectionCode.class)));
    assertThat(EnumSet.complementOf(EnumSet.copyOf(reasons)))
        .containsExactlyInAnyOrder(
            RejectionCode.UNREADABLE_ANNOUNCEMENT,
            RejectionCode.OTHER_INPUTS,
            RejectionCode.OTHER_OUTPUTS,
            RejectionCode.FIXED_MODEL);
  }

  /** Some events at a time, and their inferences. */
  private static final class Stream {
    private final List<Event> all;
    private final EventTopic topic;
    private final CommittedRecords inferences;
    private final PlainLoop loop;
    private final TestingCluster.Job running;
    private int sent;

    Stream(
        List<Event> all,
        EventTopic topic,
        CommittedRecords inferences,
        PlainLoop loop,
        TestingCluster.Job running) {
      this.all = all;
      this.topic = topic;
      this.inferences = inferences;
      this.loop = loop;
      this.running = running;
    }

    /** Time of the next event. */
    long nextMs() {
      return all.get(sent).getTimestampMs();
    }

    /** Sends the next events and waits for all inferences. */
    void next() throws InterruptedException {
      send();
      await();
    }

    void send() throws InterruptedException {
      List<Event> next = all.subList(sent, sent + EVENTS_EACH);
      sent += EVENTS_EACH;
      topic.send(next);
      next.forEach(loop::add);
    }

    void await() {
      inferences.await(loop.produced(), running::ended);
    }
  }
}
