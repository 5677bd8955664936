package io.flinkmistral.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;

/**
 * The one thread that runs forward passes, for all who share a model: passes of several slots take
 * turns, so that they do not fight for the same cores. It sleeps when there is nothing to do.
 */
public final class PassExecutor implements AutoCloseable {
  /**
   * Told of a pass on the executor's thread, or, where that has ended, on the thread that submits
   * or closes.
   */
  public interface Callback {
    void done(Pass.Result result);

    void failed(Throwable cause);
  }

  private sealed interface Job {
    void run(Function<Pass, Pass.Result> model);

    void modelClosed();
  }

  private record PassJob(Pass pass, Callback callback) implements Job {
    @Override
    public void run(Function<Pass, Pass.Result> model) {
      Pass.Result result;
      try {
        result = model.apply(pass);
      } catch (Throwable cause) { // An error in here must fail the job, not end the thread.
        callback.failed(cause);
        return;
      }
      callback.done(result);
    }

    @Override
    public void modelClosed() {
      callback.failed(new IllegalStateException("the model has been closed"));
    }
  }

  private record Action(Runnable action) implements Job {
    @Override
    public void run(Function<Pass, Pass.Result> model) {
      action.run();
    }

    @Override
    public void modelClosed() {}
  }

  private final BlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
  private final Function<Pass, Pass.Result> model;
  private final Thread thread;
  private volatile boolean closed;

  PassExecutor(String name, Function<Pass, Pass.Result> model) {
    this.model = model;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::loop);
    thread.start();
  }

  /** Queues a pass and returns at once; it fails if the executor is closed. */
  public void submit(Pass pass, Callback callback) {
    add(new PassJob(pass, callback));
  }

  /** Has {@code action} run when the passes queued so far are done; not if the model goes first. */
  public void afterPasses(Runnable action) {
    add(new Action(action));
  }

  private void add(Job job) {
    jobs.add(job);
    if (closed) {
      failQueued();
    }
  }

  private void failQueued() {
    List<Job> queued = new ArrayList<>();
    jobs.drainTo(queued);
    queued.forEach(Job::modelClosed);
  }

  private void loop() {
    try {
      while (true) {
        jobs.take().run(model);
      }
    } catch (InterruptedException closed) {
      // What is left in the queue is failed by whoever closes.
    }
  }

  /** Waits for the pass under way and ends the thread; queued passes fail. */
  @Override
  public void close() {
    closed = true;
    failQueued();
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    failQueued();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
