package io.flinkmistral.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.options.JobArguments;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionsDeliveryTest {
  /** No checkpoint comes while this test runs. */
  private static final String NO_CHECKPOINT = "--checkpoint.interval=10min";

  @Test
  void atLeastOnceAnswersAndErrorsDoNotWaitForACheckpoint(
      @TempDir Path brokerFolder, @TempDir Path flinkFolder) throws Exception {
    try (LocalBroker broker = LocalBroker.start(brokerFolder);
        LocalFlink flink = LocalFlink.start(flinkFolder, 1);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      broker.createTopics(
          List.of("prompts", "completions", "tokens", "dead-letters", "blocked"), 1, Map.of());
      Configuration options =
          JobArguments.parse(
              Map.of(),
              "--kafka.bootstrap-servers=" + broker.bootstrapServers(),
              "--kafka.completions-delivery=at-least-once",
              NO_CHECKPOINT,
              "--model.path=" + TinyModel.PATH);
      StreamExecutionEnvironment env = flink.environment();
      ChatPipeline.add(env, options);
      assertThat(flink.submit(env, "chat").result()).isNotDone();
      send(producer, "r-1", "\"What is seven plus two?\"");
      send(producer, "r-2", "7");
      try (TopicProbe completions = new TopicProbe(broker.bootstrapServers(), "completions")) {
        assertThat(
                completions
                    .awaitOfRequest(1, "r-1")
                    .getFirst()
                    .at("/choices/0/message/content")
                    .asString())
            .isEqualTo("Seven plus two is nine.");
        assertThat(completions.awaitOfRequest(1, "r-2").getFirst().has("error")).isTrue();
      }
    }
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, String id, String content)
      throws Exception {
    String value =
        "{\"request_id\": \"%s\", \"conversation_id\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": %s}]}"
            .formatted(id, id, content);
    producer.send(new ProducerRecord<>("prompts", id.getBytes(UTF_8), value.getBytes(UTF_8))).get();
  }
}
