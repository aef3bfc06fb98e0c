package dev.carryover.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.operator.TestingModels;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnnouncementRulesTest {
  @TempDir Path folder;

  @Test
  void whatTheJobTakesIsNotRefused() throws Exception {
    ModelReference own = TestingModels.NEXT_TOKEN.in(folder);
    AnnouncementRules rules = rules(own.uri());
    ModelConfig config = TestingModels.NEXT_TOKEN.file().config();
    assertThat(rules.modelId()).contains(config.modelId());
    assertThat(rules.jobRevision()).isEqualTo(4);
    assertThat(rules.leftToTheJob()).isEmpty();
    assertThatCode(
            () -> {
              rules.check(announcement(config.modelId(), 5, own));
              rules.check(config);
              rules.checkCarried(config, StatePolicy.CARRY);
            })
        .doesNotThrowAnyException();
  }

  @Test
  void whatTheJobRefusesIsRefusedWithItsCode() throws Exception {
    ModelReference own = TestingModels.NEXT_TOKEN.in(folder);
    AnnouncementRules rules = rules(own.uri());
    ModelConfig config = TestingModels.NEXT_TOKEN.file().config();
    expect(
        RejectionCode.OTHER_MODEL, () -> rules.check(announcement("another", 5, own)), "'another'");
    expect(
        RejectionCode.LOWER_REVISION,
        () -> rules.check(announcement(config.modelId(), 4, own)),
        "is of revision 4, the job begins with 4 (model.revision); announce a higher one");
    ModelAnnouncement elsewhere = announcement(config.modelId(), 5, own);
    elsewhere.setUri("s3://elsewhere/model.safetensors");
    expect(RejectionCode.LOCATION_FORBIDDEN, () -> rules.check(elsewhere), "s3://elsewhere");
    ModelConfig other = config.toBuilder().modelId("another").build();
    expect(RejectionCode.OTHER_MODEL, () -> rules.check(other), "is model 'another', expected");
    ModelConfig larger = config.toBuilder().hiddenSize(config.hiddenSize() + 1).build();
    expect(
        RejectionCode.OTHER_STATE_LAYOUT,
        () -> rules.checkCarried(larger, StatePolicy.CARRY),
        larger.stateLayout() + " per key, the job's own " + config.stateLayout());
    assertThatCode(() -> rules.checkCarried(larger, StatePolicy.DRAIN)).doesNotThrowAnyException();
  }

  @Test
  void whatCannotBeReadFromHereIsLeftToTheJob() throws Exception {
    ModelReference file = TestingModels.NEXT_TOKEN.in(folder);
    AnnouncementRules rules =
        rules(
            folder.resolve("absent.safetensors").toUri().toString(),
            "models.public-key",
            folder.resolve("absent.pem").toString());
    assertThat(rules.modelId()).isEmpty();
    assertThat(rules.leftToTheJob()).hasSize(2);
    assertThat(rules.leftToTheJob().get(0))
        .startsWith("whether the model can take over from the job's own: ")
        .contains("absent.safetensors");
    assertThat(rules.leftToTheJob().get(1))
        .startsWith("whether the signature is right: ")
        .contains("absent.pem");
    assertThatCode(() -> rules.check(TestingModels.CLASSIFY.file().config()))
        .doesNotThrowAnyException();
    expect(
        RejectionCode.UNSIGNED,
        () -> rules.check(announcement("any", 5, file)),
        "has no signature, and the job has a public key (models.public-key)");
  }

  private static AnnouncementRules rules(String modelUri, String... more) throws Exception {
    String[] all = new String[more.length + 2];
    System.arraycopy(more, 0, all, 2, more.length);
    all[0] = "model.revision";
    all[1] = "4";
    return AnnouncementRules.of(TestingConfigurations.full(modelUri, all));
  }

  private static ModelAnnouncement announcement(String id, long revision, ModelReference file) {
    return new ModelAnnouncement(
        id, revision, file.uri(), file.sha256(), 100L, null, StatePolicy.CARRY, null, null);
  }

  private static void expect(RejectionCode code, ThrowingCallable refused, String part) {
    assertThatExceptionOfType(ModelRejectedException.class)
        .isThrownBy(refused)
        .withMessageContaining(part)
        .satisfies(e -> assertThat(e.code()).isEqualTo(code));
  }
}
