package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.kafka.KafkaProperties;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the brokers what topics take. Where they do not say, because that is not allowed or nobody
 * answers, it is what Kafka's defaults are.
 */
final class TopicSettings {
  private static final Logger LOG = LoggerFactory.getLogger(TopicSettings.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private static final int DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;
  private static final Set<String> NOT_COMPRESSED = Set.of("none", "producer", "uncompressed");

  private TopicSettings() {}

  /**
   * What a producer can hand over to topics.
   *
   * @param producer its settings
   */
  static Map<String, TopicLimits> limits(Properties producer, String... topics) {
    Map<String, TopicLimits> limits = new HashMap<>();
    Map<String, Config> configs = describe(producer, List.of(topics));
    for (String topic : topics) {
      limits.put(
          topic, limits(topic, configs.getOrDefault(topic, new Config(List.of())), producer));
    }
    return limits;
  }

  /** The same of one topic, by a client that is there. */
  static TopicLimits limits(Admin admin, Properties producer, String topic) {
    Map<String, Config> configs = describe(admin, List.of(topic));
    return limits(topic, configs.getOrDefault(topic, new Config(List.of())), producer);
  }

  private static Map<String, Config> describe(Properties client, List<String> topics) {
    try (Admin admin = KafkaProperties.admin(client)) {
      return describe(admin, topics);
    } catch (KafkaException e) {
      LOG.warn("cannot ask what the topics {} take; Kafka's defaults are assumed", topics, e);
      return Map.of();
    }
  }

  private static Map<String, Config> describe(Admin admin, List<String> topics) {
    Map<String, Config> configs = new HashMap<>();
    admin
        .describeConfigs(
            topics.stream().map(t -> new ConfigResource(ConfigResource.Type.TOPIC, t)).toList())
        .values()
        .forEach(
            (topic, config) -> {
              try {
                configs.put(topic.name(), config.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
              } catch (ExecutionException | TimeoutException e) {
                LOG.warn(
                    "cannot ask what topic {} takes; Kafka's defaults are assumed: {}",
                    topic.name(),
                    e.getCause() == null ? e : e.getCause().toString());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    return configs;
  }

  private static TopicLimits limits(String topic, Config config, Properties producer) {
    int broker =
        Integer.parseInt(
            value(
                config,
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                Integer.toString(DEFAULT_MAX_MESSAGE_BYTES)));
    boolean compressed =
        !NOT_COMPRESSED.contains(value(config, TopicConfig.COMPRESSION_TYPE_CONFIG, "producer"))
            || !NOT_COMPRESSED.contains(
                producer.getProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none"));
    int own =
        Math.min(
            number(producer, ProducerConfig.MAX_REQUEST_SIZE_CONFIG),
            number(producer, ProducerConfig.BUFFER_MEMORY_CONFIG));
    return new TopicLimits(
        topic,
        Math.min(own, compressed ? incompressible(broker) : broker),
        value(config, TopicConfig.CLEANUP_POLICY_CONFIG, "")
            .contains(TopicConfig.CLEANUP_POLICY_COMPACT));
  }

  /** What cannot be compressed becomes a little longer by it. */
  private static int incompressible(int broker) {
    return Math.max(0, broker - broker / 64 - 512);
  }

  private static String value(Config config, String name, String absent) {
    return config.get(name) == null || config.get(name).value() == null
        ? absent
        : config.get(name).value();
  }

  /** Of a setting that the producer has a default for. */
  private static int number(Properties producer, String name) {
    Object value = producer.get(name);
    Object number =
        value == null
            ? ProducerConfig.configDef().defaultValues().get(name)
            : value.toString().strip();
    return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(number.toString()));
  }
}
