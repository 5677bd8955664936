package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.jobs.kafka.KafkaProperties;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.protocol.ConversationIds;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes to the topic of prompts. Any thread may. */
public final class PromptWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PromptWriter.class);

  /** Topics say how long a record may be. */
  private static final int MAX_REQUEST_BYTES = 64 << 20;

  /** Who waits for an answer should hear soon that nobody takes the question. */
  private static final int PATIENCE_MILLIS = 30_000;

  private static final int BLOCK_MILLIS = 10_000;

  private final String topic;
  private final Producer<byte[], byte[]> producer;

  public PromptWriter(ReadableConfig options) {
    this(ChatTopic.PROMPTS.in(options), producer(options));
  }

  /** By another's producer, which it closes. */
  public PromptWriter(String topic, Producer<byte[], byte[]> producer) {
    this.topic = topic;
    this.producer = producer;
  }

  private static Producer<byte[], byte[]> producer(ReadableConfig options) {
    Properties properties = KafkaProperties.client(options);
    properties.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    properties.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 0);
    properties.putIfAbsent(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, BLOCK_MILLIS);
    properties.putIfAbsent(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
    properties.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, BLOCK_MILLIS);
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** What all records of a conversation, and of its forks, have as their key. */
  public static byte[] key(String conversation) {
    return ConversationIds.root(conversation).getBytes(StandardCharsets.UTF_8);
  }

  /** Where a record is in the topic. */
  public record Place(int partition, long offset) {}

  /**
   * Writes a request, and waits until the broker has it.
   *
   * @throws ApiException if it does not take it
   */
  public Place send(Call.Request request, byte[] value, List<Header> headers)
      throws InterruptedException {
    byte[] key = key(request.conversation());
    try {
      RecordMetadata written =
          producer.send(new ProducerRecord<>(topic, null, key, value, headers)).get();
      return new Place(written.partition(), written.offset());
    } catch (ExecutionException e) {
      throw refused(e.getCause(), value.length);
    } catch (KafkaException e) {
      throw refused(e, value.length);
    }
  }

  private ApiException refused(Throwable reason, int bytes) {
    if (reason instanceof RecordTooLargeException) {
      return ApiException.refused(
          413,
          "",
          "request_too_large",
          "the request has %d bytes, which is more than topic %s takes".formatted(bytes, topic));
    }
    LOG.error("cannot write to topic {}: {}", topic, reason.getMessage());
    return ApiException.failed(
        503, "broker_unavailable", "the request could not be written to the broker: try again");
  }

  /** Ends a request, wherever it is. Nobody waits for that. */
  public void cancel(Call.Request request) {
    request.conversations().forEach(conversation -> cancel(request, conversation));
  }

  private void cancel(Call.Request request, String conversation) {
    ObjectNode cancel = JsonRecord.empty();
    cancel.put("cancel", request.id());
    cancel.put("conversation_id", conversation);
    try {
      producer.send(
          new ProducerRecord<>(topic, key(conversation), JsonRecord.write(cancel)),
          (_, failure) -> {
            if (failure != null) {
              LOG.warn("cannot cancel request {}: {}", request.id(), failure.getMessage());
            }
          });
    } catch (KafkaException e) {
      LOG.warn("cannot cancel request {}: {}", request.id(), e.getMessage());
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
