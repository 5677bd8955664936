package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.topics.ChatTopic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
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
import tools.jackson.databind.node.ObjectNode;

/**
 * One look at the requests of a conversation, and at what was said of them. A topic's partition is
 * that of the record's key, as Kafka's own producers choose it, so one partition of each is read.
 */
public final class LookBack implements AutoCloseable {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Duration POLL = Duration.ofMillis(200);

  /** Without a record: the topic may be another one now, or the broker gone. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Clocks of gateways and TaskManagers may differ by so much. */
  private static final Duration SKEW = Duration.ofMinutes(1);

  private final ReadableConfig options;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final BooleanSupplier gone;
  private final Runnable whenClosed;
  private final byte[] key;
  private final TopicPartition prompts;
  private final long from;
  private long next;

  /**
   * A request that was found.
   *
   * @param time of its record, in milliseconds since 1970
   * @param json the record
   */
  public record Earlier(long time, ObjectNode json) {
    public String id() {
      return json.path("request_id").asString("");
    }

    /** Those in one of which it is answered: a fork may go on in its source. */
    Set<String> conversations() {
      Set<String> all = new LinkedHashSet<>();
      all.add(json.path("conversation_id").asString(""));
      JsonNode fork = json.path("fork");
      if (fork.has("after")) {
        all.add(fork.path("conversation_id").asString(""));
      }
      return all;
    }
  }

  private LookBack(
      ReadableConfig options,
      KafkaConsumer<byte[], byte[]> consumer,
      Duration back,
      String conversation,
      BooleanSupplier gone,
      Runnable whenClosed) {
    this.options = options;
    this.consumer = consumer;
    this.gone = gone;
    this.whenClosed = whenClosed;
    this.key = PromptWriter.key(conversation);
    this.prompts = partition(ChatTopic.PROMPTS, key);
    this.from = System.currentTimeMillis() - back.toMillis();
    this.next = offset(prompts, from);
  }

  /**
   * @param gone whether nobody wants to know any more
   * @param whenClosed is run when it is closed
   */
  static LookBack begin(
      ReadableConfig options,
      Duration back,
      String conversation,
      BooleanSupplier gone,
      Runnable whenClosed) {
    KafkaConsumer<byte[], byte[]> consumer = ReaderSettings.consumer(options);
    boolean begun = false;
    try {
      LookBack look = new LookBack(options, consumer, back, conversation, gone, whenClosed);
      begun = true;
      return look;
    } finally {
      if (!begun) {
        consumer.close();
      }
    }
  }

  /**
   * The last request whose id begins so, among those that were not looked at yet; the first record
   * of it, and none that was cancelled.
   *
   * @param prefix of ids
   */
  public Optional<Earlier> last(String prefix) {
    return last(prefix, Long.MAX_VALUE);
  }

  /** The same of those before the record. */
  public Optional<Earlier> last(String prefix, PromptWriter.Place before) {
    // In another partition, if the topic was given more, there is nothing of before.
    return before.partition() == prompts.partition()
        ? last(prefix, before.offset())
        : Optional.empty();
  }

  private Optional<Earlier> last(String prefix, long before) {
    SequencedMap<String, Earlier> found = new LinkedHashMap<>();
    read(
        prompts,
        next,
        before,
        record -> {
          json(record, key)
              .map(json -> new Earlier(record.timestamp(), json))
              // Clocks differ, and so an older one may stand behind a younger one.
              .filter(earlier -> earlier.time() >= from)
              .ifPresent(
                  earlier -> {
                    found.remove(earlier.json().path("cancel").asString(""));
                    if (earlier.id().startsWith(prefix)) {
                      found.putIfAbsent(earlier.id(), earlier);
                    }
                  });
          next = record.offset() + 1;
          return !gone.getAsBoolean();
        });
    return found.isEmpty() ? Optional.empty() : Optional.of(found.lastEntry().getValue());
  }

  /** The error that a request has ended with, if it has. */
  public Optional<JsonNode> error(Earlier earlier) {
    AtomicReference<JsonNode> found = new AtomicReference<>();
    said(
        ChatTopic.COMPLETIONS,
        earlier,
        record -> {
          if (record.has("error")) {
            found.set(record.get("error"));
          }
          return !gone.getAsBoolean();
        });
    return Optional.ofNullable(found.get());
  }

  /** Tells the call what was said of its request since that. */
  public void replay(Earlier earlier, Call call) {
    // One after the other: a completion tells all at once, and pieces are wanted before it.
    for (ChatTopic topic : List.of(ChatTopic.TOKENS, ChatTopic.COMPLETIONS)) {
      said(
          topic,
          earlier,
          record -> {
            call.acceptEarlier(record);
            return !call.isOver() && !gone.getAsBoolean();
          });
    }
  }

  private void said(ChatTopic topic, Earlier earlier, Predicate<ObjectNode> goOn) {
    earlier.conversations().forEach(one -> said(topic, earlier, one, goOn));
  }

  private void said(
      ChatTopic topic, Earlier earlier, String conversation, Predicate<ObjectNode> goOn) {
    byte[] of = conversation.getBytes(StandardCharsets.UTF_8);
    TopicPartition partition = partition(topic, of);
    read(
        partition,
        offset(partition, earlier.time() - SKEW.toMillis()),
        Long.MAX_VALUE,
        record ->
            json(record, of)
                .filter(json -> earlier.id().equals(json.path("request_id").asString("")))
                .map(goOn::test)
                .orElseGet(() -> !gone.getAsBoolean()));
  }

  private TopicPartition partition(ChatTopic topic, byte[] ofKey) {
    String name = topic.in(options);
    int partitions = consumer.partitionsFor(name).size();
    return new TopicPartition(name, Utils.toPositive(Utils.murmur2(ofKey)) % partitions);
  }

  /** The first one of that time, or later. */
  private long offset(TopicPartition partition, long time) {
    OffsetAndTimestamp first =
        consumer.offsetsForTimes(Map.of(partition, Math.max(0, time))).get(partition);
    return first == null ? end(partition) : first.offset();
  }

  private long end(TopicPartition partition) {
    return consumer.endOffsets(List.of(partition)).get(partition);
  }

  /** Those of another key, and what is no JSON, are of others. */
  private static Optional<ObjectNode> json(ConsumerRecord<byte[], byte[]> record, byte[] key) {
    if (record.value() == null || !Arrays.equals(record.key(), key)) {
      return Optional.empty();
    }
    try {
      return MAPPER.readTree(record.value()) instanceof ObjectNode json
          ? Optional.of(json)
          : Optional.empty();
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /** What is there now, before the offset, until {@code goOn} has had enough. */
  private void read(
      TopicPartition partition,
      long from,
      long before,
      Predicate<ConsumerRecord<byte[], byte[]>> goOn) {
    long end = Math.min(before, end(partition));
    if (from >= end) {
      return;
    }
    consumer.assign(List.of(partition));
    consumer.seek(partition, from);
    long lastNanos = System.nanoTime();
    while (consumer.position(partition) < end) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> record : records) {
        if (record.offset() >= end || !goOn.test(record)) {
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

  @Override
  public void close() {
    try {
      consumer.close();
    } finally {
      whenClosed.run();
    }
  }
}
