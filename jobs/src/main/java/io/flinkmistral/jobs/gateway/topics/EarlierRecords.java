package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.topics.ChatTopic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.utils.Utils;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Looks back in the topics, so far as an option says, for a request that was sent before, perhaps
 * by another gateway, and for what was said of it. A topic's partition is that of the record's key,
 * as Kafka's own producers choose it, so one partition of each is read.
 */
public final class EarlierRecords {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Duration POLL = Duration.ofMillis(200);

  /** Without a record: the topic may be another one now, or the broker gone. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Clocks of gateways and TaskManagers may differ by so much. */
  private static final Duration SKEW = Duration.ofMinutes(1);

  private final ReadableConfig options;
  private final Duration back;

  /**
   * A request that was found.
   *
   * @param time of its record, in milliseconds since 1970
   * @param json the record
   */
  public record Earlier(long time, JsonNode json) {}

  /**
   * @param back how far
   */
  public EarlierRecords(ReadableConfig options, Duration back) {
    this.options = options;
    this.back = back;
  }

  /** The first record of the call's request, if there is one. */
  public Optional<Earlier> find(Call call) {
    Call.Request request = call.request();
    byte[] key = PromptWriter.key(request.conversation());
    long from = System.currentTimeMillis() - back.toMillis();
    List<Earlier> found = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = ReaderSettings.consumer(options)) {
      read(
          consumer,
          partition(consumer, ChatTopic.PROMPTS.in(options), key),
          from,
          record -> {
            json(record, key, request.id())
                .ifPresent(json -> found.add(new Earlier(record.timestamp(), json)));
            return found.isEmpty() && !call.isOver();
          });
    }
    return found.stream().findFirst();
  }

  /** Tells the call what was said of its request since that. */
  public void replay(Earlier earlier, Call call) {
    try (KafkaConsumer<byte[], byte[]> consumer = ReaderSettings.consumer(options)) {
      // One after the other: a completion tells all at once, and pieces are wanted before it.
      for (ChatTopic topic : List.of(ChatTopic.TOKENS, ChatTopic.COMPLETIONS)) {
        for (String conversation : call.request().conversations()) {
          byte[] key = conversation.getBytes(StandardCharsets.UTF_8);
          read(
              consumer,
              partition(consumer, topic.in(options), key),
              earlier.time() - SKEW.toMillis(),
              record -> {
                json(record, key, call.request().id()).ifPresent(call::acceptEarlier);
                return !call.isOver();
              });
        }
      }
    }
  }

  private static TopicPartition partition(
      KafkaConsumer<byte[], byte[]> consumer, String topic, byte[] key) {
    int partitions = consumer.partitionsFor(topic).size();
    return new TopicPartition(topic, Utils.toPositive(Utils.murmur2(key)) % partitions);
  }

  /** What is said of a request. Those of another key, and what is no JSON, are of others. */
  private static Optional<JsonNode> json(
      ConsumerRecord<byte[], byte[]> record, byte[] key, String request) {
    if (record.value() == null || !Arrays.equals(record.key(), key)) {
      return Optional.empty();
    }
    try {
      return Optional.of(MAPPER.readTree(record.value()))
          .filter(json -> request.equals(json.path("request_id").asString("")));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /** All that is there now, until {@code goOn} has had enough. */
  private static void read(
      KafkaConsumer<byte[], byte[]> consumer,
      TopicPartition partition,
      long from,
      Predicate<ConsumerRecord<byte[], byte[]>> goOn) {
    List<TopicPartition> one = List.of(partition);
    consumer.assign(one);
    long end = consumer.endOffsets(one).get(partition);
    OffsetAndTimestamp start =
        consumer.offsetsForTimes(Map.of(partition, Math.max(0, from))).get(partition);
    consumer.seek(partition, start == null ? end : start.offset());
    long lastNanos = System.nanoTime();
    while (consumer.position(partition) < end) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> record : records) {
        if (!goOn.test(record)) {
          return;
        }
      }
      if (!records.isEmpty()) {
        lastNanos = System.nanoTime();
      } else if (System.nanoTime() - lastNanos > PATIENCE.toNanos()) {
        throw new TimeoutException("no records of %s for %s".formatted(partition, PATIENCE));
      }
    }
  }
}
