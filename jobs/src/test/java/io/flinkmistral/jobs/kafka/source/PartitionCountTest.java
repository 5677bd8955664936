package io.flinkmistral.jobs.kafka.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.local.LocalBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PartitionCountTest {
  @TempDir private Path folder;

  @Test
  void readsHowManyPartitionsATopicHas() throws Exception {
    try (LocalBroker broker = LocalBroker.start(folder)) {
      broker.createTopics(List.of("plain"), 3, Map.of());
      Properties consumer = new Properties();
      consumer.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
      assertThat(PartitionCount.of(consumer, "plain").known()).isEqualTo(3);
      assertThat(PartitionCount.of(consumer, "nowhere").known()).isZero();
    }
  }
}
