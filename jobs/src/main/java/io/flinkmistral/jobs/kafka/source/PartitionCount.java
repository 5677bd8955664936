package io.flinkmistral.jobs.kafka.source;

import io.flinkmistral.jobs.kafka.KafkaProperties;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many partitions a topic has, as the brokers said last; 0 while they have not said. They are
 * asked rarely, and what they do not answer has no other consequence.
 */
final class PartitionCount {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionCount.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMinutes(5);

  private final Properties consumer;
  private final String topic;
  private volatile int known;

  /** Owned by the thread that reads records. */
  private long askedAt;

  private PartitionCount(Properties consumer, String topic) {
    this.consumer = consumer;
    this.topic = topic;
  }

  /** Asks, and waits a few seconds for the answer. */
  static PartitionCount of(Properties consumer, String topic) {
    PartitionCount count = new PartitionCount(consumer, topic);
    count.askedAt = System.nanoTime();
    count.ask();
    return count;
  }

  int known() {
    return known;
  }

  /** What is known may be old: asks again, at most every few minutes, while others go on. */
  void mayBeOld() {
    long now = System.nanoTime();
    if (now - askedAt > PAUSE.toNanos()) {
      askedAt = now;
      Thread.ofVirtual().name("partitions of " + topic).start(this::ask);
    }
  }

  private void ask() {
    try (Admin admin = KafkaProperties.admin(consumer)) {
      known =
          admin
              .describeTopics(List.of(topic))
              .topicNameValues()
              .get(topic)
              .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
              .partitions()
              .size();
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      LOG.info("cannot ask how many partitions topic {} has; keys are not checked", topic, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
