package io.flinkmistral.jobs.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.topics.ChatTopic;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CreateTopicsTest {
  @TempDir Path folder;

  @Test
  void createsWhatIsMissingAndLeavesWhatIsThere() throws Exception {
    Configuration options =
        JobArguments.parse(Map.of("FLINK_MISTRAL_KAFKA_TOPIC_PROMPTS", "questions"));
    try (LocalBroker broker = LocalBroker.start(folder);
        Admin admin =
            Admin.create(
                Map.<String, Object>of(
                    AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()))) {
      broker.createTopics(List.of("tokens"), 2, Map.of());
      assertThat(CreateTopics.create(admin, ChatTopic.plan(options, 3, 1 << 20)))
          .containsExactly(
              "questions is created",
              "completions is created",
              "tokens exists",
              "dead-letters is created",
              "blocked is created");
      assertThat(CreateTopics.create(admin, ChatTopic.plan(options, 5, 1 << 20)))
          .containsExactly(
              "questions exists",
              "completions exists",
              "tokens exists",
              "dead-letters exists",
              "blocked exists");
      assertThat(partitions(admin, "questions")).isEqualTo(3);
      assertThat(partitions(admin, "tokens")).isEqualTo(2);
      Config prompts = settings(admin, "questions");
      Config deadLetters = settings(admin, "dead-letters");
      assertThat(prompts.get("compression.type").value()).isEqualTo("uncompressed");
      assertThat(bytes(deadLetters)).isGreaterThanOrEqualTo(bytes(prompts) + (16 << 10));
    }
  }

  private static int partitions(Admin admin, String topic) throws Exception {
    while (true) {
      try {
        Map<String, TopicDescription> topics =
            admin.describeTopics(List.of(topic)).allTopicNames().get();
        return topics.get(topic).partitions().size();
      } catch (ExecutionException e) {
        // A broker hears of a new topic a moment after it was created.
        assertThat(e).hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
      }
    }
  }

  private static Config settings(Admin admin, String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin.describeConfigs(List.of(resource)).all().get().get(resource);
  }

  private static int bytes(Config topic) {
    return Integer.parseInt(topic.get("max.message.bytes").value());
  }
}
