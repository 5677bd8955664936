package io.flinkmistral.kernel.pool;

import io.flinkmistral.host.CoreShare;
import io.flinkmistral.host.CoreUse;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Threads that wait for work by spinning, and sleep when none comes for a while: see {@link
 * Patience}.
 *
 * <p>A forward pass has hundreds of matrix products, and handing each to an executor costs more
 * than ten microseconds. Spinning hands over in a fraction of one.
 *
 * <p>The handshake: the caller writes the work, then the next {@link #round}, then unparks those
 * who take part and have announced that they sleep. A worker announces it before it looks at the
 * round for the last time. So one of the two always sees the other. Each worker then takes tasks
 * until none is left, and decrements {@link #working}; who makes that zero unparks the caller,
 * which announces in the same way that it sleeps.
 */
public final class SpinParkPool implements WorkPool {
  static final String BUSY =
      "the pool is busy with another computation: a pool has one caller at a time, and a task"
          + " cannot use the pool that runs it";

  /** Of a round: its number above, and below how many workers take part. */
  private static final int MEMBER_BITS = 16;

  private static final long MEMBERS = (1 << MEMBER_BITS) - 1;

  private final CoreShare cores;
  private final Worker[] workers;
  private final Patience patience;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicInteger working = new AtomicInteger();
  private final BooleanSupplier done = () -> working.get() == 0;
  private final AtomicInteger nextTask = new AtomicInteger();

  /** Who takes part is told in one with the round: a worker that is late reads both of the same. */
  private volatile long round;

  private volatile CoreUse use = CoreUse.ALONE;
  private volatile Throwable failure;
  private volatile boolean closed;

  /** The caller that sleeps until the workers are done. */
  private volatile Thread sleeper;

  // Written before and read after the round.
  private int tasks;
  private IntConsumer task;

  SpinParkPool(CoreShare cores) {
    this(cores, new Patience());
  }

  SpinParkPool(CoreShare cores, Patience patience) {
    this.cores = cores;
    this.patience = patience;
    workers = new Worker[Math.toIntExact(Math.min(MEMBERS, cores.most() - 1))];
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
      int threads = Math.min(tasks, cores.now());
      use = cores.use();
      startRound(Math.clamp(threads - 1L, 0, workers.length));
      takeTasks();
      awaitWorkers();
      this.task = null;
      throwFailure();
    } finally {
      busy.set(false);
    }
  }

  private void startRound(int members) {
    if (members == 0) {
      return;
    }
    working.set(members);
    round = (round >>> MEMBER_BITS) + 1 << MEMBER_BITS | members;
    for (int i = 0; i < members; i++) {
      if (workers[i].asleep) {
        LockSupport.unpark(workers[i]);
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
    if (patience.await(done, use)) {
      return;
    }
    sleeper = Thread.currentThread();
    boolean interrupted = false;
    while (!done.getAsBoolean()) {
      LockSupport.park(this);
      // Who is interrupted does not sleep any more.
      interrupted |= Thread.interrupted();
    }
    sleeper = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
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
        startRound(workers.length);
        joinWorkers();
        cores.close();
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
    private final int number;
    private final BooleanSupplier called = this::isCalled;
    private volatile boolean asleep;

    /** The last round that this worker knows of. */
    private long seen;

    Worker(int number) {
      super("flink-mistral-kernel-" + number);
      this.number = number;
      setDaemon(true);
    }

    @Override
    public void run() {
      while (true) {
        awaitCall();
        if (closed) {
          return;
        }
        takeTasks();
        if (working.decrementAndGet() == 0) {
          LockSupport.unpark(sleeper);
        }
      }
    }

    private void awaitCall() {
      if (patience.await(called, use)) {
        return;
      }
      asleep = true;
      while (!isCalled()) {
        LockSupport.park(SpinParkPool.this);
      }
      asleep = false;
    }

    /** Whether there is a round that this worker did not know of, and is to take part in. */
    private boolean isCalled() {
      long now = round;
      boolean isNew = now != seen;
      seen = now;
      return isNew && number <= (now & MEMBERS);
    }
  }
}
