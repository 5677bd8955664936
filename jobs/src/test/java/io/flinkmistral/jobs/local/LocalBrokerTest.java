package io.flinkmistral.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalBrokerTest {
  /** So many that most runs would find a topic missing, were it not waited for. */
  private static final int ROUNDS = 20;

  @Test
  void twoBrokersInAProcessKeepApart(@TempDir Path folder, @TempDir Path otherFolder)
      throws Exception {
    try (LocalBroker one = LocalBroker.start(folder);
        LocalBroker other = LocalBroker.start(otherFolder)) {
      one.createTopics(List.of("a", "b"), 2, Map.of());
      assertThat(topics(one)).containsExactlyInAnyOrder("a", "b");
      assertThat(topics(other)).isEmpty();
    }
  }

  @Test
  void topicsThatWereMadeAreThereForConsumers(@TempDir Path folder) throws Exception {
    try (LocalBroker broker = LocalBroker.start(folder);
        KafkaConsumer<byte[], byte[]> consumer = consumer(broker)) {
      for (int round = 0; round < ROUNDS; round++) {
        List<String> topics = List.of("a" + round, "b" + round);
        broker.createTopics(topics, 2, Map.of());
        for (String topic : topics) {
          assertThat(consumer.partitionsFor(topic)).as(topic).hasSize(2);
        }
      }
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(LocalBroker broker) {
    return new KafkaConsumer<>(
        Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private static Set<String> topics(LocalBroker broker) throws Exception {
    try (Admin admin =
        Admin.create(
            Map.<String, Object>of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()))) {
      return admin.listTopics().names().get();
    }
  }
}
