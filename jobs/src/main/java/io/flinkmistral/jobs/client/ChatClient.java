package io.flinkmistral.jobs.client;

import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.topics.ChatTopic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One who asks: writes to the topic of prompts and reads what comes of it. One thread may send
 * while another one polls.
 */
public final class ChatClient implements AutoCloseable {
  /** So long that it is the job that refuses a long prompt, and says why. */
  private static final int MAX_PROMPT_BYTES = 16 << 20;

  private static final JsonMapper MAPPER = new JsonMapper();

  private final String prompts;
  private final String tokens;
  private final String deadLetters;
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaConsumer<byte[], byte[]> consumer;

  /**
   * @param fromBeginning whether what was there before is read, too
   */
  public ChatClient(ReadableConfig options, boolean fromBeginning) {
    this.prompts = ChatTopic.PROMPTS.in(options);
    this.tokens = ChatTopic.TOKENS.in(options);
    this.deadLetters = ChatTopic.DEAD_LETTERS.in(options);
    String servers = options.get(ChatJobOptions.BOOTSTRAP_SERVERS);
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                servers,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                MAX_PROMPT_BYTES),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                servers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    read(fromBeginning, tokens, deadLetters, ChatTopic.COMPLETIONS.in(options));
  }

  private void read(boolean fromBeginning, String... topics) {
    List<TopicPartition> partitions =
        Stream.of(topics)
            .flatMap(t -> consumer.partitionsFor(t).stream())
            .map(p -> new TopicPartition(p.topic(), p.partition()))
            .toList();
    consumer.assign(partitions);
    if (fromBeginning) {
      consumer.seekToBeginning(partitions);
    } else {
      consumer.seekToEnd(partitions);
      // Asks for the ends now, and not when it first reads.
      partitions.forEach(consumer::position);
    }
  }

  /**
   * Writes a prompt.
   *
   * @param key null where it has none
   * @return where it stands
   */
  public RecordMetadata send(byte[] key, byte[] value) throws IOException, InterruptedException {
    try {
      return producer.send(new ProducerRecord<>(prompts, key, value)).get();
    } catch (ExecutionException e) {
      throw new IOException("cannot send a prompt: " + e.getCause().getMessage(), e);
    }
  }

  /** What has come since the last call; waits for something up to {@code timeout}. */
  public List<Outcome> poll(Duration timeout) {
    List<Outcome> outcomes = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
      outcomes.add(outcome(record));
    }
    return outcomes;
  }

  private Outcome outcome(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(deadLetters)) {
      return new Outcome.DeadLetter(
          Integer.parseInt(errorHeader(record, "partition")),
          Long.parseLong(errorHeader(record, "offset")),
          errorHeader(record, "message"));
    }
    JsonNode json = MAPPER.readTree(record.value());
    String requestId = json.get("request_id").stringValue();
    return record.topic().equals(tokens)
        ? new Outcome.Token(
            requestId,
            json.get("index").intValue(),
            json.get("text").stringValue(),
            json.has("finish_reason"))
        : new Outcome.Answer(
            json.path("conversation_id").asString(""),
            requestId,
            new String(record.value(), StandardCharsets.UTF_8));
  }

  private static String errorHeader(ConsumerRecord<byte[], byte[]> letter, String name) {
    Header header = letter.headers().lastHeader("__streams.errors." + name);
    return new String(header.value(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
    consumer.close();
  }
}
