package io.flinkmistral.engine.batch;

import io.flinkmistral.generation.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/** A client whose thread is the test's: it waits for signals, and takes what has come. */
public final class WaitingClient {
  private final Semaphore signals = new Semaphore(0);
  private final List<Progress> taken = new ArrayList<>();
  private final EngineClient client;

  public WaitingClient(Engine engine, int conversations, int prefillTokens) {
    client = engine.join(new BatchLimits(conversations, prefillTokens), signals::release);
  }

  public EngineClient client() {
    return client;
  }

  public void start(Sequence sequence) throws InterruptedException {
    while (!client.tryTakePlace()) {
      signals.acquire();
    }
    client.start(sequence);
  }

  /** Waits until it has been told of something. */
  public <P extends Progress> P await(Class<P> kind, Predicate<P> condition)
      throws InterruptedException {
    while (true) {
      for (Progress progress : taken) {
        if (kind.isInstance(progress) && condition.test(kind.cast(progress))) {
          return kind.cast(progress);
        }
      }
      signals.acquire();
      taken.addAll(client.take());
    }
  }

  public void awaitEnd(Sequence sequence) throws InterruptedException {
    await(Progress.Advanced.class, one -> one.sequence() == sequence && one.ended());
  }

  public Throwable awaitFailure() throws InterruptedException {
    return await(Progress.Failed.class, failed -> true).cause();
  }

  public void awaitSignal() throws InterruptedException {
    signals.acquire();
  }

  public List<Progress> taken() {
    return taken;
  }
}
