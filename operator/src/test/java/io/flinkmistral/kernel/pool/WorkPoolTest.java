package io.flinkmistral.kernel.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.host.CoreShare;
import io.flinkmistral.host.CoreUse;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkPoolTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void runsEachTaskOnceInManyRounds(int threads) {
    try (WorkPool pool = WorkPool.of(threads)) {
      assertThat(pool.threads()).isEqualTo(threads);
      for (int tasks : new int[] {0, 1, 2, 7, 1000}) {
        for (int round = 0; round < 200; round++) {
          AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
          pool.run(tasks, runs::incrementAndGet);
          for (int i = 0; i < tasks; i++) {
            assertThat(runs.get(i)).isEqualTo(1);
          }
        }
      }
    }
  }

  @Test
  void usesAllItsThreadsTheCallerIncluded() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    CyclicBarrier meeting = new CyclicBarrier(3);
    try (WorkPool pool = WorkPool.of(3)) {
      pool.run(
          3,
          i -> {
            seen.add(Thread.currentThread());
            await(meeting);
          });
    }
    assertThat(seen).hasSize(3).contains(Thread.currentThread());
    assertThat(seen).filteredOn(t -> t != Thread.currentThread()).allMatch(Thread::isDaemon);
  }

  @Test
  void showsTheWritesOfTasksToTheCaller() {
    int[] squares = new int[100];
    try (WorkPool pool = WorkPool.of(4)) {
      for (int round = 1; round < 2000; round++) {
        int factor = round;
        pool.run(squares.length, i -> squares[i] = factor * i * i);
        for (int i = 0; i < squares.length; i++) {
          assertThat(squares[i]).isEqualTo(factor * i * i);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void throwsWhatATaskThrewAndGoesOnWorking(int threads) {
    try (WorkPool pool = WorkPool.of(threads)) {
      RuntimeException failure = new IllegalArgumentException("task 5");
      assertThatThrownBy(
              () ->
                  pool.run(
                      20,
                      i -> {
                        if (i == 5) {
                          throw failure;
                        }
                      }))
          .isSameAs(failure);
      AtomicIntegerArray runs = new AtomicIntegerArray(50);
      pool.run(50, runs::incrementAndGet);
      assertThat(runs.toString()).doesNotContain("0");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void refusesToBeUsedByItsOwnTasks(int threads) {
    try (WorkPool pool = WorkPool.of(threads)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> pool.run(2, i -> pool.run(1, j -> {})))
          .withMessageContaining("a task cannot use the pool that runs it");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void closingEndsTheThreads(int threads) {
    Set<Thread> workers = ConcurrentHashMap.newKeySet();
    CyclicBarrier meeting = new CyclicBarrier(threads);
    WorkPool pool = WorkPool.of(threads);
    pool.run(
        threads,
        i -> {
          workers.add(Thread.currentThread());
          await(meeting);
        });
    pool.close();
    pool.close();
    workers.remove(Thread.currentThread());
    assertThat(workers).hasSize(threads - 1).noneMatch(Thread::isAlive);
    assertThatIllegalStateException()
        .isThrownBy(() -> pool.run(1, i -> {}))
        .withMessageContaining("closed");
  }

  /** Each of the two can be about to sleep when the other goes on, in any order. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void wakesThreadsThatSleepBetweenAllRounds(int threads) {
    AtomicLong clock = new AtomicLong();
    Patience none = new Patience(() -> clock.addAndGet(1_000_000_000), () -> {});
    AtomicInteger runs = new AtomicInteger();
    try (WorkPool pool = new SpinParkPool(CoreShare.fixed(threads), none)) {
      for (int round = 0; round < 20_000; round++) {
        pool.run(threads, i -> runs.incrementAndGet());
        assertThat(runs).hasValue((round + 1) * threads);
      }
    }
  }

  @Test
  void worksWithAsManyThreadsAsTheShareIsAtTheTime() {
    ChangingShare share = new ChangingShare(4);
    WorkPool pool = WorkPool.of(share);
    assertThat(pool.threads()).isEqualTo(4);
    for (int round = 0; round < 300; round++) {
      int threads = 1 + round * 7 % 4;
      share.threads = threads;
      share.use = CoreUse.values()[round % 3];
      CyclicBarrier meeting = new CyclicBarrier(threads);
      Set<Thread> seen = ConcurrentHashMap.newKeySet();
      pool.run(
          threads * 5,
          i -> {
            seen.add(Thread.currentThread());
            if (i < threads) {
              await(meeting);
            }
          });
      assertThat(seen).hasSize(threads).contains(Thread.currentThread());
    }
    assertThat(share.closed).isFalse();
    pool.close();
    assertThat(share.closed).isTrue();
  }

  @Test
  void aShareAboveItsMostOrBelowOneIsHeldToThem() {
    ChangingShare share = new ChangingShare(2);
    try (WorkPool pool = WorkPool.of(share)) {
      for (int threads : new int[] {0, -1, 100}) {
        share.threads = threads;
        AtomicInteger runs = new AtomicInteger();
        pool.run(50, i -> runs.incrementAndGet());
        assertThat(runs).hasValue(50);
      }
    }
  }

  @Test
  void aPoolOfOneThreadAsksForItsShareTooSoThatOthersKnowOfIt() {
    ChangingShare share = new ChangingShare(1);
    WorkPool pool = WorkPool.of(share);
    pool.run(3, i -> {});
    assertThat(share.asked).isPositive();
    pool.close();
    assertThat(share.closed).isTrue();
  }

  @Test
  void aCallerThatIsInterruptedWaitsAllTheSameAndStaysInterrupted() throws InterruptedException {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    CyclicBarrier meeting = new CyclicBarrier(2);
    AtomicInteger ended = new AtomicInteger();
    Thread caller = Thread.currentThread();
    ChangingShare share = new ChangingShare(2);
    share.use = CoreUse.METERED;
    try (WorkPool pool = WorkPool.of(share)) {
      Thread.startVirtualThread(
          () -> {
            awaitLatch(began);
            caller.interrupt();
            mayEnd.countDown();
          });
      pool.run(
          2,
          i -> {
            await(meeting);
            if (Thread.currentThread() != caller) {
              began.countDown();
              awaitLatch(mayEnd);
            }
            ended.incrementAndGet();
          });
      assertThat(ended).hasValue(2);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void refusesToBeEmpty() {
    assertThatThrownBy(() -> WorkPool.of(0)).hasMessageContaining("0 threads");
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static final class ChangingShare implements CoreShare {
    private final int most;
    private int threads;
    private CoreUse use = CoreUse.ALONE;
    private int asked;
    private boolean closed;

    ChangingShare(int most) {
      this.most = most;
      this.threads = most;
    }

    @Override
    public int most() {
      return most;
    }

    @Override
    public int now() {
      asked++;
      return threads;
    }

    @Override
    public CoreUse use() {
      return use;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
