package io.flinkmistral.kernel;

import java.util.function.IntConsumer;

/** A fixed team of threads that share the tasks of one computation after the other. */
public interface WorkPool extends AutoCloseable {
  /** The number of threads that work, the caller included. */
  int threads();

  /**
   * Runs {@code task} once for each number from 0 to {@code tasks - 1}, on all threads, and returns
   * when all are done. One caller at a time. What a task throws is thrown here, after all are done.
   */
  void run(int tasks, IntConsumer task);

  @Override
  void close();
}
