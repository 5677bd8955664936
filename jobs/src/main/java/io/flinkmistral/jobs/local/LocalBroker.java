package io.flinkmistral.jobs.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.common.utils.Time;

/** A real Kafka broker in this process, on free ports. */
public final class LocalBroker implements AutoCloseable {
  private final KafkaNode node;
  private final KafkaRaftServer server;

  private LocalBroker(KafkaNode node, KafkaRaftServer server) {
    this.node = node;
    this.server = server;
  }

  /**
   * Starts a broker. When this returns it takes requests.
   *
   * @param folder an empty one, for its data
   * @throws IOException if its data cannot be written or there is no free port
   */
  public static LocalBroker start(Path folder) throws IOException {
    List<Integer> ports = LocalPorts.free(2);
    return start(new KafkaNode(folder, ports.get(0), ports.get(1)), Map.of());
  }

  /** The same with other properties, in Kafka's words. */
  public static LocalBroker start(KafkaNode node, Map<String, String> others) throws IOException {
    node.formatWithOldTransactions();
    Properties properties = node.properties();
    properties.putAll(others);
    KafkaRaftServer server =
        new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
    server.startup();
    return new LocalBroker(node, server);
  }

  /** Its settings. */
  public KafkaNode node() {
    return node;
  }

  /** For clients: {@code host:port}. */
  public String bootstrapServers() {
    return node.bootstrapServers();
  }

  /**
   * Makes topics of one partition count.
   *
   * @param configs of each topic, in Kafka's words
   */
  public void createTopics(List<String> topics, int partitions, Map<String, String> configs)
      throws IOException, InterruptedException {
    node.createTopics(topics, partitions, configs);
  }

  /** Makes the topics of a chat job, for prompts that are as long as the job may want them. */
  public void createTopics(ReadableConfig options) throws IOException, InterruptedException {
    node.createTopics(options);
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }
}
