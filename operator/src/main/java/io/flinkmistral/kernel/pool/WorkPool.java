package io.flinkmistral.kernel.pool;

import io.flinkmistral.host.CoreShare;
import java.util.function.IntConsumer;

/** A fixed team of threads that share the tasks of one computation after the other. */
public interface WorkPool extends AutoCloseable {
  /** A team of so many threads, the caller included. */
  static WorkPool of(int threads) {
    return of(CoreShare.fixed(threads));
  }

  /**
   * A team of as many threads as the share of the host's cores is, the caller included. The others
   * spin for a moment between two computations, and sleep when none comes. The pool closes the
   * share.
   */
  static WorkPool of(CoreShare cores) {
    if (cores.most() < 1) {
      throw new IllegalArgumentException(
          "a pool of %d threads cannot work".formatted(cores.most()));
    }
    return cores.most() == 1 ? new CallerPool(cores) : new SpinParkPool(cores);
  }

  /** The most threads that work, the caller included. */
  int threads();

  /**
   * Runs {@code task} once for each number from 0 to {@code tasks - 1}, on the threads that the
   * share is now, and returns when all are done. One caller at a time, and never from within a
   * task. What a task throws is thrown here, after all threads have stopped; tasks that were not
   * begun by then are left out.
   *
   * @throws IllegalStateException where the pool is closed, or busy with another computation
   */
  void run(int tasks, IntConsumer task);

  /** Ends the threads and waits for them. Closing again does nothing. */
  @Override
  void close();
}
