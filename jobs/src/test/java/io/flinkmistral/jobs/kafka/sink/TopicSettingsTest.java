package io.flinkmistral.jobs.kafka.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.protocol.SourceRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TopicSettingsTest {
  @TempDir private static Path folder;
  private static LocalBroker broker;

  @BeforeAll
  static void start() throws Exception {
    broker = LocalBroker.start(folder);
    broker.createTopics(List.of("plain"), 3, Map.of());
    broker.createTopics(List.of("short"), 1, Map.of("max.message.bytes", "10000"));
    broker.createTopics(
        List.of("packed"), 1, Map.of("max.message.bytes", "10000", "compression.type", "gzip"));
    broker.createTopics(
        List.of("latest"),
        1,
        Map.of("cleanup.policy", "compact,delete", "max.message.bytes", "200000000"));
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void readsWhatTopicsTake() {
    assertThat(TopicSettings.limits(producer(), "plain", "short", "packed", "latest"))
        .isEqualTo(
            Map.of(
                "plain",
                new TopicLimits("plain", 1_048_588, false),
                "short",
                new TopicLimits("short", 10_000, false),
                "packed",
                new TopicLimits("packed", 10_000 - 10_000 / 64 - 512, false),
                // As much as the producer sends.
                "latest",
                new TopicLimits("latest", 32 << 20, true)));
  }

  @Test
  void takesDefaultsForATopicThatIsNotThere() {
    assertThat(TopicSettings.limits(producer(), "nowhere"))
        .isEqualTo(Map.of("nowhere", new TopicLimits("nowhere", 1_048_588, false)));
  }

  @Test
  void theBrokerTakesARecordOfTheMostBytes() throws Exception {
    TopicLimits limits = TopicSettings.limits(producer(), "short").get("short");
    int overhead = TopicLimits.bytes(record("short", 9000)) - 9000;
    ProducerRecord<byte[], byte[]> longest = record("short", limits.maxBytes() - overhead);
    assertThat(limits.takes(longest)).isTrue();
    assertThat(limits.takes(record("short", limits.maxBytes() - overhead + 1))).isFalse();
    try (KafkaProducer<byte[], byte[]> sender = sender()) {
      assertThat(sender.send(longest).get(30, TimeUnit.SECONDS).topic()).isEqualTo("short");
    }
  }

  @Test
  void aRefusedRecordIsNamedInTheFailure() {
    try (KafkaProducer<byte[], byte[]> sender = sender()) {
      Throwable tooLong = refused(sender, record("short", 50_000));
      assertThat(tooLong).isInstanceOf(RecordTooLargeException.class);
      assertThat(tooLong.getSuppressed()[0])
          .hasMessageContaining("topic short refused a record about prompts-3-17")
          .hasMessageContaining("it takes 10000 bytes");
    }
    try (KafkaProducer<byte[], byte[]> sender = sender()) {
      Throwable withoutKey = refused(sender, record("latest", 10));
      assertThat(withoutKey).isInstanceOf(InvalidRecordException.class);
      assertThat(withoutKey.getSuppressed()[0])
          .hasMessageContaining("topic latest refused a record about prompts-3-17")
          .hasMessageContaining("with a key");
    }
  }

  private static Throwable refused(
      KafkaProducer<byte[], byte[]> sender, ProducerRecord<byte[], byte[]> record) {
    return catchThrowable(() -> sender.send(record).get(60, TimeUnit.SECONDS)).getCause();
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, int bytes) {
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, new byte[bytes]);
    RefusedRecords.name(
        record.headers(), new SourceRecord("prompts", 3, 17, null, "v".getBytes(UTF_8), List.of()));
    return record;
  }

  private static Properties producer() {
    return ProducerSettings.of(
        JobArguments.parse(
            Map.of(),
            "--kafka.bootstrap-servers=" + broker.bootstrapServers(),
            "--model.path=/m.gguf"));
  }

  private static KafkaProducer<byte[], byte[]> sender() {
    Properties properties = producer();
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
