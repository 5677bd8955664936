package io.flinkmistral.engine.batch;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes for all who share a model: one batch, and one thread that runs its passes one after the
 * other, without waiting for any client. When there is nothing to be decoded it prepares later
 * passes, and sleeps when there is nothing left to do.
 *
 * <p>The thread ends when the model is closed, and for nothing else: what a pass throws is told to
 * the clients that took part in it, and the others go on.
 */
public final class Engine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  private final Pass.Runner model;
  private final BooleanSupplier preparation;
  private final Batch batch = new Batch();
  private final Thread thread;
  private volatile boolean closed;

  /** Whether the preparation said that nothing is left; the engine's thread's own. */
  private boolean prepared;

  /** Whether there is nothing to be prepared before the next pass. */
  private boolean idle;

  /** What the preparation threw that the JVM may not survive: for the next pass's clients. */
  private Optional<Error> unreported = Optional.empty();

  /**
   * @param model runs a pass
   * @param preparation for later passes, in steps that one can wait for: does the next one, and
   *     says whether there was one; it is not asked again after that
   */
  public Engine(String name, Pass.Runner model, BooleanSupplier preparation) {
    this.model = model;
    this.preparation = preparation;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::loop);
    thread.start();
  }

  /**
   * A new client.
   *
   * @param limits that it asks for
   * @param signal is run when the client is to look, on the engine's thread or another client's; it
   *     must return at once
   * @throws IllegalStateException if the model has been closed
   */
  public EngineClient join(BatchLimits limits, Runnable signal) {
    Member member = new Member(limits, signal);
    batch.add(member);
    return new EngineClient(batch, member);
  }

  /** Passes that were begun since the model was loaded. */
  public long passes() {
    return batch.passes();
  }

  /** Sequences of all clients that are being decoded. */
  public int running() {
    return batch.running();
  }

  /** Those who have joined and have not left. */
  public int clients() {
    return batch.members();
  }

  private void loop() {
    while (!closed) {
      try {
        Optional<Pass> pass = batch.next(idle);
        if (pass.isPresent()) {
          step(pass.get());
        }
      } catch (InterruptedException e) {
        // Closed: those who are left are told by whoever closes.
      } catch (
          Throwable cause) { // While a pass is planned, or its end told: whose it is is unknown.
        say("all who share the model are failed, and its thread goes on, after an error", cause);
        batch.failAll(cause);
      }
    }
  }

  private void step(Pass pass) {
    if (pass == Pass.NONE) {
      prepare();
      return;
    }
    idle = prepared;
    try {
      batch.passed(run(pass));
    } catch (Throwable cause) { // An error in here must fail the clients, not end the thread.
      batch.failed(cause);
    }
  }

  private List<Pass.Outcome> run(Pass pass) {
    if (unreported.isPresent()) {
      Error error = unreported.get();
      unreported = Optional.empty();
      throw error;
    }
    return model.run(pass);
  }

  private void prepare() {
    try {
      prepared = !preparation.getAsBoolean();
      idle = prepared;
    } catch (Throwable cause) { // An error in here must not end the thread.
      if (cause instanceof VirtualMachineError error && !(cause instanceof StackOverflowError)) {
        unreported = Optional.of(error);
      }
      idle = true;
      say("the next passes were not prepared, and do without or fail of the same", cause);
    }
  }

  /** Also where there is no memory left for it. */
  static void say(String what, Throwable cause) {
    try {
      LOG.error(what, cause);
    } catch (Throwable unsaid) {
      // There is nothing left to be done.
    }
  }

  /** Waits for the pass under way and ends the thread; all clients fail. */
  @Override
  public void close() {
    closed = true;
    batch.close();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    batch.failClosed();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
