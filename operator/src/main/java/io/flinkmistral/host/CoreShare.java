package io.flinkmistral.host;

/** How many threads an engine is to work with, which may change while it does. */
public interface CoreShare extends AutoCloseable {
  /**
   * Those of this process.
   *
   * @param threads as many, whatever there is; 0 for the physical cores that this process may use,
   *     less those that other engines of the host work on
   */
  static CoreShare ofThisProcess(int threads) {
    return EngineCores.open(threads);
  }

  /** So many threads, on cores that nobody else works on. */
  static CoreShare fixed(int threads) {
    return new FixedShare(threads);
  }

  /** The most threads that it will ever be. */
  int most();

  /** Threads to work with now, at least 1. Asked before each step of a computation: it is cheap. */
  int now();

  /** What the time of those threads that wait is worth; as of the last {@link #now}. */
  CoreUse use();

  @Override
  void close();
}
