package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.kafka.KafkaProperties;
import io.flinkmistral.jobs.topics.ChatTopic;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/** Asks the broker for the topics. */
public final class BrokerProbe implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 3;

  private final Admin admin;
  private final List<String> topics;

  public BrokerProbe(ReadableConfig options) {
    this.admin = KafkaProperties.admin(KafkaProperties.client(options));
    this.topics = ChatTopic.names(options);
  }

  public boolean answers() throws InterruptedException {
    try {
      admin.describeTopics(topics).allTopicNames().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      return false;
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
