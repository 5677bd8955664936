package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicIntegerArray;
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

  @Test
  void wakesThreadsThatHaveGoneToSleep() throws Exception {
    CyclicBarrier meeting = new CyclicBarrier(2);
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (WorkPool pool = WorkPool.of(2)) {
      for (int round = 0; round < 3; round++) {
        pool.run(
            2,
            i -> {
              seen.add(Thread.currentThread());
              await(meeting);
            });
        Thread worker =
            seen.stream().filter(t -> t != Thread.currentThread()).findAny().orElseThrow();
        while (worker.getState() != Thread.State.WAITING) {
          Thread.onSpinWait();
        }
      }
    }
    assertThat(seen).hasSize(2);
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
}
