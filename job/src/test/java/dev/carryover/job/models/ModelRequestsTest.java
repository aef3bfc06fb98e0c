package dev.carryover.job.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.carryover.job.models.LoadedModels.Lease;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Announced models, from the request to the last lease. */
class ModelRequestsTest {
  private static final String STORE = "models";
  private static final long LONG_MS = 120_000;

  /** For loads that hang for ever, so that it does not matter how short it is. */
  private static final long SHORT_MS = 20;

  @TempDir Path folder;

  private byte[] good;
  private Path file;

  @BeforeEach
  void aGoodFile() throws IOException {
    good = TestingModelFiles.good();
    file = write("good", good);
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(LoadedModels.held()).as("models").isZero();
    awaitThreads(0);
  }

  private static void awaitThreads(int count) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LONG_MS);
    while (LoadedModels.threads() != count && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(LoadedModels.threads()).as("threads").isEqualTo(count);
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name + ".safetensors"), bytes);
  }

  private static ModelSettings settings(long maximumBytes, long timeoutMs) {
    return new ModelSettings(true, List.of(), null, maximumBytes, timeoutMs, 4, 0, false, false);
  }

  private static CompletableFuture<Lease> request(
      String store, Path file, byte[] announced, long timeoutMs) {
    return LoadedModels.request(
        TestingModelFiles.reference(store, file, announced),
        announced.length,
        settings(1 << 20, timeoutMs));
  }

  private static CompletableFuture<Lease> request(Path file, byte[] announced) {
    return request(STORE, file, announced, LONG_MS);
  }

  private static Lease await(CompletableFuture<Lease> asked) throws Exception {
    return asked.get(LONG_MS, TimeUnit.MILLISECONDS);
  }

  private static ModelRejectedException rejection(CompletableFuture<Lease> asked) {
    try {
      await(asked).close();
      throw new AssertionError("not refused");
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(ModelRejectedException.class);
      asked.whenComplete((lease, direct) -> assertThat(direct).isSameAs(e.getCause()));
      return (ModelRejectedException) e.getCause();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void expect(
      RejectionCode code, CompletableFuture<Lease> asked, String detail, Object... arguments) {
    ModelRejectedException rejected = rejection(asked);
    assertThat(rejected.code()).isEqualTo(code);
    assertThat(rejected).hasMessage(detail, arguments);
  }

  private String uri(Path path) {
    return TestingFileSystem.uri(STORE, path);
  }

  // What may serve, and how long it stays.

  @Test
  void aGoodFileIsLoadedOnceAndItsModelFreedWithTheLastLease() throws Exception {
    try (TestingFileSystem.Gate gate = TestingFileSystem.hold(file)) {
      List<CompletableFuture<Lease>> asked = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        asked.add(request(file, good));
      }
      gate.awaitReaders(1);
      assertThat(asked).noneMatch(CompletableFuture::isDone);
      assertThat(LoadedModels.held()).isZero();
      gate.open();

      LoadedModel model = await(asked.get(0)).model();
      for (CompletableFuture<Lease> each : asked) {
        assertThat(await(each).model()).isSameAs(model);
        assertThat(await(each).loadNanos()).isPositive();
      }
      assertThat(gate.opened()).isEqualTo(1);
      for (CompletableFuture<Lease> each : asked) {
        assertThat(LoadedModels.held()).isEqualTo(1);
        await(each).close();
      }
      assertThat(LoadedModels.held()).isZero();
    }
  }

  @Test
  void closingALeaseTwiceGivesNothingOfOthersBack() throws Exception {
    Lease first = await(request(file, good));
    Lease second = await(request(file, good));
    first.close();
    first.close();
    assertThat(LoadedModels.held()).isEqualTo(1);
    assertThat(second.model()).isNotNull();
    assertThatIllegalStateException()
        .isThrownBy(first::model)
        .withMessage(
            "the lease of a model is closed, and its model may be gone; ask for another one");
    second.close();
  }

  @Test
  void whatIsHeldIsNotFetchedAgainUnderAnotherNameOrRevision() throws Exception {
    Path copy = write("copy", good);
    try (TestingFileSystem.Gate gate = TestingFileSystem.watch(copy);
        Lease first = await(request(file, good))) {
      CompletableFuture<Lease> again = request("elsewhere", copy, good, LONG_MS);
      assertThat(again).isCompleted();
      assertThat(again.join().model()).isSameAs(first.model());
      assertThat(gate.opened()).isZero();
      again.join().close();
    }
  }

  @Test
  void theSubmittedModelAndAnAnnouncedOneOfTheSameContentAreOne() throws Exception {
    ModelReference reference = TestingModelFiles.reference(STORE, file, good);
    LoadedModel model = LoadedModels.acquire(reference);
    Lease lease = await(request(file, good));
    assertThat(lease.model()).isSameAs(model);
    LoadedModels.release(reference);
    assertThat(LoadedModels.held()).isEqualTo(1);
    lease.close();
  }

  @Test
  void twoLoadsOfOneContentAtOnceEndInOneModel() throws Exception {
    Path copy = write("copy", good);
    try (TestingFileSystem.Gate one = TestingFileSystem.hold(file);
        TestingFileSystem.Gate other = TestingFileSystem.hold(copy)) {
      CompletableFuture<Lease> first = request(file, good);
      CompletableFuture<Lease> second = request(copy, good);
      one.awaitReaders(1);
      other.awaitReaders(1);
      one.open();
      LoadedModel model = await(first).model();
      other.open();
      assertThat(await(second).model()).isSameAs(model);
      assertThat(LoadedModels.held()).isEqualTo(1);
      await(first).close();
      await(second).close();
    }
  }

  @Test
  void anotherWrongPathOfTheSameContentFailsAlone() throws Exception {
    try (TestingFileSystem.Gate gate = TestingFileSystem.hold(file)) {
      CompletableFuture<Lease> right = request(file, good);
      gate.awaitReaders(1);
      CompletableFuture<Lease> wrong = request(folder.resolve("none.safetensors"), good);
      assertThat(rejection(wrong).code()).isEqualTo(RejectionCode.FILE_MISSING);
      gate.open();
      await(right).close();
    }
  }

  @Test
  void threadsThatAcquireAtOnceLoadOnce() throws Exception {
    ModelReference reference = TestingModelFiles.reference(STORE, file, good);
    try (TestingFileSystem.Gate gate = TestingFileSystem.hold(file)) {
      List<FutureTask<LoadedModel>> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        FutureTask<LoadedModel> task = new FutureTask<>(() -> LoadedModels.acquire(reference));
        tasks.add(task);
        new Thread(task).start();
      }
      gate.awaitReaders(1);
      gate.open();
      for (FutureTask<LoadedModel> task : tasks) {
        assertThat(task.get()).isSameAs(tasks.get(0).get());
      }
      for (int i = 0; i < tasks.size(); i++) {
        assertThat(LoadedModels.held()).isEqualTo(1);
        LoadedModels.release(reference);
      }
    }
  }

  // What may not serve.

  @Test
  void aMissingFileIsRefused() {
    Path none = folder.resolve("none.safetensors");
    expect(
        RejectionCode.FILE_MISSING,
        request(none, good),
        "model file %s is refused: it does not exist, or may not be read; look at the path and its"
            + " permissions",
        uri(none));
  }

  @Test
  void aFolderIsRefused() {
    expect(
        RejectionCode.FILE_MISSING,
        request(folder, good),
        "model file %s is refused: it is a folder; give the path of a .safetensors file",
        uri(folder));
  }

  @Test
  void aFileOfAnotherDigestIsRefused() throws Exception {
    byte[] other = good.clone();
    other[other.length - 1] ^= 1;
    Path exchanged = write("exchanged", other);
    expect(
        RejectionCode.SHA256_MISMATCH,
        request(exchanged, good),
        "model file %s has the SHA-256 %s, the announcement says %s: publish the file again, it is"
            + " not the one that was announced",
        uri(exchanged),
        TestingModelFiles.sha256(other),
        TestingModelFiles.sha256(good));
  }

  @Test
  void aFileThatIsBrokenAndOfAnotherDigestIsNotTheOneAnnounced() throws Exception {
    byte[] broken = TestingModelFiles.withNaN();
    assertThat(rejection(request(write("broken", broken), good)).code())
        .isEqualTo(RejectionCode.SHA256_MISMATCH);
    byte[] garbled = good.clone();
    garbled[9] = 0; // in the header
    assertThat(rejection(request(write("garbled", garbled), good)).code())
        .isEqualTo(RejectionCode.SHA256_MISMATCH);
  }

  @Test
  void aFileOfAnotherSizeIsRefusedUnread() throws Exception {
    Path shorter = write("shorter", Arrays.copyOf(good, good.length - 1));
    try (TestingFileSystem.Gate gate = TestingFileSystem.watch(shorter)) {
      expect(
          RejectionCode.SIZE_MISMATCH,
          request(shorter, good),
          "model file %s is refused: it has %d bytes, the announcement says %d; publish it again if"
              + " it was cut off or exchanged",
          uri(shorter),
          good.length - 1,
          good.length);
      assertThat(gate.opened()).isZero();
    }
  }

  @Test
  void aHeldModelIsRefusedToWhoAnnouncesAnotherSize() throws Exception {
    ModelReference reference = TestingModelFiles.reference(STORE, file, good);
    try (Lease lease = await(request(file, good))) {
      expect(
          RejectionCode.SIZE_MISMATCH,
          LoadedModels.request(reference, good.length + 1, settings(1 << 20, LONG_MS)),
          "model file %s is refused: it has %d bytes, the announcement says %d; publish it again if"
              + " it was cut off or exchanged",
          reference.uri(),
          good.length,
          good.length + 1);
      assertThat(lease.model()).isNotNull();
    }
  }

  @Test
  void aFileThatWasPublishedCutOffIsRefused() throws Exception {
    byte[] cut = Arrays.copyOf(good, good.length - 1);
    Path path = write("cut", cut);
    ModelRejectedException rejected = rejection(request(path, cut));
    assertThat(rejected.code()).isEqualTo(RejectionCode.INVALID_FILE);
    assertThat(rejected)
        .hasMessageStartingWith("model file " + uri(path) + " is refused: OFFSETS_OUT_OF_RANGE: ");
  }

  @Test
  void aFileThatEndsBeforeItsFileSystemSaysSoIsRefused() throws Exception {
    Path cut = write("cut", Arrays.copyOf(good, good.length - 1));
    try (TestingFileSystem.Gate gate = TestingFileSystem.claim(cut, good.length)) {
      expect(
          RejectionCode.SIZE_MISMATCH,
          request(cut, good),
          "model file %s is refused: it ends after %d bytes, its file system says that it has %d;"
              + " read it when nobody is writing it",
          uri(cut),
          good.length - 1,
          good.length);
      assertThat(gate.opened()).isEqualTo(1);
    }
  }

  @Test
  void bytesBeyondTheAnnouncedSizeAreNotRead() throws Exception {
    Path longer = write("longer", Arrays.copyOf(good, good.length + 100));
    try (TestingFileSystem.Gate gate = TestingFileSystem.claim(longer, good.length)) {
      await(request(longer, good)).close();
      assertThat(gate.opened()).isEqualTo(1);
    }
  }

  @Test
  void aHugeFileIsRefusedUnread() throws Exception {
    long huge = 1L << 40;
    try (TestingFileSystem.Gate gate = TestingFileSystem.claim(file, huge)) {
      expect(
          RejectionCode.FILE_TOO_LARGE,
          request(file, good),
          "model file %s is refused: it has %d bytes, the limit is %d; raise models.maximum-size if"
              + " the model is meant to be this large",
          uri(file),
          huge,
          1 << 20);
      assertThat(gate.opened()).isZero();
    }
  }

  @Test
  void weightsThatAreNoNumbersAreRefused() throws Exception {
    byte[] bytes = TestingModelFiles.withNaN();
    Path path = write("nan", bytes);
    ModelRejectedException rejected = rejection(request(path, bytes));
    assertThat(rejected.code()).isEqualTo(RejectionCode.INVALID_FILE);
    assertThat(rejected)
        .hasMessageStartingWith("model file " + uri(path) + " is refused: NON_FINITE_VALUE: ")
        .hasMessageContaining("NaN");
  }

  @Test
  void garbageIsRefused() throws Exception {
    byte[] garbage = new byte[100];
    Arrays.fill(garbage, (byte) 0xA5);
    Path path = write("garbage", garbage);
    ModelRejectedException rejected = rejection(request(path, garbage));
    assertThat(rejected.code()).isEqualTo(RejectionCode.INVALID_FILE);
    assertThat(rejected)
        .hasMessageStartingWith("model file " + uri(path) + " is refused: HEADER_BEYOND_FILE: ");
  }

  @Test
  void aModelThatDoesNotReproduceItsSelfTestIsRefused() throws Exception {
    byte[] bytes = TestingModelFiles.withFailingSelfTest();
    Path path = write("selftest", bytes);
    ModelRejectedException rejected = rejection(request(path, bytes));
    assertThat(rejected.code()).isEqualTo(RejectionCode.SELF_TEST_FAILED);
    assertThat(rejected)
        .hasMessageStartingWith("model file " + uri(path) + " is refused: model 'testing' gives ")
        .hasMessageContaining("where its trainer recorded 1000.0: self-test 0, step 0, output 0");
  }

  @Test
  void aModelThatRoundingMovesFurtherThanTheJobAllowsIsRefused() throws Exception {
    byte[] bytes = TestingModelFiles.withSelfTest();
    Path path = write("rounded", bytes);
    RuntimeOptions bf16 = RuntimeOptions.DEFAULTS.withWeights(WeightPrecision.BF16);

    await(request(path, bytes, bf16)).close();
    ModelRejectedException rejected =
        rejection(request(path, bytes, bf16.withWeightTolerance(1e-6)));

    assertThat(rejected.code()).isEqualTo(RejectionCode.SELF_TEST_FAILED);
    assertThat(rejected)
        .hasMessageStartingWith("model file " + uri(path) + " is refused: model 'testing' gives ")
        .hasMessageContaining("with bf16 weights where its trainer recorded");
  }

  private static CompletableFuture<Lease> request(
      Path file, byte[] announced, RuntimeOptions options) {
    ModelReference plain = TestingModelFiles.reference(STORE, file, announced);
    return LoadedModels.request(
        new ModelReference(plain.uri(), plain.sha256(), plain.revision(), options),
        announced.length,
        settings(1 << 20, LONG_MS));
  }

  @Test
  void aBidirectionalModelIsRefused() throws Exception {
    byte[] bytes = TestingModelFiles.bidirectional(folder);
    Path path = write("both", bytes);
    expect(
        RejectionCode.UNSUPPORTED_MODEL,
        request(path, bytes),
        "model file %s is refused: it holds a bidirectional model: no end exists in a stream to run"
            + " backwards from; use a one-directional model",
        uri(path));
  }

  @Test
  void aFileSystemThatFailsIsNamed() {
    try (TestingFileSystem.Gate gate =
        TestingFileSystem.fail(file, new IOException("connection\nlost"))) {
      expect(
          RejectionCode.FILE_UNREADABLE,
          request(file, good),
          "model file %s is refused: connection?lost",
          uri(file));
      assertThat(gate.opened()).isEqualTo(1);
    }
    try (TestingFileSystem.Gate gate =
        TestingFileSystem.fail(file, new IllegalArgumentException("no such region"))) {
      expect(
          RejectionCode.FILE_UNREADABLE,
          request(file, good),
          "model file %s is refused: java.lang.IllegalArgumentException: no such region; look at the"
              + " path and at its file system",
          uri(file));
      assertThat(gate.opened()).isEqualTo(1);
    }
  }

  @Test
  void aFileSystemThatFlinkDoesNotHaveIsNamed() {
    ModelReference reference =
        new ModelReference(
            "nowhere://bucket/model", TestingModelFiles.sha256(good), 1, KernelChoice.SCALAR);
    ModelRejectedException rejected =
        rejection(LoadedModels.request(reference, good.length, settings(1 << 20, LONG_MS)));
    assertThat(rejected.code()).isEqualTo(RejectionCode.FILE_UNREADABLE);
    assertThat(rejected)
        .hasMessageStartingWith("model file nowhere://bucket/model is refused: Could not find");
  }

  @Test
  void aProcessWithoutMemoryForAModelGoesOn() throws Exception {
    try (TestingFileSystem.Gate gate =
        TestingFileSystem.fail(file, new OutOfMemoryError("Java heap space"))) {
      expect(
          RejectionCode.LOAD_FAILED,
          request(file, good),
          "model file %s is refused: java.lang.OutOfMemoryError: Java heap space; look at the memory"
              + " and the kernels of this process",
          uri(file));
      assertThat(gate.opened()).isEqualTo(1);
    }
    await(request(file, good)).close();
  }

  @Test
  void aLoadThatFailedIsTriedAgainByTheNextRequest() throws Exception {
    Path late = folder.resolve("late.safetensors");
    assertThat(rejection(request(late, good)).code()).isEqualTo(RejectionCode.FILE_MISSING);
    Files.write(late, good);
    await(request(late, good)).close();
  }

  // Storage that is slow, or never answers.

  @Test
  void slowStorageHoldsUpNobodyElse() throws Exception {
    byte[] others = TestingModelFiles.otherGood();
    Path quick = write("quick", others);
    try (TestingFileSystem.Gate gate = TestingFileSystem.hold(file)) {
      CompletableFuture<Lease> slow = request(file, good);
      gate.awaitReaders(1);
      await(request(quick, others)).close();
      assertThat(slow).isNotDone();
      gate.open();
      await(slow).close();
    }
  }

  @Test
  void storageThatHangsForEverIsGivenUpAndInterrupted() throws Exception {
    try (TestingFileSystem.Gate gate = TestingFileSystem.hang(file)) {
      expect(
          RejectionCode.LOAD_TIMEOUT,
          request(STORE, file, good, SHORT_MS),
          "model file %s is refused: it was not loaded within 20 ms; look at the storage, or raise"
              + " models.load-timeout, and announce it under a higher revision",
          uri(file));
      gate.awaitInterrupts(1);
      awaitThreads(1); // deaf to it
      Path copy = write("copy", good);
      await(request(copy, good)).close();
    }
    awaitThreads(0);
    assertThat(LoadedModels.held()).as("what it brought in the end").isZero();
  }

  @Test
  void loadsOfAStoreBeyondAFewWaitAndThoseOfOthersDoNot() throws Exception {
    Path copy = write("copy", good);
    Path elsewhere = write("elsewhere", good);
    List<CompletableFuture<Lease>> asked = new ArrayList<>();
    try (TestingFileSystem.Gate held = TestingFileSystem.hold(file);
        TestingFileSystem.Gate last = TestingFileSystem.watch(copy)) {
      for (int i = 0; i < LoadThreads.AT_ONCE; i++) {
        asked.add(request(STORE, file, good, LONG_MS + i)); // other settings, another load
      }
      held.awaitReaders(LoadThreads.AT_ONCE);
      asked.add(request(copy, good));
      await(request("elsewhere", elsewhere, good, LONG_MS)).close();
      assertThat(last.opened()).isZero();
      held.open();
      for (CompletableFuture<Lease> each : asked) {
        await(each).close();
      }
    }
  }

  @Test
  void aStoreThatHasTooManyThreadsHangingGetsNoMore() throws Exception {
    try (TestingFileSystem.Gate gate = TestingFileSystem.hang(file)) {
      for (int i = 0; i < LoadThreads.MOST_STUCK; i++) {
        assertThat(rejection(request(STORE, file, good, SHORT_MS)).code())
            .isEqualTo(RejectionCode.LOAD_TIMEOUT);
      }
      assertThat(gate.opened()).isLessThanOrEqualTo(LoadThreads.MOST_STUCK);
      expect(
          RejectionCode.LOAD_TIMEOUT,
          request(file, good),
          "model file %s is refused: 16 earlier loads from testing://models hang still; look at the"
              + " storage, or raise models.load-timeout, and announce it under a higher revision",
          uri(file));
      awaitThreads(LoadThreads.MOST_STUCK);
      Path elsewhere = write("elsewhere", good);
      await(request("elsewhere", elsewhere, good, LONG_MS)).close();
    }
    awaitThreads(0);
    await(request(file, good)).close();
  }

  // Those who no longer wait.

  @Test
  void aCancelledRequestLeavesNoLease() throws Exception {
    try (TestingFileSystem.Gate gate = TestingFileSystem.hold(file)) {
      CompletableFuture<Lease> cancelled = request(file, good);
      CompletableFuture<Lease> timedOut = request(file, good);
      CompletableFuture<Lease> answered = request(file, good);
      CompletableFuture<Lease> waiting = request(file, good);
      gate.awaitReaders(1);
      cancelled.cancel(true);
      timedOut.completeExceptionally(new IllegalStateException("no patience"));
      answered.complete(null);
      gate.open();
      Lease only = await(waiting);
      assertThat(LoadedModels.held()).isEqualTo(1);
      only.close();
      assertThat(LoadedModels.held()).isZero();
    }
  }

  @Test
  void aLoadThatNobodyWaitsForIsInterrupted() throws Exception {
    try (TestingFileSystem.Gate gate = TestingFileSystem.hold(file)) {
      CompletableFuture<Lease> one = request(file, good);
      CompletableFuture<Lease> other = request(file, good);
      gate.awaitReaders(1);
      LoadedModels.abandon(one);
      LoadedModels.abandon(other);
      gate.awaitInterrupts(1);
      awaitThreads(0);
      CompletableFuture<Lease> again = request(file, good);
      gate.awaitReaders(1);
      gate.open();
      await(again).close();
    }
  }

  @Test
  void aRequestThatIsAbandonedAfterItsAnswerGivesTheLeaseBack() throws Exception {
    CompletableFuture<Lease> asked = request(file, good);
    await(asked);
    assertThat(LoadedModels.held()).isEqualTo(1);
    LoadedModels.abandon(asked);
    assertThat(LoadedModels.held()).isZero();
    CompletableFuture<Lease> refused = request(folder, good);
    rejection(refused);
    LoadedModels.abandon(refused);
  }

  @Test
  void aTaskThatIsInterruptedWhileItAcquiresLeavesNothing() throws Exception {
    ModelReference reference = TestingModelFiles.reference(STORE, file, good);
    try (TestingFileSystem.Gate gate = TestingFileSystem.hold(file)) {
      FutureTask<LoadedModel> task =
          new FutureTask<>(
              () -> {
                try {
                  return LoadedModels.acquire(reference);
                } finally {
                  assertThat(Thread.interrupted()).isTrue();
                }
              });
      Thread thread = new Thread(task);
      thread.start();
      gate.awaitReaders(1);
      thread.interrupt();
      gate.awaitInterrupts(1);
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(task::get)
          .havingCause()
          .isInstanceOf(InterruptedIOException.class)
          .withMessage(
              "interrupted while waiting for model file %s; nothing is wrong with it if its task was"
                  + " canceled",
              reference.uri());
    }
  }
}
