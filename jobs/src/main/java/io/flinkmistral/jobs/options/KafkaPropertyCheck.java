package io.flinkmistral.jobs.options;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.NearestNames;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;

/** Looks at the properties that are handed to Kafka's clients, before a client does. */
public final class KafkaPropertyCheck {
  /** What exactly once rests on, and what has an option of its own. */
  private static final Map<String, String> OF_THE_JOB =
      Map.ofEntries(
          Map.entry(ConsumerConfig.GROUP_ID_CONFIG, "see option kafka.group-id"),
          Map.entry(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "see option kafka.starting-offsets"),
          Map.entry(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, "see option kafka.bootstrap-servers"),
          Map.entry(
              ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "see option kafka.transaction-timeout"),
          Map.entry(
              ProducerConfig.TRANSACTIONAL_ID_CONFIG, "see option kafka.transactional-id-prefix"),
          Map.entry(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "offsets go with checkpoints"),
          Map.entry(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "it is read_committed"),
          Map.entry(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, "keys are bytes"),
          Map.entry(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, "values are bytes"),
          Map.entry(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, "keys are bytes"),
          Map.entry(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, "values are bytes"),
          Map.entry(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "it is true"),
          Map.entry(ProducerConfig.ACKS_CONFIG, "it is all"));

  private static final List<ConfigDef> CLIENTS =
      List.of(
          ConsumerConfig.configDef(), ProducerConfig.configDef(), AdminClientConfig.configDef());

  private KafkaPropertyCheck() {}

  /**
   * @throws IllegalArgumentException if a property is the job's own, or no client takes its value
   */
  static void check(Map<String, String> properties) {
    properties.forEach(
        (name, value) -> {
          if (OF_THE_JOB.containsKey(name)) {
            throw new IllegalArgumentException(
                "option kafka.property.%s cannot be set: the job sets it itself (%s)"
                    .formatted(name, OF_THE_JOB.get(name)));
          }
          keys(name).forEach(key -> check(key, value));
        });
  }

  /** Sentences on properties that none of the clients knows. Plug-ins may have such. */
  public static List<String> warnings(Map<String, String> properties) {
    Set<String> known =
        CLIENTS.stream().flatMap(c -> c.names().stream()).collect(Collectors.toSet());
    return properties.keySet().stream()
        .filter(name -> !known.contains(name))
        .sorted()
        .map(
            name ->
                "kafka.property.%s: Kafka's clients have no property %s%s"
                    .formatted(name, name, NearestNames.question("", name, known)))
        .toList();
  }

  private static Stream<ConfigKey> keys(String name) {
    return CLIENTS.stream().map(c -> c.configKeys().get(name)).flatMap(Stream::ofNullable);
  }

  private static void check(ConfigKey key, String value) {
    try {
      Object parsed = ConfigDef.parseType(key.name, value, key.type);
      Optional.ofNullable(key.validator).ifPresent(v -> v.ensureValid(key.name, parsed));
    } catch (ConfigException e) {
      throw new IllegalArgumentException(
          "option kafka.property.%s is wrong: %s"
              .formatted(key.name, Excerpt.ofMessage(e.getMessage())),
          e);
    }
  }
}
