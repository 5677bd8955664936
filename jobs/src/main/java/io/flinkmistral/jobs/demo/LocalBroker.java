package io.flinkmistral.jobs.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * A real Kafka broker in this process: one node that is its own controller, on free ports of the
 * loopback interface.
 */
public final class LocalBroker implements AutoCloseable {
  private static final String HOST = InetAddress.getLoopbackAddress().getHostAddress();
  private static final int NODE = 1;

  private final KafkaRaftServer server;
  private final String bootstrapServers;

  private LocalBroker(KafkaRaftServer server, String bootstrapServers) {
    this.server = server;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Starts a broker. When this returns it takes requests.
   *
   * @param folder an empty one, for its data
   * @throws IOException if its data cannot be written or there is no free port
   */
  public static LocalBroker start(Path folder) throws IOException {
    List<Integer> ports = freePorts(2);
    format(folder);
    Properties properties = properties(folder, ports.get(0), ports.get(1));
    KafkaRaftServer server =
        new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
    server.startup();
    return new LocalBroker(server, HOST + ":" + ports.get(0));
  }

  /** For clients: {@code host:port}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /**
   * Makes topics of one partition count.
   *
   * @param configs of each topic, in Kafka's words
   */
  public void createTopics(List<String> topics, int partitions, Map<String, String> configs)
      throws IOException, InterruptedException {
    try (Admin admin =
        Admin.create(
            Map.<String, Object>of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      admin
          .createTopics(
              topics.stream()
                  .map(t -> new NewTopic(t, partitions, (short) 1).configs(configs))
                  .toList())
          .all()
          .get();
    } catch (ExecutionException e) {
      throw new IOException("cannot make the topics %s: %s".formatted(topics, e.getCause()), e);
    }
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }

  /** All are held at once, so that they differ. */
  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  private static void format(Path folder) throws IOException {
    try {
      new Formatter()
          .setNodeId(NODE)
          .setClusterId(Uuid.randomUuid().toString())
          .setControllerListenerName("CONTROLLER")
          .setMetadataLogDirectory(folder.toString())
          .setDirectories(List.of(folder.toString()))
          .setPrintStream(new PrintStream(OutputStream.nullOutputStream()))
          .run();
    } catch (Exception e) {
      throw new IOException("cannot format %s for the broker: %s".formatted(folder, e), e);
    }
  }

  private static Properties properties(Path folder, int brokerPort, int controllerPort) {
    Properties properties = new Properties();
    properties.putAll(
        Map.of(
            "process.roles", "broker,controller",
            "node.id", Integer.toString(NODE),
            "controller.quorum.voters", "%d@%s:%d".formatted(NODE, HOST, controllerPort),
            "controller.listener.names", "CONTROLLER",
            "listeners",
                "PLAINTEXT://%1$s:%2$d,CONTROLLER://%1$s:%3$d"
                    .formatted(HOST, brokerPort, controllerPort),
            "advertised.listeners", "PLAINTEXT://%s:%d".formatted(HOST, brokerPort),
            "log.dirs", folder.toString(),
            "auto.create.topics.enable", "false",
            "group.initial.rebalance.delay.ms", "0"));
    // One node holds one copy of everything, and a handful of clients need few partitions.
    for (String topic : List.of("offsets.topic", "transaction.state.log")) {
      properties.put(topic + ".replication.factor", "1");
      properties.put(topic + ".num.partitions", "1");
    }
    properties.put("transaction.state.log.min.isr", "1");
    properties.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
    return properties;
  }
}
