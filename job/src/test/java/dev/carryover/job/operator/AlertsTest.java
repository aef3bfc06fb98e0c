package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.token;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.models.ModelReference;
import dev.carryover.job.serving.OperatorSettings.Emission;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertsTest {
  @TempDir Path folder;

  /** Every token of the vocabulary, twice over, then the end. */
  private static void sendAll(TestingHarness harness) throws Exception {
    for (int event = 0; event < 12; event++) {
      harness.send(token("k", event, "w" + (3 + event % 6)));
    }
    harness.send(token("k", 12, "<eos>"));
    harness.flush();
  }

  private List<Inference> everyInference() throws Exception {
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      sendAll(harness);
      assertThat(harness.side(SideOutputs.ALERTS)).as("no threshold is set").isEmpty();
      return harness.inferences();
    }
  }

  private void expectAlerts(TestingSettings settings, Predicate<NextToken> expected)
      throws Exception {
    List<Inference> all = everyInference();
    List<Inference> alerting =
        all.stream().filter(one -> expected.test((NextToken) one.getPrediction())).toList();
    assertThat(alerting.size()).as("some alert and some do not").isBetween(1, all.size() - 1);
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    try (TestingHarness harness = TestingHarness.start(model, settings)) {
      sendAll(harness);
      assertThat(harness.side(SideOutputs.ALERTS)).isEqualTo(alerting);
      assertThat(harness.counter("alerts")).isEqualTo(alerting.size());
    }
  }

  @Test
  void aRankAtOrAboveTheThresholdAlerts() throws Exception {
    expectAlerts(settings().alertRank(4), score -> score.getRank() >= 4);
  }

  @Test
  void aSurprisalAtOrAboveTheThresholdAlerts() throws Exception {
    float threshold = ((NextToken) everyInference().get(3).getPrediction()).getSurprisalNats();
    expectAlerts(
        settings().alertSurprisal(threshold), score -> score.getSurprisalNats() >= threshold);
  }

  @Test
  void eitherThresholdSuffices() throws Exception {
    expectAlerts(
        settings().alertRank(7).alertSurprisal(2),
        score -> score.getRank() >= 7 || score.getSurprisalNats() >= 2);
  }

  @Test
  void alertsComeAtOnceAlsoWhenInferencesComeAtTheEnd() throws Exception {
    expectAlerts(
        settings().alertRank(4).emission(Emission.SEQUENCE_END), score -> score.getRank() >= 4);
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    TestingSettings settings = settings().alertRank(4).emission(Emission.SEQUENCE_END);
    try (TestingHarness harness = TestingHarness.start(model, settings)) {
      sendAll(harness);
      assertThat(harness.inferences()).extracting(Inference::getStep).containsExactly(13L);
    }
  }

  @Test
  void theThresholdsOfTheModelAlertWhereTheJobSetsNone() throws Exception {
    ModelReference model = TestingModels.NEXT_TOKEN_CALIBRATED.in(folder);
    ModelConfig config = TestingModels.NEXT_TOKEN_CALIBRATED.file().config();
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      sendAll(harness);
      List<Inference> all = harness.inferences();
      List<Inference> alerting = all.stream().filter(one -> alerts(config, one)).toList();
      assertThat(alerting.size()).as("some alert and some do not").isBetween(1, all.size() - 1);
      assertThat(harness.side(SideOutputs.ALERTS)).isEqualTo(alerting);
    }
  }

  @Test
  void aThresholdOfTheJobReplacesThoseOfTheModel() throws Exception {
    ModelReference model = TestingModels.NEXT_TOKEN_CALIBRATED.in(folder);
    try (TestingHarness harness = TestingHarness.start(model, settings().alertRank(1000))) {
      sendAll(harness);
      assertThat(harness.side(SideOutputs.ALERTS)).isEmpty();
    }
  }

  private static boolean alerts(ModelConfig config, Inference inference) {
    NextToken score = (NextToken) inference.getPrediction();
    return config
        .alerts()
        .alerts(
            config.vocabulary(),
            config.vocabulary().id(score.getToken()),
            score.getRank(),
            score.getSurprisalNats());
  }
}
