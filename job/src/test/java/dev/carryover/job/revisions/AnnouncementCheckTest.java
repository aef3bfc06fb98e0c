package dev.carryover.job.revisions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.WeightPrecision;
import dev.carryover.schemas.AnnouncementSignature;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnnouncementCheckTest {
  private static final KeyPair KEYS = keys();
  private static final KeyPair OTHER_KEYS = keys();

  private static KeyPair keys() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ModelAnnouncement announcement() {
    return ModelAnnouncement.newBuilder()
        .setModelId("testing")
        .setRevision(7)
        .setUri("s3://bucket/models/m.safetensors")
        .setSha256("0123456789abcdef".repeat(4))
        .setSizeBytes(1_000)
        .setEffectiveFromMs(1_700_000_000_000L)
        .setStatePolicy(StatePolicy.CARRY)
        .build();
  }

  private static ModelAnnouncement signed(KeyPair keys) {
    ModelAnnouncement announcement = announcement();
    AnnouncementSignature.sign(announcement, keys.getPrivate());
    return announcement;
  }

  private static AnnouncementCheck check(String publicKey) {
    return new AnnouncementCheck(
        new ModelSettings(
            true, List.of("s3://bucket/models"), publicKey, 1_000, 60_000, 4, 10, false, false),
        "testing");
  }

  private static AnnouncementCheck checkOfKey() {
    return check(Base64.getEncoder().encodeToString(KEYS.getPublic().getEncoded()));
  }

  private static void expect(
      AnnouncementCheck check, ModelAnnouncement announcement, RejectionCode code, String detail) {
    ModelRejectedException rejected =
        catchThrowableOfType(ModelRejectedException.class, () -> check.check(announcement));
    assertThat(rejected).as(announcement.toString()).isNotNull();
    assertThat(rejected).hasMessage(detail);
    assertThat(rejected.code()).isEqualTo(code);
  }

  private static void expect(
      Consumer<ModelAnnouncement> change, RejectionCode code, String detail) {
    ModelAnnouncement announcement = announcement();
    change.accept(announcement);
    expect(check(null), announcement, code, detail);
  }

  @Test
  void aReferenceIsWhatTheAnnouncementSays() {
    ModelAnnouncement announcement = announcement();
    RuntimeOptions options = RuntimeOptions.DEFAULTS.withWeights(WeightPrecision.BF16);
    assertThat(ModelReference.of(announcement, options))
        .isEqualTo(new ModelReference(announcement.getUri(), announcement.getSha256(), 7, options));
  }

  @ParameterizedTest
  @EnumSource(names = {"CARRY", "RESET", "DRAIN"})
  void everyPolicyPasses(StatePolicy policy) {
    ModelAnnouncement announcement = announcement();
    announcement.setStatePolicy(policy);
    announcement.setEffectiveFromMs(null);
    assertThatCode(() -> check(null).check(announcement)).doesNotThrowAnyException();
    announcement.setReplayLength(3);
    expect(
        check(null),
        announcement,
        RejectionCode.INVALID_ANNOUNCEMENT,
        "the announcement has the replay_length 3, expected absent with "
            + policy
            + "; leave it out, or replay");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10})
  void replayPassesUpToWhatTheJobRemembers(int length) {
    ModelAnnouncement announcement = announcement();
    announcement.setStatePolicy(StatePolicy.REPLAY);
    announcement.setReplayLength(length);
    assertThatCode(() -> check(null).check(announcement)).doesNotThrowAnyException();
  }

  @Test
  void replayBeyondWhatTheJobRemembersIsRefused() {
    expect(
        announcement -> {
          announcement.setStatePolicy(StatePolicy.REPLAY);
          announcement.setReplayLength(11);
        },
        RejectionCode.REPLAY_TOO_LONG,
        "the announcement has the replay_length 11, the job remembers 10 inputs of a sequence; raise"
            + " models.replay-length, or replay fewer");
  }

  @Test
  void replayNeedsALength() {
    for (Integer length : new Integer[] {null, 0, -1}) {
      expect(
          announcement -> {
            announcement.setStatePolicy(StatePolicy.REPLAY);
            announcement.setReplayLength(length);
          },
          RejectionCode.INVALID_ANNOUNCEMENT,
          "the announcement has the replay_length "
              + length
              + ", expected at least 1 with REPLAY; say how many inputs are to be replayed");
    }
  }

  @Test
  void aPolicyOfANewerReleaseIsRefused() {
    expect(
        announcement -> announcement.setStatePolicy(StatePolicy.UNKNOWN),
        RejectionCode.INVALID_ANNOUNCEMENT,
        "the announcement has the state_policy UNKNOWN, expected carry, reset, replay or drain;"
            + " announce it with one of these, or run a release of the job that knows the other");
  }

  @Test
  void anotherModelIsRefused() {
    expect(
        announcement -> announcement.setModelId("other"),
        RejectionCode.OTHER_MODEL,
        "the announcement is of model 'other', the job serves 'testing'; announce it to the job that"
            + " serves it");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void revisionsBeginAtOne(long revision) {
    expect(
        announcement -> announcement.setRevision(revision),
        RejectionCode.INVALID_ANNOUNCEMENT,
        "the announcement has the revision "
            + revision
            + ", expected at least 1; announce it under a higher one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0123456789abcdef",
        "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"
      })
  void aDigestIs64LowerCaseDigits(String digest) {
    expect(
        announcement -> announcement.setSha256(digest),
        RejectionCode.INVALID_ANNOUNCEMENT,
        "the announcement has the sha256 '"
            + digest
            + "', expected 64 lower-case hexadecimal digits; announce it with the digest of the"
            + " file");
  }

  @Test
  void aDigestMayNotEndInALineFeed() {
    expect(
        announcement -> announcement.setSha256(announcement.getSha256() + "\n"),
        RejectionCode.INVALID_ANNOUNCEMENT,
        "the announcement has the sha256 '"
            + announcement().getSha256()
            + "?', expected 64 lower-case hexadecimal digits; announce it with the digest of the"
            + " file");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void sizesBeginAtOne(long bytes) {
    expect(
        announcement -> announcement.setSizeBytes(bytes),
        RejectionCode.INVALID_ANNOUNCEMENT,
        "the announcement has the size_bytes "
            + bytes
            + ", expected at least 1; announce it with the size of the file");
  }

  @ParameterizedTest
  @ValueSource(longs = {1_001, Long.MAX_VALUE})
  void aHugeFileIsRefusedBeforeItIsLookedFor(long bytes) {
    expect(
        announcement -> announcement.setSizeBytes(bytes),
        RejectionCode.FILE_TOO_LARGE,
        "the announced model file has "
            + bytes
            + " bytes, the limit is 1000; raise models.maximum-size if the model is meant to be this"
            + " large");
  }

  @Test
  void aFileOutsideOfTheAllowedLocationsIsRefused() {
    expect(
        announcement -> announcement.setUri("file:///etc/passwd"),
        RejectionCode.LOCATION_FORBIDDEN,
        "model file file:///etc/passwd is in none of the allowed locations [s3://bucket/models];"
            + " publish it there, or add its folder to models.allowed-locations");
    expect(
        announcement -> announcement.setUri("s3://bucket/models/%2e%2e/m"),
        RejectionCode.INVALID_URI,
        "the URI 's3://bucket/models/%2e%2e/m' hides a dot, a separator or another encoding in its"
            + " encoding; use a plain one, such as s3://bucket/models/model.safetensors");
  }

  @Test
  void aDetailIsOneLineOfBoundedLength() {
    ModelAnnouncement announcement = announcement();
    announcement.setUri("s3://elsewhere/" + "m".repeat(1 << 20));
    ModelRejectedException rejected =
        catchThrowableOfType(ModelRejectedException.class, () -> check(null).check(announcement));
    assertThat(rejected.getMessage())
        .hasSize(ModelRejectedException.MOST_CHARACTERS)
        .endsWith("mmm...");
  }

  @Test
  void aSignedAnnouncementPassesAndASignatureIsNotAskedForWithoutAKey() {
    assertThatCode(() -> checkOfKey().check(signed(KEYS))).doesNotThrowAnyException();
    assertThatCode(() -> check(null).check(signed(OTHER_KEYS))).doesNotThrowAnyException();
  }

  @Test
  void anUnsignedAnnouncementIsRefusedWhereThereIsAKey() {
    expect(
        checkOfKey(),
        announcement(),
        RejectionCode.UNSIGNED,
        "the announcement has no signature, and the job has a public key (models.public-key); sign it"
            + " with the private key that belongs to it");
  }

  @Test
  void theSignatureOfAnotherKeyIsRefused() {
    expectInvalidSignature(signed(OTHER_KEYS));
  }

  @Test
  void aSignatureThatIsNoneIsRefused() {
    for (int length : new int[] {0, 63, 64, 65}) {
      ModelAnnouncement announcement = announcement();
      announcement.setSignature(ByteBuffer.wrap(new byte[length]));
      expectInvalidSignature(announcement);
    }
    ModelAnnouncement announcement = signed(KEYS);
    byte[] changed = announcement.getSignature().array().clone();
    changed[10] ^= 1;
    announcement.setSignature(ByteBuffer.wrap(changed));
    expectInvalidSignature(announcement);
  }

  @Test
  void aSignatureCoversEveryField() throws Exception {
    List<Consumer<ModelAnnouncement>> changes =
        List.of(
            announcement -> announcement.setRevision(8),
            announcement -> announcement.setUri("s3://bucket/models/n.safetensors"),
            announcement -> announcement.setSha256("f".repeat(64)),
            announcement -> announcement.setSizeBytes(999),
            announcement -> announcement.setEffectiveFromMs(null),
            announcement -> announcement.setEffectiveFromMs(1L),
            announcement -> announcement.setStatePolicy(StatePolicy.RESET),
            announcement -> {
              announcement.setStatePolicy(StatePolicy.REPLAY);
              announcement.setReplayLength(1);
            });
    for (Consumer<ModelAnnouncement> change : changes) {
      ModelAnnouncement announcement = signed(KEYS);
      change.accept(announcement);
      check(null).check(announcement);
      expectInvalidSignature(announcement);
    }
  }

  private static void expectInvalidSignature(ModelAnnouncement announcement) {
    expect(
        checkOfKey(),
        announcement,
        RejectionCode.SIGNATURE_INVALID,
        "the signature of "
            + announcement.getSignature().remaining()
            + " bytes is not that of the job's public key (models.public-key) over this announcement;"
            + " sign it as it is, with the private key that belongs to that one");
  }

  @Test
  void aPublicKeyThatIsNoneIsAnErrorOfTheSettings() {
    assertThatIllegalArgumentException().isThrownBy(() -> check("AAAA"));
    assertThatIllegalArgumentException().isThrownBy(() -> check("no Base64"));
  }
}
