package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.batch.EngineClient;
import io.flinkmistral.generation.Scoring;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.configuration.Configuration;

/** No pass of the model begins until this is closed. */
final class StandingModel implements AutoCloseable {
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final LanguageModel model;
  private final KvCache cache;
  private final EngineClient client;

  StandingModel(Configuration options) throws Exception {
    model = OperatorHarness.model(options);
    cache = model.newCache(0);
    CountDownLatch stands = new CountDownLatch(1);
    client =
        model
            .engine()
            .join(
                new BatchLimits(1, 1),
                () -> {
                  stands.countDown();
                  awaitEnd();
                });
    assertThat(client.tryTakePlace()).isTrue();
    client.start(Scoring.next(cache, new int[] {1}, new int[] {1}));
    stands.await();
  }

  /** On the engine's thread, after the pass that this client's sequence has ended with. */
  private void awaitEnd() {
    try {
      goOn.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    goOn.countDown();
    client.close(cache::close);
  }
}
