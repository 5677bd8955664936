package io.flinkmistral.jobs.kafka;

import io.flinkmistral.jobs.options.ChatJobOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;

/** What a broker is set to, as far as it lets us read that: not everybody may. */
final class BrokerSettings {
  private static final int PATIENCE_MILLIS = 2500;

  private BrokerSettings() {}

  /**
   * Holds the options against the broker's settings.
   *
   * @throws IOException if the broker would not take what an option says
   */
  static void check(ReadableConfig options) throws IOException {
    Duration timeout = options.get(ChatJobOptions.TRANSACTION_TIMEOUT);
    Optional<String> most = setting(options, "transaction.max.timeout.ms");
    if (most.isPresent() && timeout.toMillis() > Long.parseLong(most.get())) {
      throw new IOException(
          "option %s is %d ms, but the broker at %s allows %s ms (its transaction.max.timeout.ms)"
              .formatted(
                  ChatJobOptions.TRANSACTION_TIMEOUT.key(),
                  timeout.toMillis(),
                  options.get(ChatJobOptions.BOOTSTRAP_SERVERS),
                  most.get()));
    }
  }

  /** Whether the broker makes topics that are written to; those that are read must be there. */
  static boolean makesTopics(ReadableConfig options, List<String> missing, List<String> read) {
    return Collections.disjoint(missing, read)
        && setting(options, "auto.create.topics.enable").equals(Optional.of("true"));
  }

  private static Optional<String> setting(ReadableConfig options, String name) {
    Properties properties = KafkaProperties.of(options);
    properties.put(
        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, options.get(ChatJobOptions.BOOTSTRAP_SERVERS));
    Admin admin = Admin.create(properties);
    try {
      Node node =
          admin
              .describeCluster()
              .nodes()
              .get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
              .iterator()
              .next();
      ConfigResource broker =
          new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node.id()));
      Config config =
          admin
              .describeConfigs(List.of(broker))
              .values()
              .get(broker)
              .get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      return Optional.ofNullable(config.get(name)).map(ConfigEntry::value);
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      admin.close(Duration.ZERO);
    }
  }
}
