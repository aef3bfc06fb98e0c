package dev.carryover.tests.models;

import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.models.TestingFileSystem;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.tests.stream.TestingModels;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Something that can be wrong with an announcement or its file, and the reason that the job is to
 * give: the announcement of a good file with something changed, or of another file.
 */
final class BadAnnouncement {
  /** The revision that serves when these are announced. */
  static final long SERVING = 10;

  /** Most bytes that a file may have in the job. */
  static final int MAXIMUM_BYTES = 1 << 20;

  /** Most inputs that may be replayed in the job. */
  static final int REPLAY_LENGTH = 4;

  /** The store that the job allows beside the local folder. */
  static final String STORE = "models";

  static final int WORDS = 12;

  private static final int HIDDEN_SIZE = 16;
  private static final String DENIED = "in none of the allowed locations";

  private final String name;
  private final RejectionCode reason;
  private final String detail;
  private byte[] file = ModelFileWriter.toBytes(model(0));
  private Change change = announcement -> {};
  private Change changeSigned = announcement -> {};
  private Hindrance hindrance = announcement -> () -> {};

  /** Makes an announcement or its file bad. */
  @FunctionalInterface
  interface Change {
    void to(ModelAnnouncement announcement) throws IOException;
  }

  /** Puts something in the way of those who read a file, and says how to remove it. */
  @FunctionalInterface
  private interface Hindrance {
    Runnable of(ModelAnnouncement announcement);
  }

  private BadAnnouncement(String name, RejectionCode reason, String detail) {
    this.name = name;
    this.reason = reason;
    this.detail = detail;
  }

  private static BadAnnouncement of(String name, RejectionCode reason, String detail) {
    return new BadAnnouncement(name, reason, detail);
  }

  private BadAnnouncement file(byte[] bytes) {
    file = bytes;
    return this;
  }

  private BadAnnouncement model(UnaryOperator<ModelConfig.Builder> changed) {
    return file(
        ModelFileWriter.toBytes(
            TestingModels.random(changed.apply(model(0).config().toBuilder()).build(), 7)));
  }

  private BadAnnouncement vocabulary(List<String> tokens, String end) {
    return model(
        config ->
            config.vocabulary(
                Vocabulary.of(tokens, TestingModels.BEGIN, end, TestingModels.UNKNOWN)));
  }

  private BadAnnouncement changed(Change first) {
    change = first;
    return this;
  }

  private BadAnnouncement changedAfterSigning(Change later) {
    changeSigned = later;
    return this;
  }

  /** Lets the file be in the testing store, where something is in the way. */
  private BadAnnouncement hindered(Hindrance inTheWay) {
    change = announcement -> announcement.setUri(TestingFileSystem.uri(STORE, path(announcement)));
    hindrance = inTheWay;
    return this;
  }

  /** A calibrated model that can take over from others like it. */
  static ModelFile model(long seed) {
    return TestingModels.random(
        TestingModels.nextToken(Cell.GRU, WORDS, HIDDEN_SIZE, 1, seed).config().toBuilder()
            .alerts(new AlertThresholds(3, 2f, 2.2f, true, 0.01f))
            .build(),
        seed);
  }

  /** All of them. */
  static List<BadAnnouncement> all() {
    List<BadAnnouncement> all = new ArrayList<>();
    all.addAll(ofAnnouncements());
    all.addAll(ofSignatures());
    all.addAll(ofLocations());
    all.addAll(ofFiles());
    all.addAll(ofStorage());
    all.addAll(ofModels());
    return all;
  }

  private static List<BadAnnouncement> ofAnnouncements() {
    return List.of(
        of("a lower revision", RejectionCode.LOWER_REVISION, "is not above revision " + SERVING)
            .changed(announcement -> announcement.setRevision(SERVING - 1)),
        of("the revision that serves", RejectionCode.REVISION_TAKEN, "was announced before")
            .changed(announcement -> announcement.setRevision(SERVING)),
        of("a negative revision", RejectionCode.INVALID_ANNOUNCEMENT, "the revision -1")
            .changed(announcement -> announcement.setRevision(-1)),
        of("no digest", RejectionCode.INVALID_ANNOUNCEMENT, "64 lower-case hexadecimal digits")
            .changed(announcement -> announcement.setSha256("latest")),
        of("no size", RejectionCode.INVALID_ANNOUNCEMENT, "the size_bytes 0")
            .changed(announcement -> announcement.setSizeBytes(0)),
        of("a huge size", RejectionCode.FILE_TOO_LARGE, "raise models.maximum-size")
            .changed(announcement -> announcement.setSizeBytes(1L << 40)),
        of("an unknown policy", RejectionCode.INVALID_ANNOUNCEMENT, "the state_policy UNKNOWN")
            .changed(announcement -> announcement.setStatePolicy(StatePolicy.UNKNOWN)),
        of("a replay of nothing", RejectionCode.INVALID_ANNOUNCEMENT, "the replay_length null")
            .changed(announcement -> announcement.setStatePolicy(StatePolicy.REPLAY)),
        of("a replay for another policy", RejectionCode.INVALID_ANNOUNCEMENT, "absent with CARRY")
            .changed(announcement -> announcement.setReplayLength(1)),
        of("a long replay", RejectionCode.REPLAY_TOO_LONG, "the job remembers " + REPLAY_LENGTH)
            .changed(
                announcement -> {
                  announcement.setStatePolicy(StatePolicy.REPLAY);
                  announcement.setReplayLength(REPLAY_LENGTH + 1);
                }));
  }

