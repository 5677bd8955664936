package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.topics.ChatTopic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
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
          List.of(partition(consumer, ChatTopic.PROMPTS.in(options), key)),
          from,
          record -> {
            json(record, key)
                .filter(json -> request.id().equals(json.path("request_id").asString("")))
                .ifPresent(json -> found.add(new Earlier(record.timestamp(), json)));
            return found.isEmpty() && !call.isOver();
          });
    }
    return found.stream().findFirst();
  }

  /** Tells the call what was said of its request since that. */
  public void replay(Earlier earlier, Call call) {
    byte[] key = call.request().conversation().getBytes(StandardCharsets.UTF_8);
    try (KafkaConsumer<byte[], byte[]> consumer = ReaderSettings.consumer(options)) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (ChatTopic topic : List.of(ChatTopic.TOKENS, ChatTopic.COMPLETIONS)) {
        partitions.add(partition(consumer, topic.in(options), key));
      }
      // One after the other: a completion tells all at once, and pieces are wanted before it.
      for (TopicPartition partition : partitions) {
        read(
            consumer,
            List.of(partition),
            earlier.time() - SKEW.toMillis(),
            record -> {
              json(record, key)
                  .filter(json -> call.request().id().equals(json.path("request_id").asString("")))
                  .ifPresent(call::acceptEarlier);
              return !call.isOver();
            });
      }
    }
  }

  private static TopicPartition partition(
      KafkaConsumer<byte[], byte[]> consumer, String topic, byte[] key) {
    int partitions = consumer.partitionsFor(topic).size();
    return new TopicPartition(topic, Utils.toPositive(Utils.murmur2(key)) % partitions);
  }

  /** Those of another key, and what is no JSON, are of others. */
  private static Optional<JsonNode> json(ConsumerRecord<byte[], byte[]> record, byte[] key) {
    if (record.value() == null || !Arrays.equals(record.key(), key)) {
      return Optional.empty();
    }
    try {
      return Optional.of(MAPPER.readTree(record.value()));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /** All that is there now, until {@code goOn} has had enough. */
  private static void read(
      KafkaConsumer<byte[], byte[]> consumer,
      List<TopicPartition> partitions,
      long from,
      Predicate<ConsumerRecord<byte[], byte[]>> goOn) {
    consumer.assign(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(partition -> times.put(partition, Math.max(0, from)));
    Map<TopicPartition, OffsetAndTimestamp> starts = consumer.offsetsForTimes(times);
    for (TopicPartition partition : partitions) {
      OffsetAndTimestamp start = starts.get(partition);
      consumer.seek(partition, start == null ? ends.get(partition) : start.offset());
    }
    long lastNanos = System.nanoTime();
    while (isBefore(consumer, ends)) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> record : records) {
        if (!goOn.test(record)) {
          return;
        }
      }
      if (!records.isEmpty()) {
        lastNanos = System.nanoTime();
      } else if (System.nanoTime() - lastNanos > PATIENCE.toNanos()) {
        throw new TimeoutException("no records of %s for %s".formatted(partitions, PATIENCE));
      }
    }
  }

  private static boolean isBefore(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
  }
}
