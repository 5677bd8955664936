package io.flinkmistral.kernel;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/** A team of one: the caller does all tasks, in order. */
final class CallerPool implements WorkPool {
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile boolean closed;

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
  }
}
