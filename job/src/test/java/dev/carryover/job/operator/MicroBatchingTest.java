package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.carryover.job.models.ModelReference;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.StatePolicy;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MicroBatchingTest {
  @TempDir Path folder;

  private ModelReference model;

  @BeforeEach
  void writeModel() {
    model = TestingModels.NEXT_TOKEN.in(folder);
  }

  @Test
  void aFullBatchIsSteppedAtOnce() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings().batchSize(3))) {
      harness.send(token("a", 1, "w3"), token("b", 2, "w3"));
      assertThat(harness.inferences()).isEmpty();
      harness.send(token("c", 3, "w3"));
      assertThat(harness.inferences()).hasSize(3);
    }
  }

  @Test
  void anEventWaitsNoLongerThanTheLinger() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      harness.setProcessingTime(100);
      harness.send(token("a", 1, "w3"));
      harness.setProcessingTime(104);
      harness.send(token("b", 2, "w3"));
      assertThat(harness.inferences()).isEmpty();
      harness.setProcessingTime(105);
      assertThat(harness.inferences()).hasSize(2);
    }
  }

  @Test
  void atMostOneLingerTimerIsPending() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings().batchSize(2))) {
      for (int event = 0; event < 101; event++) {
        harness.send(token("a", event, "w3"));
        assertThat(harness.getProcessingTimeService().getNumActiveTimers()).isLessThanOrEqualTo(1);
      }
      harness.setProcessingTime(5);
      assertThat(harness.inferences()).hasSize(101);
      assertThat(harness.getProcessingTimeService().getNumActiveTimers()).isZero();
    }
  }

  @Test
  void batchesOfOneNeverWaitAndSetNoTimer() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings().batchSize(1))) {
      harness.send(token("a", 1, "w3"));
      assertThat(harness.inferences()).hasSize(1);
      assertThat(harness.getProcessingTimeService().getNumActiveTimers()).isZero();
    }
  }

  @Test
  void aWatermarkGoesOutBehindTheInferencesOfTheEventsBeforeIt() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      harness.send(token("a", 1, "w3"));
      harness.watermark(1);
      assertThat(harness.getOutput())
          .extracting(element -> element.getClass().getSimpleName())
          .containsExactly("StreamRecord", "Watermark");
    }
  }

  @Test
  void nothingIsBufferedWhenTheBarrierPasses() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      harness.send(token("a", 1, "w3"));
      harness.prepareSnapshotPreBarrier(1);
      assertThat(harness.inferences()).hasSize(1);
    }
  }

  @Test
  void theEndOfTheInputWaitsForNothing() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      harness.send(token("a", 1, "w3"));
      harness.getOperator().finish();
      assertThat(harness.inferences()).hasSize(1);
    }
  }

  @Test
  void eventsOfOneKeyInOneBatchKeepTheirOrder() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings().batchSize(7))) {
      harness.send(
          token("a", 1, "w3"),
          token("b", 2, "w4"),
          token("a", 3, "w5"),
          token("a", 4, "w6"),
          token("c", 5, "w7"),
          token("b", 6, "w8"),
          token("a", 7, "w3"));
      assertThat(harness.inferences())
          .filteredOn(inference -> inference.getKey().equals("a"))
          .extracting(Inference::getStep, Inference::getTimestampMs)
          .containsExactly(tuple(1L, 1L), tuple(2L, 3L), tuple(3L, 4L), tuple(4L, 7L));
    }
  }

  @Test
  void keysWithOneHashCodeAreToldApart() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      assertThat("AaBB".hashCode()).isEqualTo("BBAa".hashCode());
      harness.send(token("AaBB", 1, "w3"), token("BBAa", 2, "w4"), token("AaBB", 3, "w5"));
      harness.flush();
      assertThat(harness.inferences())
          .extracting(Inference::getKey, Inference::getStep)
          .containsExactlyInAnyOrder(tuple("AaBB", 1L), tuple("BBAa", 1L), tuple("AaBB", 2L));
    }
  }

  @Test
  void anAnnouncementToAJobOfAFixedModelIsRefused() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      harness.announce(
          ModelAnnouncement.newBuilder()
              .setModelId("testing")
              .setRevision(9)
              .setUri("file:/x")
              .setSha256("0".repeat(64))
              .setSizeBytes(1)
              .setStatePolicy(StatePolicy.CARRY)
              .build());
      assertThat(harness.side(SideOutputs.MODEL_STATUS))
          .singleElement()
          .satisfies(
              status -> {
                assertThat(status.getStatus()).isEqualTo(RevisionStatus.REJECTED);
                assertThat(status.getDetail())
                    .isEqualTo(
                        "this job serves revision 3 of its configuration and takes no"
                            + " announcements; set models.topic, or change model.path and restart it");
              });
    }
  }
}
