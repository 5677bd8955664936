package io.flinkmistral.jobs.chaos;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends the requests in their order, so many ahead of the answers that there is always work, and so
 * few that the source has to read throughout the run.
 */
final class Load implements AutoCloseable {
  private final List<ChaosRequest> requests;
  private final int ahead;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private int sent;

  /**
   * @param ahead requests that are under way at the same time
   */
  Load(String bootstrapServers, List<ChaosRequest> requests, int ahead) {
    this.requests = requests;
    this.ahead = ahead;
    // Idempotent, by default: what it sends again because the broker died is there once.
    this.producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /**
   * Sends what may be sent.
   *
   * @param ended requests of which the last piece was streamed
   */
  void send(int ended) {
    if (failure.get() != null) {
      throw new IllegalStateException("a request could not be sent", failure.get());
    }
    int end = Math.min(requests.size(), ended + ahead);
    for (; sent < end; sent++) {
      producer.send(
          requests.get(sent).record("prompts"),
          (_, e) -> {
            if (e != null) {
              failure.set(e);
            }
          });
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
