package io.flinkmistral.jobs.bench.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flinkmistral.jobs.CommittedRecords;
import io.flinkmistral.jobs.json.JsonRecord;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers requests without a model: writes a token at each tick of a clock, the requests in turn.
 * An answer has as many tokens as were asked for at most.
 */
final class FakeJob implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  private final TokenTimes times;
  private final long tickNanos;
  private final CommittedRecords prompts;
  private final KafkaProducer<byte[], byte[]> producer;
  private final BlockingQueue<Answer> open = new LinkedBlockingQueue<>();
  private final Thread reader = Thread.ofPlatform().name("fake-job-reader").unstarted(this::read);
  private final Thread writer = Thread.ofPlatform().name("fake-job-writer").unstarted(this::write);
  private volatile int tokens;
  private volatile boolean closed;

  /** What is being answered. */
  private record Answer(String request, String conversation, int index, int most) {
    private Answer next() {
      return new Answer(request, conversation, index + 1, most);
    }

    private boolean isLast() {
      return index == most;
    }
  }

  private FakeJob(String servers, TokenTimes times, int tokensPerSecond) {
    this.times = times;
    this.tickNanos = 1_000_000_000L / tokensPerSecond;
    this.prompts = new CommittedRecords(servers, "prompts");
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                servers,
                ProducerConfig.LINGER_MS_CONFIG,
                0),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  static FakeJob start(String servers, TokenTimes times, int tokensPerSecond) {
    FakeJob job = new FakeJob(servers, times, tokensPerSecond);
    job.reader.start();
    job.writer.start();
    return job;
  }

  /** How many it has written. */
  int tokens() {
    return tokens;
  }

  private void read() {
    try (prompts) {
      while (!closed) {
        prompts.poll(POLL).forEach(this::take);
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    JsonNode json = JsonMapper.shared().readTree(record.value());
    if (json.has("messages")) {
      open.add(
          new Answer(
              json.path("request_id").asString(),
              json.path("conversation_id").asString(),
              1,
              json.path("max_tokens").asInt()));
    }
  }

  private void write() {
    long tick = System.nanoTime();
    while (!closed && tokens < times.most()) {
      Answer answer = open.poll();
      if (answer != null) {
        write(answer);
        if (!answer.isLast()) {
          open.add(answer.next());
        }
      }
      tick += tickNanos;
      while (System.nanoTime() < tick) {
        LockSupport.parkNanos(tick - System.nanoTime());
      }
    }
  }

  private void write(Answer answer) {
    int token = tokens;
    ObjectNode piece = JsonRecord.empty();
    piece.put("request_id", answer.request());
    piece.put("conversation_id", answer.conversation());
    piece.put("choice", 0);
    piece.put("index", answer.index());
    piece.put("text", token + " ");
    if (answer.isLast()) {
      piece.put("finish_reason", "length");
      piece
          .putObject("usage")
          .put("prompt_tokens", 1)
          .put("completion_tokens", answer.index())
          .put("total_tokens", answer.index() + 1);
    }
    byte[] value = JsonRecord.write(piece);
    times.written(token);
    producer.send(new ProducerRecord<>("tokens", answer.conversation().getBytes(UTF_8), value));
    tokens = token + 1;
  }

  @Override
  public void close() {
    closed = true;
    try {
      writer.join();
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close();
  }
}
