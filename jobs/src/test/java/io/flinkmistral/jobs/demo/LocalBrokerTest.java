package io.flinkmistral.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalBrokerTest {
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

  private static Set<String> topics(LocalBroker broker) throws Exception {
    try (Admin admin =
        Admin.create(
            Map.<String, Object>of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()))) {
      return admin.listTopics().names().get();
    }
  }
}
