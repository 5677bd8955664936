package io.flinkmistral.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.flinkmistral.jobs.local.KafkaNode;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalPorts;
import io.flinkmistral.jobs.options.ChatJobOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BrokerCheckTest {
  @TempDir private Path folder;

  @Test
  void namesTheAddressAtWhichNoBrokerAnswers() throws Exception {
    String nobody = "127.0.0.1:" + LocalPorts.free(1).getFirst();
    refuses(options(nobody), "no broker answers at " + nobody, "kafka.check");
    refuses(options("broker.invalid:9092"), "broker.invalid:9092 cannot be resolved");
  }

  @Test
  void namesTheTopicsThatAreMissing() throws Exception {
    try (LocalBroker broker = LocalBroker.start(folder)) {
      String servers = broker.bootstrapServers();
      broker.createTopics(List.of("completions", "tokens"), 1, Map.of());
      refuses(options(servers), "there are no topics prompts, dead-letters, blocked at " + servers);
      broker.createTopics(List.of("prompts", "blocked"), 1, Map.of());
      refuses(options(servers), "there is no topic dead-letters at " + servers);
      broker.createTopics(List.of("dead-letters"), 1, Map.of());
      assertThatCode(() -> check(options(servers))).doesNotThrowAnyException();
      Duration most = Duration.ofMinutes(15);
      assertThatCode(() -> check(options(servers).set(ChatJobOptions.TRANSACTION_TIMEOUT, most)))
          .as("exactly what the broker allows")
          .doesNotThrowAnyException();
      refuses(
          options(servers).set(ChatJobOptions.TRANSACTION_TIMEOUT, Duration.ofMinutes(20)),
          "kafka.transaction-timeout is 1200000 ms",
          "allows 900000 ms");
    }
  }

  @Test
  void namesTheListenerThatCannotBeResolved() throws Exception {
    List<Integer> ports = LocalPorts.free(3);
    KafkaNode node = new KafkaNode(folder, ports.get(0), ports.get(1));
    String outside = "127.0.0.1:" + ports.get(2);
    Map<String, String> twoListeners =
        Map.of(
            "listeners",
            node.properties().getProperty("listeners") + ",OUTSIDE://" + outside,
            "advertised.listeners",
            "PLAINTEXT://%s,OUTSIDE://broker.invalid:9092".formatted(node.bootstrapServers()),
            "listener.security.protocol.map",
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,OUTSIDE:PLAINTEXT");
    try (LocalBroker broker = LocalBroker.start(node, twoListeners)) {
      broker.createTopics(
          List.of("prompts", "completions", "tokens", "dead-letters", "blocked"), 1, Map.of());
      assertThatCode(() -> check(options(broker.bootstrapServers()))).doesNotThrowAnyException();
      refuses(options(outside), "clients find it at broker.invalid:9092", "cannot be resolved");
    }
  }

  @Test
  void saysWhyAClientCannotBeMade() {
    String file = folder.resolve("none.jks").toString();
    Map<String, String> properties =
        Map.of("security.protocol", "SSL", "ssl.truststore.location", file);
    refuses(
        options("127.0.0.1:9").set(ChatJobOptions.KAFKA_PROPERTIES, properties),
        "the broker at 127.0.0.1:9",
        "Failed to construct",
        "none.jks");
  }

  private static Configuration options(String servers) {
    return new Configuration().set(ChatJobOptions.BOOTSTRAP_SERVERS, servers);
  }

  private static void check(Configuration options) throws IOException {
    BrokerCheck.check(options, "see option kafka.check");
  }

  private static void refuses(Configuration options, String... words) {
    assertThatIOException().isThrownBy(() -> check(options)).withMessageContainingAll(words);
  }
}