  private static List<BadAnnouncement> ofSignatures() {
    return List.of(
        of("no signature", RejectionCode.UNSIGNED, "has no signature")
            .changedAfterSigning(announcement -> announcement.setSignature(null)),
        of("a signature of something else", RejectionCode.SIGNATURE_INVALID, "of 64 bytes")
            .changedAfterSigning(announcement -> announcement.setStatePolicy(StatePolicy.DRAIN)),
        of("a short signature", RejectionCode.SIGNATURE_INVALID, "of 3 bytes")
            .changedAfterSigning(
                announcement -> announcement.setSignature(ByteBuffer.wrap(new byte[3]))));
  }

  private static List<BadAnnouncement> ofLocations() {
    return List.of(
        of("another folder", RejectionCode.LOCATION_FORBIDDEN, DENIED)
            .changed(announcement -> announcement.setUri("file:///etc/passwd")),
        of("another scheme", RejectionCode.LOCATION_FORBIDDEN, DENIED)
            .changed(
                announcement ->
                    announcement.setUri(
                        announcement.getUri().replace("file://", "http://models.example"))),
        of("another store", RejectionCode.LOCATION_FORBIDDEN, DENIED)
            .changed(
                announcement ->
                    announcement.setUri(TestingFileSystem.uri("another", path(announcement)))),
        of("a path out of the folder", RejectionCode.INVALID_URI, "has the segment '..'")
            .changed(announcement -> announcement.setUri(beside(announcement, "/../../passwd"))),
        of("an encoded path out of it", RejectionCode.INVALID_URI, "hides a dot")
            .changed(announcement -> announcement.setUri(beside(announcement, "/%2e%2E/passwd"))),
        of("a user", RejectionCode.INVALID_URI, "has a user or credentials")
            .changed(announcement -> announcement.setUri("testing://user@models/m")),
        of("no URI", RejectionCode.INVALID_URI, "cannot be read")
            .changed(announcement -> announcement.setUri("file:///models/<latest>")));
  }

  private static List<BadAnnouncement> ofFiles() {
    byte[] good = ModelFileWriter.toBytes(model(0));
    byte[] noModel = new byte[5000];
    Arrays.fill(noModel, (byte) 'x');
    byte[] nan = good.clone();
    ByteBuffer.wrap(nan)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(nan.length - Float.BYTES, Float.NaN);
    return List.of(
        of("a missing file", RejectionCode.FILE_MISSING, "it does not exist")
            .changed(announcement -> Files.delete(path(announcement))),
        of("a folder", RejectionCode.FILE_MISSING, "it is a folder")
            .changed(
                announcement -> {
                  Files.delete(path(announcement));
                  Files.createDirectory(path(announcement));
                }),
        of("a wrong digest", RejectionCode.SHA256_MISMATCH, "the announcement says 0000")
            .changed(announcement -> announcement.setSha256("0".repeat(64))),
        of("an exchanged file", RejectionCode.SHA256_MISMATCH, "it is not the one that was")
            .changed(announcement -> Files.write(path(announcement), nan)),
        of("a wrong size", RejectionCode.SIZE_MISMATCH, "the announcement says 77")
            .changed(announcement -> announcement.setSizeBytes(77)),
        of("a truncated file", RejectionCode.SIZE_MISMATCH, "if it was cut off")
            .changed(
                announcement ->
                    Files.write(path(announcement), Arrays.copyOf(good, good.length / 2))),
        of("an empty file", RejectionCode.SIZE_MISMATCH, "it has 0 bytes")
            .changed(announcement -> Files.write(path(announcement), new byte[0])),
        of("a larger file than announced", RejectionCode.SIZE_MISMATCH, "the announcement says")
            .changed(
                announcement ->
                    Files.write(path(announcement), Arrays.copyOf(good, good.length + 1))),
        of("a huge file", RejectionCode.FILE_TOO_LARGE, "it has " + 2 * MAXIMUM_BYTES + " bytes")
            .changed(announcement -> Files.write(path(announcement), new byte[2 * MAXIMUM_BYTES])),
        of("half a file", RejectionCode.INVALID_FILE, "bytes")
            .file(Arrays.copyOf(good, good.length / 2)),
        of("no model file", RejectionCode.INVALID_FILE, "header").file(noModel),
        of("a weight that is no number", RejectionCode.INVALID_FILE, "NaN").file(nan));
  }

