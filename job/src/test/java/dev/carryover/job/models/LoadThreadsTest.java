package dev.carryover.job.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class LoadThreadsTest {
  private final LoadThreads threads = new LoadThreads();
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger mostRunning = new AtomicInteger();

  private static <T> T await(CompletableFuture<T> outcome) throws Exception {
    return outcome.get(60, TimeUnit.SECONDS);
  }

  private LoadThreads.Attempt<Integer> waiting(CountDownLatch begun) {
    return new LoadThreads.Attempt<>(
        "store",
        "waiting",
        LoadThreads.UNLIMITED,
        wanted -> {
          mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
          begun.countDown();
          try {
            release.await();
          } finally {
            running.decrementAndGet();
          }
          return 1;
        });
  }

  @Test
  void loadsRunOnDaemonThreadsWithTheClassLoaderOfTheJob() throws Exception {
    CompletableFuture<Thread> outcome =
        threads.start(
            new LoadThreads.Attempt<>(
                "store", "load x", LoadThreads.UNLIMITED, wanted -> Thread.currentThread()));
    assertThat(await(outcome).getName()).isEqualTo("load x");
    assertThat(await(outcome).isDaemon()).isTrue();
    assertThat(await(outcome).getContextClassLoader()).isSameAs(LoadThreads.class.getClassLoader());
    assertThat(threads.threads()).isZero();
  }

  @Test
  void moreLoadsThanThreadsComeOneAfterTheOther() throws Exception {
    CountDownLatch begun = new CountDownLatch(LoadThreads.AT_ONCE);
    List<CompletableFuture<Integer>> outcomes = new ArrayList<>();
    for (int i = 0; i < 5 * LoadThreads.AT_ONCE; i++) {
      outcomes.add(threads.start(waiting(begun)));
    }
    begun.await();
    assertThat(threads.threads()).isEqualTo(LoadThreads.AT_ONCE);
    release.countDown();
    for (CompletableFuture<Integer> outcome : outcomes) {
      assertThat(await(outcome)).isEqualTo(1);
    }
    assertThat(mostRunning).hasValueLessThanOrEqualTo(LoadThreads.AT_ONCE);
  }

  @Test
  void whatIsThrownIsTheOutcome() {
    IOException failure = new IOException("gone");
    CompletableFuture<Integer> outcome =
        threads.start(
            new LoadThreads.Attempt<>(
                "store",
                "failing",
                LoadThreads.UNLIMITED,
                wanted -> {
                  throw failure;
                }));
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> await(outcome))
        .withCause(failure);
    assertThat(threads.threads()).isZero();
  }

  @Test
  void aLoadThatIsCancelledBeforeItsTurnNeverRuns() throws Exception {
    CountDownLatch begun = new CountDownLatch(LoadThreads.AT_ONCE);
    List<CompletableFuture<Integer>> outcomes = new ArrayList<>();
    for (int i = 0; i < LoadThreads.AT_ONCE; i++) {
      outcomes.add(threads.start(waiting(begun)));
    }
    begun.await();
    AtomicInteger runs = new AtomicInteger();
    LoadThreads.Attempt<Integer> queued =
        new LoadThreads.Attempt<>(
            "store", "queued", LoadThreads.UNLIMITED, wanted -> runs.incrementAndGet());
    LoadThreads.Attempt<Integer> never =
        new LoadThreads.Attempt<>(
            "store", "never", LoadThreads.UNLIMITED, wanted -> runs.incrementAndGet());
    CompletableFuture<Integer> outcome = threads.start(queued);
    queued.cancel();
    never.cancel();
    threads.start(never);
    release.countDown();
    for (CompletableFuture<Integer> each : outcomes) {
      await(each);
    }
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> await(outcome))
        .withCauseInstanceOf(CancellationException.class);
    assertThat(runs).hasValue(0);
  }

  @Test
  void threadsThatHangMakeRoomForTheNext() throws Exception {
    Queue<BooleanSupplier> seen = new ConcurrentLinkedQueue<>();
    CountDownLatch interrupted = new CountDownLatch(LoadThreads.AT_ONCE);
    List<CompletableFuture<Integer>> hanging = new ArrayList<>();
    for (int i = 0; i < LoadThreads.AT_ONCE; i++) {
      hanging.add(
          threads.start(
              new LoadThreads.Attempt<>(
                  "store",
                  "hanging",
                  20,
                  wanted -> {
                    seen.add(wanted);
                    while (release.getCount() > 0) {
                      try {
                        release.await();
                      } catch (InterruptedException e) {
                        interrupted.countDown();
                      }
                    }
                    return 1;
                  })));
    }
    CompletableFuture<Integer> next =
        threads.start(
            new LoadThreads.Attempt<>("store", "next", LoadThreads.UNLIMITED, wanted -> 2));
    assertThat(await(next)).isEqualTo(2);
    for (CompletableFuture<Integer> each : hanging) {
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> await(each))
          .withCauseInstanceOf(TimeoutException.class);
    }
    interrupted.await();
    assertThat(seen).hasSize(LoadThreads.AT_ONCE).noneMatch(BooleanSupplier::getAsBoolean);
    assertThat(threads.threads()).isEqualTo(LoadThreads.AT_ONCE);
    release.countDown();
  }

  @Test
  void loadsThatWaitForAStoreInWhichTooManyHangAreRefused() throws Exception {
    AtomicInteger begun = new AtomicInteger();
    List<CompletableFuture<Integer>> outcomes = new ArrayList<>();
    for (int i = 0; i < 3 * LoadThreads.MOST_STUCK; i++) {
      outcomes.add(
          threads.start(
              new LoadThreads.Attempt<>(
                  "store",
                  "hanging",
                  5,
                  wanted -> {
                    begun.incrementAndGet();
                    while (release.getCount() > 0) {
                      try {
                        release.await();
                      } catch (InterruptedException e) {
                        // Deaf, as a file system can be.
                      }
                    }
                    return 1;
                  })));
    }
    for (CompletableFuture<Integer> each : outcomes) {
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> await(each))
          .withCauseInstanceOf(TimeoutException.class);
    }
    assertThat(begun).hasValueLessThanOrEqualTo(LoadThreads.MOST_STUCK + LoadThreads.AT_ONCE);
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> await(outcomes.get(outcomes.size() - 1)))
        .havingCause()
        .withMessage("16 earlier loads from store hang still");
    release.countDown();
  }
}
