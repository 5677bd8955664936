package io.flinkmistral.jobs.kafka;

import io.flinkmistral.jobs.options.ChatJobOptions;
import java.util.Properties;
import org.apache.flink.configuration.ReadableConfig;

/** The properties of Kafka's clients that are passed through as they are. */
final class KafkaProperties {
  private KafkaProperties() {}

  static Properties of(ReadableConfig options) {
    Properties properties = new Properties();
    properties.putAll(options.get(ChatJobOptions.KAFKA_PROPERTIES));
    return properties;
  }
}
