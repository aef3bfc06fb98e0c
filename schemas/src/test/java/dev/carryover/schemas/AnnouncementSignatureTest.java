package dev.carryover.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnnouncementSignatureTest {

  // The first test key of RFC 8032, section 7.1. PEM, bytes and signatures below were written by
  // the Python package cryptography.
  private static final String PRIVATE_PEM =
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
      -----END PRIVATE KEY-----
      """;
  private static final String PUBLIC_PEM =
      """
      -----BEGIN PUBLIC KEY-----
      MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
      -----END PUBLIC KEY-----
      """;
  private static final String ED448_PEM =
      """
      -----BEGIN PRIVATE KEY-----
      MEcCAQAwBQYDK2VxBDsEOWzB1lHySAWwzV5dv8RL29QEuB+MYAc4ij1H7/J43dAE
      DWKo/K/BW+v86foQxe91/6fRhAIOv6bu1Q==
      -----END PRIVATE KEY-----
      """;

  private static final PrivateKey PRIVATE =
      AnnouncementSignature.readPrivateKey(PRIVATE_PEM, "test");
  private static final PublicKey PUBLIC = AnnouncementSignature.readPublicKey(PUBLIC_PEM, "test");

  private static final String SHA256 =
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

  @Test
  void theSignedBytesAndTheSignatureAreThoseOfAnotherImplementation() {
    ModelAnnouncement full = announcement();
    assertThat(hex(AnnouncementSignature.signedBytes(full)))
        .isEqualTo(
            "63617272796f766572206d6f64656c20616e6e6f756e63656d656e74203100"
                + "0000000468646673"
                + "0000000000000003"
                + "0000002073333a2f2f6d6f64656c732f68c3a92df09f98802e7361666574656e736f7273"
                + "0000004039663836643038313838346337643635396132666561613063353561643031356133"
                + "62663466316232623062383232636431356436633135623066303061"
                + "3038"
                + "00000000ee6b2800"
                + "01ffffffffffffffff"
                + "000000065245504c4159"
                + "0100000080");
    AnnouncementSignature.sign(full, PRIVATE);
    assertThat(hex(full.getSignature().array()))
        .isEqualTo(
            "2530f8e744ab1e1a3d513ba519d718a828fbf6ba8301020328690e48ffea4ffa"
                + "4b007b1b5e4521a7569fe2c078937272aa569e9b20208e282c09596714f8370b");

    ModelAnnouncement least =
        new ModelAnnouncement(
            "hdfs", Long.MAX_VALUE, "file:///m", SHA256, 1L, null, StatePolicy.CARRY, null, null);
    AnnouncementSignature.sign(least, PRIVATE);
    assertThat(AnnouncementSignature.signedBytes(least)).hasSize(147);
    assertThat(hex(least.getSignature().array()))
        .isEqualTo(
            "6eec7faa1700210dd880294a8bd5f10a8d2d5231ac732ef2cf4efa795613eac4"
                + "ee8b331d3260b3062d64e4be22833e568197a98c263c66e4be2bdeef0892cd0a");
  }

  @Test
  void aSignatureHoldsOnTheOtherSideOfTheWire() throws IOException {
    ModelAnnouncement sent = announcement();
    AnnouncementSignature.sign(sent, PRIVATE);
    RecordCodec<ModelAnnouncement> codec = RecordCodec.of(ModelAnnouncement.class);

    ModelAnnouncement received = codec.decode(codec.encode(sent));

    assertThat(AnnouncementSignature.verify(received, PUBLIC)).isTrue();
    assertThat(AnnouncementSignature.verify(received, PUBLIC)).as("and a second time").isTrue();
  }

  @ParameterizedTest
  @MethodSource("changes")
  void aSignatureFailsWhenAFieldIsChanged(Map.Entry<String, Consumer<ModelAnnouncement>> change) {
    ModelAnnouncement announcement = announcement();
    AnnouncementSignature.sign(announcement, PRIVATE);

    change.getValue().accept(announcement);

    assertThat(AnnouncementSignature.verify(announcement, PUBLIC)).as(change.getKey()).isFalse();
  }

  static List<Map.Entry<String, Consumer<ModelAnnouncement>>> changes() {
    Map<String, Consumer<ModelAnnouncement>> changes = new LinkedHashMap<>();
    changes.put("model_id", a -> a.setModelId("hdfs2"));
    changes.put("revision", a -> a.setRevision(4));
    changes.put("uri", a -> a.setUri("s3://elsewhere/m"));
    changes.put("sha256", a -> a.setSha256(SHA256.replace('9', '8')));
    changes.put("size_bytes", a -> a.setSizeBytes(1));
    changes.put("effective_from_ms", a -> a.setEffectiveFromMs(0L));
    changes.put("effective_from_ms null", a -> a.setEffectiveFromMs(null));
    changes.put("state_policy", a -> a.setStatePolicy(StatePolicy.UNKNOWN));
    changes.put("replay_length", a -> a.setReplayLength(129));
    changes.put("replay_length null", a -> a.setReplayLength(null));
    changes.put("half a surrogate pair", a -> a.setUri("s3://\ud83d"));
    return new ArrayList<>(changes.entrySet());
  }

  @Test
  void textThatMovesFromOneFieldToTheNextChangesTheBytes() {
    ModelAnnouncement one = announcement();
    one.setModelId("a");
    one.setUri("bc");
    ModelAnnouncement other = announcement();
    other.setModelId("ab");
    other.setUri("c");
    assertThat(AnnouncementSignature.signedBytes(one))
        .isNotEqualTo(AnnouncementSignature.signedBytes(other));
  }

  @Test
  void whatIsNoSignatureOfTheKeyIsFalse() {
    ModelAnnouncement announcement = announcement();
    assertThat(AnnouncementSignature.verify(announcement, PUBLIC)).as("none").isFalse();
    for (int length : new int[] {0, 1, 63, 65, 1 << 16}) {
      announcement.setSignature(ByteBuffer.allocate(length));
      assertThat(AnnouncementSignature.verify(announcement, PUBLIC)).as("%d", length).isFalse();
    }
    byte[] noPoint = new byte[64];
    Arrays.fill(noPoint, (byte) 0xff);
    announcement.setSignature(ByteBuffer.wrap(noPoint));
    assertThat(AnnouncementSignature.verify(announcement, PUBLIC)).as("no point").isFalse();

    AnnouncementSignature.sign(announcement, AnnouncementSignature.generateKeys().getPrivate());
    assertThat(AnnouncementSignature.verify(announcement, PUBLIC)).as("another key").isFalse();

    AnnouncementSignature.sign(announcement, PRIVATE);
    for (int bit = 0; bit < 8 * AnnouncementSignature.LENGTH; bit++) {
      byte[] flipped = announcement.getSignature().array().clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      ModelAnnouncement forged = ModelAnnouncement.newBuilder(announcement).build();
      forged.setSignature(ByteBuffer.wrap(flipped));
      assertThat(AnnouncementSignature.verify(forged, PUBLIC)).as("bit %d", bit).isFalse();
    }
  }

  @Test
  void anUnfinishedAnnouncementIsNotSigned() {
    ModelAnnouncement announcement = new ModelAnnouncement();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnnouncementSignature.sign(announcement, PRIVATE))
        .withMessage("an announcement without a value; ModelAnnouncement.model_id; set it");
    ModelAnnouncement half = announcement();
    half.setSha256("\udc00");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnnouncementSignature.signedBytes(half))
        .withMessageContaining("half of a surrogate pair")
        .withMessageContaining("ModelAnnouncement.sha256");
  }

  @Test
  void keysAreWrittenAsTheyAreRead() {
    assertThat(AnnouncementSignature.toPem(PRIVATE)).isEqualTo(PRIVATE_PEM);
    assertThat(AnnouncementSignature.toPem(PUBLIC)).isEqualTo(PUBLIC_PEM);
    assertThat(AnnouncementSignature.decodePublicKey(PUBLIC.getEncoded(), "test"))
        .isEqualTo(PUBLIC);
    assertThat(
            AnnouncementSignature.readPublicKey(
                "A comment.\r\n" + PUBLIC_PEM.replace("\n", "\r\n"), "test"))
        .isEqualTo(PUBLIC);
  }

  @Test
  void everyGeneratedPairIsANewOneAndFits() {
    KeyPair pair = AnnouncementSignature.generateKeys();
    ModelAnnouncement announcement = announcement();
    AnnouncementSignature.sign(
        announcement,
        AnnouncementSignature.readPrivateKey(
            AnnouncementSignature.toPem(pair.getPrivate()), "test"));
    assertThat(
            AnnouncementSignature.verify(
                announcement,
                AnnouncementSignature.readPublicKey(
                    AnnouncementSignature.toPem(pair.getPublic()), "test")))
        .isTrue();
    assertThat(AnnouncementSignature.generateKeys().getPublic()).isNotEqualTo(pair.getPublic());
  }

  @Test
  void aTextThatHoldsNoSuchKeyIsRefusedWithoutShowingIt() {
    assertRefused("", "no PEM block, one '-----BEGIN PRIVATE KEY-----' is needed");
    assertRefused(PUBLIC_PEM, "a PEM block 'PUBLIC KEY', a 'PRIVATE KEY' is needed");
    assertRefused(
        PRIVATE_PEM.replace("PRIVATE", "ENCRYPTED PRIVATE"),
        "a PEM block 'ENCRYPTED PRIVATE KEY', a 'PRIVATE KEY' is needed");
    assertRefused(PRIVATE_PEM.replace("MC4C", "=C4C"), "whose lines are not Base64");
    assertRefused(PRIVATE_PEM.replace("rn9g", ""), "a 'PRIVATE KEY' that is none of Ed25519");
    assertRefused(ED448_PEM, "a 'PRIVATE KEY' that is none of Ed25519");
    assertRefused(PRIVATE_PEM + PRIVATE_PEM, "more than one PEM block");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnnouncementSignature.readPublicKey(PRIVATE_PEM, "job.pem"))
        .withMessage(
            "a PEM block 'PRIVATE KEY', a 'PUBLIC KEY' is needed; job.pem; make a pair with"
                + " 'carryover keygen' and give its public file");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnnouncementSignature.decodePublicKey(new byte[3], "job.pem"))
        .withMessageContaining("a 'PUBLIC KEY' that is none of Ed25519; job.pem");
  }

  private static void assertRefused(String pem, String reason) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnnouncementSignature.readPrivateKey(pem, "key.pem"))
        .withMessageContaining(reason)
        .withMessageContaining("; key.pem; make a pair with 'carryover keygen'")
        .satisfies(e -> assertThat(e.toString()).doesNotContain("MC4C", "J1hs", "MEcC"))
        .withNoCause();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ed448", "RSA"})
  void aKeyOfAnotherAlgorithmIsRefused(String algorithm) throws NoSuchAlgorithmException {
    KeyPair other = KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    String expected =
        "a key of the algorithm "
            + algorithm
            + ", announcements are signed with Ed25519; give a key of it";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnnouncementSignature.sign(announcement(), other.getPrivate()))
        .withMessage(expected);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnnouncementSignature.verify(announcement(), other.getPublic()))
        .withMessage(expected);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnnouncementSignature.toPem(other.getPrivate()))
        .withMessage(expected);
  }

  private static ModelAnnouncement announcement() {
    return new ModelAnnouncement(
        "hdfs",
        3L,
        "s3://models/h\u00e9-\ud83d\ude00.safetensors",
        SHA256,
        4_000_000_000L,
        -1L,
        StatePolicy.REPLAY,
        null,
        128);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
