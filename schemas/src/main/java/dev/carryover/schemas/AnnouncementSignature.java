package dev.carryover.schemas;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.EdECKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Ed25519 signature (RFC 8032) of an announcement, and the keys for it.
 *
 * <pre>{@code
 * AnnouncementSignature.sign(announcement, AnnouncementSignature.readPrivateKey(pem, "key.pem"));
 * boolean genuine = AnnouncementSignature.verify(announcement, publicKey);
 * }</pre>
 *
 * <p>What is signed are the values of the fields and not their Avro bytes, so a signature outlives
 * the schema it was sent with. {@link #signedBytes} says how they are laid out, for signers in
 * other languages.
 *
 * <p>Stateless, so safe for all threads. Aliasing: a signature field is replaced, and its buffer
 * never moved.
 */
public final class AnnouncementSignature {

  /** Length in bytes of a signature. */
  public static final int LENGTH = 64;

  /** Ends in a zero byte, so that no version's prefix begins another's. */
  private static final byte[] PREFIX =
      "carryover model announcement 1\0".getBytes(StandardCharsets.US_ASCII);

  private static final String ALGORITHM = "Ed25519";
  private static final String PRIVATE = "PRIVATE KEY";
  private static final String PUBLIC = "PUBLIC KEY";
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
  private static final int PEM_LINE = 64;

  private AnnouncementSignature() {}

  /**
   * What is signed of an announcement: everything but its signature. Numbers are big-endian and
   * signed; a <i>text</i> is the number of its UTF-8 bytes (4 bytes) and then these.
   *
   * <table>
   * <caption>The bytes in their order</caption>
   * <tr><th>bytes</th><th>what</th></tr>
   * <tr><td>31</td><td>{@code carryover model announcement 1} in ASCII and a zero byte</td></tr>
   * <tr><td>text</td><td>{@code model_id}</td></tr>
   * <tr><td>8</td><td>{@code revision}</td></tr>
   * <tr><td>text</td><td>{@code uri}</td></tr>
   * <tr><td>text</td><td>{@code sha256}</td></tr>
   * <tr><td>8</td><td>{@code size_bytes}</td></tr>
   * <tr><td>1 or 9</td><td>{@code effective_from_ms}: a byte 0 for null, else a byte 1 and the 8 of
   * the value</td></tr>
   * <tr><td>text</td><td>{@code state_policy}, its symbol, such as {@code CARRY}</td></tr>
   * <tr><td>1 or 5</td><td>{@code replay_length}: a byte 0 for null, else a byte 1 and the 4 of the
   * value</td></tr>
   * </table>
   *
   * <p>Two announcements that differ in any of these fields have different bytes. A field that a
   * later release adds comes with a prefix of its own.
   *
   * @throws IllegalArgumentException if a field that must be set is null, or a text holds half of a
   *     surrogate pair, which has no UTF-8
   */
  public static byte[] signedBytes(ModelAnnouncement announcement) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      out.write(PREFIX);
      text(out, "model_id", announcement.getModelId());
      out.writeLong(announcement.getRevision());
      text(out, "uri", announcement.getUri());
      text(out, "sha256", announcement.getSha256());
      out.writeLong(announcement.getSizeBytes());
      Long effectiveFromMs = announcement.getEffectiveFromMs();
      out.writeBoolean(effectiveFromMs != null);
      if (effectiveFromMs != null) {
        out.writeLong(effectiveFromMs);
      }
      StatePolicy policy = announcement.getStatePolicy();
      text(out, "state_policy", policy == null ? null : policy.name());
      Integer replayLength = announcement.getReplayLength();
      out.writeBoolean(replayLength != null);
      if (replayLength != null) {
        out.writeInt(replayLength);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to an array", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Signs an announcement and sets its signature, in the place of one that it has.
   *
   * @throws IllegalArgumentException if the key is not an Ed25519 key, or as {@link #signedBytes}
   */
  public static void sign(ModelAnnouncement announcement, PrivateKey key) {
    requireEd25519(key);
    byte[] signed = signedBytes(announcement);
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(key);
      signature.update(signed);
      announcement.setSignature(ByteBuffer.wrap(signature.sign()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime does not sign with " + ALGORITHM, e);
    }
  }

  /**
   * Whether an announcement bears the signature of a key: false where it has none, one of another
   * length than {@value #LENGTH} bytes, or one of anything else.
   *
   * @throws IllegalArgumentException if the key is not an Ed25519 key
   */
  public static boolean verify(ModelAnnouncement announcement, PublicKey key) {
    requireEd25519(key);
    ByteBuffer field = announcement.getSignature();
    if (field == null || field.remaining() != LENGTH) {
      return false;
    }
    byte[] claimed = new byte[LENGTH];
    field.duplicate().get(claimed);
    byte[] signed;
    try {
      signed = signedBytes(announcement);
    } catch (IllegalArgumentException e) {
      return false;
    }
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initVerify(key);
      signature.update(signed);
      return signature.verify(claimed);
    } catch (SignatureException | InvalidKeyException e) {
      // Bytes that encode no point of the curve, or a number out of range.
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime does not verify " + ALGORITHM, e);
    }
  }

  /** A new pair of keys from the runtime's secure random numbers. */
  public static KeyPair generateKeys() {
    try {
      return KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    }
  }

  /**
   * Reads a private key: one PEM block {@code PRIVATE KEY} (PKCS#8, not encrypted), as {@link
   * #toPem(PrivateKey)} and {@code openssl genpkey -algorithm ed25519} write it.
   *
   * @param source names the text in errors, which show nothing of the key
   * @throws IllegalArgumentException if it is something else
   */
  public static PrivateKey readPrivateKey(String pem, String source) {
    byte[] encoded = decodePem(pem, PRIVATE, source);
    try {
      return KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (InvalidKeySpecException e) {
      // Without the cause: it may quote the bytes.
      throw notEd25519(PRIVATE, source);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    }
  }

  /**
   * Reads a public key: one PEM block {@code PUBLIC KEY} (X.509 SubjectPublicKeyInfo), as {@link
   * #toPem(PublicKey)} and {@code openssl pkey -pubout} write it.
   *
   * @param source names the text in errors
   * @throws IllegalArgumentException if it is something else
   */
  public static PublicKey readPublicKey(String pem, String source) {
    return decodePublicKey(decodePem(pem, PUBLIC, source), source);
  }

  /**
   * The public key of an X.509 SubjectPublicKeyInfo in DER, which is what {@link
   * PublicKey#getEncoded} answers.
   *
   * @param source names the bytes in errors
   * @throws IllegalArgumentException if they are something else
   */
  public static PublicKey decodePublicKey(byte[] encoded, String source) {
    try {
      return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded));
    } catch (InvalidKeySpecException e) {
      throw notEd25519(PUBLIC, source);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    }
  }

  /**
   * A private key as PEM, ending in a line feed. It is a secret.
   *
   * @throws IllegalArgumentException if the key is not an Ed25519 key
   */
  public static String toPem(PrivateKey key) {
    requireEd25519(key);
    return encodePem(PRIVATE, key);
  }

  /**
   * A public key as PEM, ending in a line feed.
   *
   * @throws IllegalArgumentException if the key is not an Ed25519 key
   */
  public static String toPem(PublicKey key) {
    requireEd25519(key);
    return encodePem(PUBLIC, key);
  }

  private static void text(DataOutputStream out, String field, String value) throws IOException {
    if (value == null) {
      throw new IllegalArgumentException(
          "an announcement without a value; ModelAnnouncement." + field + "; set it");
    }
    ByteBuffer utf8;
    try {
      utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "half of a surrogate pair, which has no UTF-8; ModelAnnouncement."
              + field
              + "; write whole characters",
          e);
    }
    out.writeInt(utf8.remaining());
    out.write(utf8.array(), utf8.arrayOffset() + utf8.position(), utf8.remaining());
  }

  private static void requireEd25519(Key key) {
    if (!(key instanceof EdECKey edwards) || !edwards.getParams().getName().equals(ALGORITHM)) {
      throw new IllegalArgumentException(
          "a key of the algorithm "
              + (key instanceof EdECKey other ? other.getParams().getName() : key.getAlgorithm())
              + ", announcements are signed with "
              + ALGORITHM
              + "; give a key of it");
    }
  }

  private static byte[] decodePem(String pem, String label, String source) {
    Matcher block = PEM.matcher(pem);
    if (!block.find()) {
      throw new IllegalArgumentException(
          "no PEM block, one '-----BEGIN %s-----' is needed; %s; %s"
              .formatted(label, source, remedy(label)));
    }
    if (!block.group(1).equals(label)) {
      throw new IllegalArgumentException(
          "a PEM block '%s', a '%s' is needed; %s; %s"
              .formatted(block.group(1), label, source, remedy(label)));
    }
    byte[] encoded;
    try {
      encoded = Base64.getDecoder().decode(block.group(2).replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "a PEM block '%s' whose lines are not Base64; %s; %s"
              .formatted(label, source, remedy(label)));
    }
    if (block.find()) {
      throw new IllegalArgumentException(
          "more than one PEM block, one '%s' is needed; %s; %s"
              .formatted(label, source, remedy(label)));
    }
    return encoded;
  }

  private static String encodePem(String label, Key key) {
    Base64.Encoder lines = Base64.getMimeEncoder(PEM_LINE, new byte[] {'\n'});
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, lines.encodeToString(key.getEncoded()), label);
  }

  private static IllegalArgumentException notEd25519(String label, String source) {
    return new IllegalArgumentException(
        "a '%s' that is none of %s; %s; %s".formatted(label, ALGORITHM, source, remedy(label)));
  }

  private static String remedy(String label) {
    return label.equals(PRIVATE)
        ? "make a pair with 'carryover keygen' and give its private file"
        : "make a pair with 'carryover keygen' and give its public file";
  }
}
