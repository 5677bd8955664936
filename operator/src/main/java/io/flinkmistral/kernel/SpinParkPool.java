package io.flinkmistral.kernel;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Threads that wait for work by spinning, and sleep when none comes for a while.
 *
 * <p>A forward pass has hundreds of matrix products, and handing each to an executor costs more
 * than ten microseconds. Spinning hands over in a fraction of one.
 *
 * <p>The handshake: the caller writes the work, then increments {@link #round}, then unparks those
 * that have announced that they sleep. A worker announces it before it looks at the round for the
 * last time. So one of the two always sees the other. Each worker then takes tasks until none is
 * left, and decrements {@link #working}; the caller returns when that is zero.
 */
final class SpinParkPool implements WorkPool {
  static final String BUSY =
      "the pool is busy with another computation: a pool has one caller at a time, and a task"
          + " cannot use the pool that runs it";

  /**
   * Half a millisecond: longer than what lies between two products of a forward pass, most of which
   * take less than that. To wake a thread that sleeps costs as much as a small product.
   */
  private static final int SPINS = 20_000;

  private final Worker[] workers;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicInteger round = new AtomicInteger();
  private final AtomicInteger working = new AtomicInteger();
  private final AtomicInteger nextTask = new AtomicInteger();
  private volatile Throwable failure;
  private volatile boolean closed;

  // Written before and read after the increment of the round.
  private int tasks;
  private IntConsumer task;

  SpinParkPool(int threads) {
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
    }
    for (Worker worker : workers) {
      worker.start();
    }
  }

  @Override
  public int threads() {
    return workers.length + 1;
  }

  @Override
  public void run(int tasks, IntConsumer task) {
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException(BUSY);
    }
    try {
      if (closed) {
        throw new IllegalStateException("the pool is closed");
      }
      this.tasks = tasks;
      this.task = task;
      failure = null;
      nextTask.set(0);
      startRound();
      takeTasks();
      awaitWorkers();
      this.task = null;
      throwFailure();
    } finally {
      busy.set(false);
    }
  }

  private void startRound() {
    working.set(workers.length);
    round.incrementAndGet();
    for (Worker worker : workers) {
      if (worker.asleep) {
        LockSupport.unpark(worker);
      }
    }
  }

  private void takeTasks() {
    try {
      for (int i = nextTask.getAndIncrement(); i < tasks; i = nextTask.getAndIncrement()) {
        task.accept(i);
      }
    } catch (Throwable t) {
      failure = t;
      nextTask.set(tasks);
    }
  }

  private void awaitWorkers() {
    int spins = 0;
    while (working.get() != 0) {
      if (++spins < SPINS) {
        Thread.onSpinWait();
      } else {
        // Another thread may need this core to finish.
        Thread.yield();
      }
    }
  }

  private void throwFailure() {
    Throwable thrown = failure;
    failure = null;
    switch (thrown) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException("a task failed", thrown);
    }
  }

  @Override
  public void close() {
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException(BUSY);
    }
    try {
      if (!closed) {
        closed = true;
        startRound();
        joinWorkers();
      }
    } finally {
      busy.set(false);
    }
  }

  private void joinWorkers() {
    boolean interrupted = false;
    for (Worker worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Worker extends Thread {
    private volatile boolean asleep;

    Worker(int number) {
      super("flink-mistral-kernel-" + number);
      setDaemon(true);
    }

    @Override
    public void run() {
      for (int seen = 0; ; seen++) {
        awaitRoundAfter(seen);
        if (closed) {
          return;
        }
        takeTasks();
        working.decrementAndGet();
      }
    }

    private void awaitRoundAfter(int seen) {
      for (int spins = 0; spins < SPINS; spins++) {
        if (round.get() != seen) {
          return;
        }
        Thread.onSpinWait();
      }
      asleep = true;
      while (round.get() == seen) {
        LockSupport.park(SpinParkPool.this);
      }
      asleep = false;
    }
  }
}