  private static List<BadAnnouncement> ofStorage() {
    return List.of(
        of("a failing disk", RejectionCode.FILE_UNREADABLE, "the disk burns")
            .hindered(
                announcement ->
                    TestingFileSystem.fail(path(announcement), new IOException("the disk burns"))
                        ::close),
        of("no memory", RejectionCode.LOAD_FAILED, "OutOfMemoryError")
            .hindered(
                announcement ->
                    TestingFileSystem.fail(
                            path(announcement), new OutOfMemoryError("one that the test wants"))
                        ::close),
        of("a file that ends early", RejectionCode.SIZE_MISMATCH, "the announcement says")
            .hindered(
                announcement ->
                    TestingFileSystem.claim(path(announcement), announcement.getSizeBytes() - 1)
                        ::close),
        of("storage that hangs", RejectionCode.LOAD_TIMEOUT, "raise models.load-timeout")
            .hindered(announcement -> TestingFileSystem.hang(path(announcement))::close));
  }

  private static List<BadAnnouncement> ofModels() {
    List<String> other = words();
    other.set(5, "other");
    List<String> swapped = words();
    Collections.swap(swapped, 3, 14);
    return List.of(
        of("a self-test that fails", RejectionCode.SELF_TEST_FAILED, "self-test")
            .file(withFailingSelfTest()),
        of("a file of another model", RejectionCode.OTHER_MODEL, "is model 'another'")
            .model(config -> config.modelId("another")),
        of("another task", RejectionCode.OTHER_TASK, "has the task classify")
            .model(
                config ->
                    config.task(Task.CLASSIFY).alerts(null).labels(List.of("calm", "odd", "wild"))),
        of("both directions", RejectionCode.UNSUPPORTED_MODEL, "a bidirectional model")
            .model(
                config ->
                    config
                        .task(Task.CLASSIFY)
                        .alerts(null)
                        .labels(List.of("calm", "odd", "wild"))
                        .bidirectional(true)),
        of("another token", RejectionCode.OTHER_VOCABULARY, "has the token 'other' at id 5")
            .vocabulary(other, TestingModels.END),
        of("another order", RejectionCode.OTHER_VOCABULARY, "has the token 'w11' at id 3")
            .vocabulary(swapped, TestingModels.END),
        of("a short vocabulary", RejectionCode.OTHER_VOCABULARY, "a vocabulary of 14 tokens")
            .vocabulary(words().subList(0, 14), TestingModels.END),
        of("no thresholds", RejectionCode.NO_ALERT_THRESHOLDS, "calibrate the model")
            .model(config -> config.alerts(null)),
        of("state of another layout", RejectionCode.OTHER_STATE_LAYOUT, "announce it with reset")
            .model(config -> config.hiddenSize(HIDDEN_SIZE + 1)));
  }

  private static byte[] withFailingSelfTest() {
    ModelFile model = model(0);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String tensor : model.config().tensorShapes().names()) {
      tensors.put(tensor, model.tensor(tensor));
    }
    float[][] recorded = new float[1][model.config().outputSize()];
    recorded[0][0] = 1e3f;
    return ModelFileWriter.toBytes(
        ModelFile.of(model.config(), tensors, List.of(SelfTest.ofTokens(new int[] {3}, recorded))));
  }

  private static List<String> words() {
    Vocabulary vocabulary = model(0).config().vocabulary();
    List<String> words = new ArrayList<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      words.add(vocabulary.token(id));
    }
    return words;
  }

  private static Path path(ModelAnnouncement announcement) {
    return Path.of(URI.create(announcement.getUri()).getPath());
  }

  private static String beside(ModelAnnouncement announcement, String path) {
    String uri = announcement.getUri();
    return uri.substring(0, uri.lastIndexOf('/')) + path;
  }

  /** Writes the file of the announcement and spoils the one or the other. */
  ModelAnnouncement write(Announced announced, long revision, Change sign) throws IOException {
    ModelAnnouncement announcement = announced.write(revision, file, StatePolicy.CARRY);
    change.to(announcement);
    sign.to(announcement);
    changeSigned.to(announcement);
    return announcement;
  }

  /** Puts what is to be in the way of those who read the file there, and says how to remove it. */
  Runnable hinder(ModelAnnouncement announcement) {
    return hindrance.of(announcement);
  }

  /** Why the job is to refuse it. */
  RejectionCode reason() {
    return reason;
  }

  /** What the job is to say about it, among other things. */
  String detail() {
    return detail;
  }

  @Override
  public String toString() {
    return name;
  }
}
