package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.kafka.KafkaProperties;
import java.util.Properties;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The properties of the sinks' producers. */
final class ProducerSettings {
  /**
   * What a broker takes, the producer must not find too long: topics alone say how long it may be.
   */
  private static final int MAX_REQUEST_BYTES = 32 << 20;

  private ProducerSettings() {}

  static Properties of(ReadableConfig options) {
    Properties properties = KafkaProperties.client(options);
    properties.putIfAbsent(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(MAX_REQUEST_BYTES));
    properties.merge(
        ProducerConfig.INTERCEPTOR_CLASSES_CONFIG,
        RefusedRecords.class.getName(),
        (theirs, ours) -> theirs + "," + ours);
    return properties;
  }
}
