package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.gateway.dialogue.AnsweredElsewhere;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.topics.ChatTopic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads what the job says, from the end of its topics on, in a thread of its own, and tells those
 * who wait. It has no group, and commits nothing: each gateway reads all, and looks into no piece
 * of a conversation that nobody here waits for.
 */
public final class AnswerReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerReader.class);
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(1);

  /** Topics may be given more partitions. */
  private static final Duration BETWEEN_LOOKS = Duration.ofMinutes(1);

  private final LiveCalls calls;
  private final AnsweredElsewhere elsewhere;
  private final String tokens;
  private final List<String> topics;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Thread thread = Thread.ofPlatform().name("gateway-answers").unstarted(this::run);
  private long lastLook = System.nanoTime();
  private volatile boolean closed;

  private AnswerReader(ReadableConfig options, LiveCalls calls, AnsweredElsewhere elsewhere) {
    this.calls = calls;
    this.elsewhere = elsewhere;
    this.tokens = ChatTopic.TOKENS.in(options);
    this.topics =
        Stream.of(ChatTopic.TOKENS, ChatTopic.COMPLETIONS).map(t -> t.in(options)).toList();
    this.consumer = ReaderSettings.consumer(options);
  }

  /** Starts to read. What comes after this returns is read. */
  public static AnswerReader start(
      ReadableConfig options, LiveCalls calls, AnsweredElsewhere elsewhere) {
    AnswerReader reader = new AnswerReader(options, calls, elsewhere);
    try {
      List<TopicPartition> partitions = reader.partitions();
      reader.consumer.assign(partitions);
      reader.consumer.seekToEnd(partitions);
      // Asks for the ends now, and not when it first reads.
      partitions.forEach(reader.consumer::position);
    } catch (KafkaException e) {
      reader.consumer.close();
      throw e;
    }
    reader.thread.start();
    return reader;
  }

  private List<TopicPartition> partitions() {
    return topics.stream()
        .flatMap(topic -> consumer.partitionsFor(topic).stream())
        .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
        .toList();
  }

  private void run() {
    try (consumer) {
      while (!closed) {
        read();
      }
    } finally {
      calls.close(ApiException.failed(503, "gateway_closed", "the gateway is being stopped"));
    }
  }

  private void read() {
    try {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        take(record);
      }
      lookForPartitions();
    } catch (WakeupException e) {
      LOG.debug("woken up to end");
    } catch (KafkaException
        | IllegalStateException e) { // Of the client, for what it does not expect.
      LOG.error("cannot read answers, and tries again: {}", e.getMessage());
      pause();
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    boolean others = elsewhere.isOne(record.headers());
    String conversation =
        record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
    boolean goesOn = record.topic().equals(tokens) && elsewhere.mayGoOn(conversation);
    if (record.value() == null || (!others && !goesOn && !mayBeAwaited(conversation))) {
      return;
    }
    try {
      JsonNode json = MAPPER.readTree(record.value());
      if (goesOn) {
        elsewhere.goesOn(conversation, json);
      }
      calls.accept(json);
      if (others) {
        elsewhere.take(record.headers(), json);
      }
    } catch (JacksonException e) {
      LOG.warn(
          "{}-{}-{} is no JSON, and passed over: who else writes to that topic?",
          record.topic(),
          record.partition(),
          record.offset());
    } catch (RuntimeException e) { // All others go on to be read for.
      LOG.error(
          "{}-{}-{} is no answer that the job writes, and passed over",
          record.topic(),
          record.partition(),
          record.offset(),
          e);
    }
  }

  /** An error whose conversation could not be read has no key. */
  private boolean mayBeAwaited(String key) {
    return key.isEmpty() || calls.isAwaited(key);
  }

  /** New ones are read from their beginning. */
  private void lookForPartitions() {
    if (System.nanoTime() - lastLook < BETWEEN_LOOKS.toNanos()) {
      return;
    }
    lastLook = System.nanoTime();
    Set<TopicPartition> added = new HashSet<>(partitions());
    added.removeAll(consumer.assignment());
    if (!added.isEmpty()) {
      List<TopicPartition> all = new ArrayList<>(consumer.assignment());
      all.addAll(added);
      consumer.assign(all);
      consumer.seekToBeginning(added);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(AFTER_A_FAILURE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    consumer.wakeup();
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
