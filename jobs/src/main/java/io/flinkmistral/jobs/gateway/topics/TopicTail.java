package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.jobs.topics.ChatTopic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is written to the job's topics, as it comes, for who looks at them. A topic that is written
 * exactly once is seen as its readers see it, with the job's checkpoints.
 */
public final class TopicTail implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int MOST_CHARACTERS = 4000;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Predicate<String> mayBeSeen;

  private TopicTail(KafkaConsumer<byte[], byte[]> consumer, Predicate<String> mayBeSeen) {
    this.consumer = consumer;
    this.mayBeSeen = mayBeSeen;
  }

  /**
   * From now on; to be used by one thread.
   *
   * @param mayBeSeen whether records of a conversation, or of none, may be seen
   * @throws KafkaException if the broker does not answer
   */
  public static TopicTail open(ReadableConfig options, Predicate<String> mayBeSeen) {
    KafkaConsumer<byte[], byte[]> consumer = ReaderSettings.consumer(options);
    try {
      List<TopicPartition> all = new ArrayList<>();
      for (ChatTopic topic : ChatTopic.values()) {
        consumer
            .partitionsFor(topic.in(options))
            .forEach(one -> all.add(new TopicPartition(one.topic(), one.partition())));
      }
      consumer.assign(all);
      consumer.seekToEnd(all);
      all.forEach(consumer::position);
      return new TopicTail(consumer, mayBeSeen);
    } catch (KafkaException e) {
      consumer.close();
      throw e;
    }
  }

  /** Tells of what has come, or waits a little. */
  public void read(Consumer<ObjectNode> told) {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
      String key = text(record.key());
      if (mayBeSeen.test(key)) {
        told.accept(json(record, key));
      }
    }
  }

  private static ObjectNode json(ConsumerRecord<byte[], byte[]> record, String key) {
    ObjectNode json = JsonRecord.empty();
    json.put("topic", record.topic());
    json.put("partition", record.partition());
    json.put("offset", record.offset());
    json.put("timestamp", record.timestamp());
    json.put("key", shortened(key));
    json.put("value", shortened(text(record.value())));
    return json;
  }

  private static String shortened(String text) {
    return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS) + " …";
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
