package io.flinkmistral.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that runs forward passes, for all who share a model: passes of several slots take
 * turns, so that they do not fight for the same cores. When there is none it prepares later ones,
 * and sleeps when there is nothing left to do.
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

  private static final Logger LOG = LoggerFactory.getLogger(PassExecutor.class);

  private final BlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
  private final Function<Pass, Pass.Result> model;
  private final BooleanSupplier preparation;
  private final Thread thread;
  private volatile boolean closed;

  /** Whether the preparation said that nothing is left; the executor's thread's own. */
  private boolean prepared;

  /**
   * @param model runs a pass
   * @param preparation for later passes, in steps that one can wait for: does the next one, and
   *     says whether there was one; it is not asked again after that
   */
  PassExecutor(String name, Function<Pass, Pass.Result> model, BooleanSupplier preparation) {
    this.model = model;
    this.preparation = preparation;
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
        next().run(model);
      }
    } catch (InterruptedException closed) {
      // What is left in the queue is failed by whoever closes.
    }
  }

  private Job next() throws InterruptedException {
    Job job = jobs.poll();
    while (job == null && !closed && !prepared && prepare()) {
      job = jobs.poll();
    }
    return job == null ? jobs.take() : job;
  }

  private boolean prepare() {
    try {
      prepared = !preparation.getAsBoolean();
      return !prepared;
    } catch (Throwable cause) { // An error in here must not end the thread.
      LOG.warn("the next passes were not prepared, and do without or fail of the same", cause);
      return false;
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
