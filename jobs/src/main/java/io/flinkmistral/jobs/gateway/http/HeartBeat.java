package io.flinkmistral.jobs.gateway.http;

import java.util.function.Consumer;

/**
 * Does something again and again, as long as there is somebody to do it for: each beat asks for the
 * next one, so that none follows one that is not run.
 */
final class HeartBeat {
  private final Consumer<Runnable> later;
  private final Runnable action;
  private volatile boolean stopped;

  /**
   * @param later runs what it is given after a while, unless there is nobody to run it for then
   */
  HeartBeat(Consumer<Runnable> later, Runnable action) {
    this.later = later;
    this.action = action;
  }

  void start() {
    later.accept(this::beat);
  }

  private void beat() {
    if (!stopped) {
      action.run();
      later.accept(this::beat);
    }
  }

  /** There is no further beat. */
  void stop() {
    stopped = true;
  }
}
