package io.flinkmistral.generation;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;

/**
 * The one thread that runs forward passes, for all who share a model: passes of several slots take
 * turns, so that they do not fight for the same cores. It sleeps when there is nothing to do.
 */
public final class PassExecutor implements AutoCloseable {
  /** Told of a pass on the executor's thread. */
  public interface Callback {
    void done(Pass.Result result);

    void failed(Throwable cause);
  }

  private final BlockingQueue<Runnable> jobs = new LinkedBlockingQueue<>();
  private final Function<Pass, Pass.Result> model;
  private final Thread thread;

  PassExecutor(String name, Function<Pass, Pass.Result> model) {
    this.model = model;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::loop);
    thread.start();
  }

  /** Queues a pass and returns at once. */
  public void submit(Pass pass, Callback callback) {
    jobs.add(() -> run(pass, callback));
  }

  /** Has {@code action} run when the passes queued so far are done; not if the model goes first. */
  public void afterPasses(Runnable action) {
    jobs.add(action);
  }

  private void run(Pass pass, Callback callback) {
    Pass.Result result;
    try {
      result = model.apply(pass);
    } catch (Throwable cause) { // An error in here must fail the job, not end the thread.
      callback.failed(cause);
      return;
    }
    callback.done(result);
  }

  private void loop() {
    try {
      while (true) {
        jobs.take().run();
      }
    } catch (InterruptedException closed) {
      // Nobody waits for what is left in the queue.
    }
  }

  /** Waits for the pass under way and ends the thread; queued passes are dropped. */
  @Override
  public void close() {
    jobs.clear();
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
