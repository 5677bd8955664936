package io.flinkmistral.jobs.bench.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flinkmistral.jobs.CommittedRecords;
import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import tools.jackson.databind.json.JsonMapper;

/** Reads tokens as anybody could who asks no gateway, in a thread of its own. */
final class PlainReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  private final TokenTimes times;
  private final CommittedRecords tokens;
  private final Thread thread = Thread.ofPlatform().name("plain-reader").unstarted(this::read);
  private volatile boolean closed;

  private PlainReader(String servers, TokenTimes times) {
    this.times = times;
    this.tokens = new CommittedRecords(servers, "tokens");
  }

  static PlainReader start(String servers, TokenTimes times) {
    PlainReader reader = new PlainReader(servers, times);
    reader.thread.start();
    return reader;
  }

  private void read() {
    try (tokens) {
      while (!closed) {
        ConsumerRecords<byte[], byte[]> records = tokens.poll(POLL);
        long now = System.nanoTime();
        for (ConsumerRecord<byte[], byte[]> record : records) {
          String text =
              JsonMapper.shared()
                  .readTree(new String(record.value(), UTF_8))
                  .path("text")
                  .asString();
          times.read(Integer.parseInt(text.strip()), now);
        }
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
