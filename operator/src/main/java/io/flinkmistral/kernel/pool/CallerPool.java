package io.flinkmistral.kernel.pool;

import io.flinkmistral.host.CoreShare;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/** A team of one: the caller does all tasks, in order. */
final class CallerPool implements WorkPool {
  private final CoreShare cores;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile boolean closed;

  CallerPool(CoreShare cores) {
    this.cores = cores;
  }

  @Override
  public int threads() {
    return 1;
  }

  @Override
  public void run(int tasks, IntConsumer task) {
    if (closed) {
      throw new IllegalStateException("the pool is closed");
    }
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException(SpinParkPool.BUSY);
    }
    try {
      cores.now(); // It cannot be less than one thread, but others are to know of it.
      for (int i = 0; i < tasks; i++) {
        task.accept(i);
      }
    } finally {
      busy.set(false);
    }
  }

  @Override
  public void close() {
    closed = true;
    cores.close();
  }
}
