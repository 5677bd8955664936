package io.flinkmistral.jobs.kafka;

import io.flinkmistral.jobs.options.ChatJobOptions;
import java.util.Properties;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The properties of Kafka's clients. */
public final class KafkaProperties {
  private static final int ADMIN_TIMEOUT_MILLIS = 10_000;

  private KafkaProperties() {}

  /** Those that are passed through as they are. */
  public static Properties of(ReadableConfig options) {
    Properties properties = new Properties();
    properties.putAll(options.get(ChatJobOptions.KAFKA_PROPERTIES));
    return properties;
  }

  /** Those that every client needs. */
  public static Properties client(ReadableConfig options) {
    Properties properties = new Properties();
    properties.put(
        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, options.get(ChatJobOptions.BOOTSTRAP_SERVERS));
    properties.putAll(of(options));
    return properties;
  }

  /** A client that asks about topics, with the settings of another client. */
  public static Admin admin(Properties client) {
    Properties properties = new Properties();
    properties.putAll(client);
    properties.remove(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG);
    properties.remove(ProducerConfig.CLIENT_ID_CONFIG);
    // Who asks goes on without an answer, and must not wait long for one that does not come.
    properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ADMIN_TIMEOUT_MILLIS);
    properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, ADMIN_TIMEOUT_MILLIS);
    return Admin.create(properties);
  }
}
