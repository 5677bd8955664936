package io.flinkmistral.jobs.chaos;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends the requests in their order, so many ahead of the answers that there is always work, and so
 * few that the source has to read throughout the run.
 *
 * <p>On a thread of its own: a producer that has lost its broker forgets the topic, and waits to
 * hear of it again. Who starts the broker again must not wait with it.
 */
final class Load implements AutoCloseable {
  /** So many requests later its cancellation comes: some are being answered then, some wait. */
  private static final int CANCELLED_AFTER = 3;

  private final List<ChaosRequest> requests;
  private final int ahead;
  private final KafkaProducer<byte[], byte[]> producer;
  private final ExecutorService sender = Executors.newSingleThreadExecutor();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private int sent;
  private int cancelled;

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
      ChaosRequest request = requests.get(sent);
      sender.execute(() -> send(request.record("prompts")));
      cancel(sent - CANCELLED_AFTER);
    }
    while (end == requests.size() && cancelled < end) {
      cancel(cancelled);
    }
  }

  /** Where the request is one that is to be cancelled. */
  private void cancel(int number) {
    if (number >= cancelled && number >= 0) {
      cancelled = number + 1;
      ChaosRequest request = requests.get(number);
      if (request.ending() == Ending.CANCELLATION) {
        sender.execute(() -> send(request.cancellation("prompts")));
      }
    }
  }

  private void send(ProducerRecord<byte[], byte[]> record) {
    try {
      producer.send(record, (_, e) -> note(e));
    } catch (KafkaException e) {
      note(e);
    }
  }

  private void note(Exception e) {
    if (e != null) {
      failure.set(e);
    }
  }

  @Override
  public void close() {
    sender.shutdownNow();
    producer.close();
  }
}
