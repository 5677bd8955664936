package io.flinkmistral.jobs.kafka.source;

import io.flinkmistral.jobs.kafka.KafkaProperties;
import io.flinkmistral.jobs.options.ChatJobOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/** A topic as jobs read it, with the options that say from where and how. */
public final class TopicSource {
  private TopicSource() {}

  /** Its committed records: those that a producer took back are not read. */
  public static <T> KafkaSourceBuilder<T> builder(
      ReadableConfig options, String topic, KafkaRecordDeserializationSchema<T> deserializer) {
    return KafkaSource.<T>builder()
        .setBootstrapServers(options.get(ChatJobOptions.BOOTSTRAP_SERVERS))
        .setGroupId(options.get(ChatJobOptions.GROUP_ID))
        .setTopics(topic)
        .setStartingOffsets(startingOffsets(options))
        .setDeserializer(deserializer)
        .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
        .setProperties(KafkaProperties.of(options));
  }

  @SuppressWarnings("deprecation") // The connector asks for the enum that Kafka has deprecated.
  private static OffsetsInitializer startingOffsets(ReadableConfig options) {
    return switch (options.get(ChatJobOptions.STARTING_OFFSETS)) {
      case COMMITTED -> OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
      case EARLIEST -> OffsetsInitializer.earliest();
      case LATEST -> OffsetsInitializer.latest();
    };
  }
}
