package io.flinkmistral.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
 *
 * <p>The thread ends when the model is closed, and for nothing else: whatever a pass or a callback
 * throws is told to the pass's owner, and the others go on.
 */
public final class PassExecutor implements AutoCloseable {
  /**
   * Told of a pass on the executor's thread, or, where that has ended, on the thread that submits
   * or closes.
   */
  public interface Callback {
    void done(Pass.Result result);

    /** The pass threw {@code cause}, or {@link #done} did. */
    void failed(Throwable cause);
  }

  private sealed interface Job {
    void run(Function<Pass, Pass.Result> model);

    void failed(Throwable cause);
  }

  private record PassJob(Pass pass, Callback callback) implements Job {
    @Override
    public void run(Function<Pass, Pass.Result> model) {
      callback.done(model.apply(pass));
    }

    @Override
    public void failed(Throwable cause) {
      callback.failed(cause);
    }
  }

  private record Action(Runnable action) implements Job {
    @Override
    public void run(Function<Pass, Pass.Result> model) {
      action.run();
    }

    @Override
    public void failed(Throwable cause) {
      LOG.error("what was to be done after a pass was not done", cause);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(PassExecutor.class);

  private final BlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
  private final Function<Pass, Pass.Result> model;
  private final BooleanSupplier preparation;
  private final Thread thread;
  private volatile boolean closed;

  /** Whether the preparation said that nothing is left; the executor's thread's own. */
  private boolean prepared;

  /** What the preparation threw that the JVM may not survive: for the next pass's owner. */
  private Optional<Error> unreported = Optional.empty();

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
    for (Job job : queued) {
      if (job instanceof PassJob) {
        fail(job, new IllegalStateException("the model has been closed"));
      }
    }
  }

  private void loop() {
    while (!closed) {
      try {
        run(next());
      } catch (InterruptedException e) {
        // Closed: what is left in the queue is failed by whoever closes.
      } catch (Throwable cause) {
        say("the thread of forward passes goes on after an error", cause);
      }
    }
  }

  private void run(Job job) {
    try {
      if (job instanceof PassJob && unreported.isPresent()) {
        Error error = unreported.get();
        unreported = Optional.empty();
        throw error;
      }
      job.run(model);
    } catch (Throwable cause) { // An error in here must fail the job, not end the thread.
      fail(job, cause);
    }
  }

  private static void fail(Job job, Throwable cause) {
    try {
      job.failed(cause);
    } catch (Throwable again) {
      cause.addSuppressed(again);
      say("the owner of a forward pass could not be told that it has failed", cause);
    }
  }

  /** Also where there is no memory left for it. */
  private static void say(String what, Throwable cause) {
    try {
      LOG.error(what, cause);
    } catch (Throwable unsaid) {
      // There is nothing left to be done.
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
      if (cause instanceof VirtualMachineError error && !(cause instanceof StackOverflowError)) {
        unreported = Optional.of(error);
      }
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
