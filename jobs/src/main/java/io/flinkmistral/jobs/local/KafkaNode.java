package io.flinkmistral.jobs.local;

import io.flinkmistral.jobs.topics.ChatTopic;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.TransactionVersion;

/**
 * A Kafka broker that is its own controller, on the loopback interface: its settings, whatever
 * process it runs in.
 *
 * @param folder of its data
 * @param port for clients
 * @param controllerPort for itself
 */
public record KafkaNode(Path folder, int port, int controllerPort) {
  private static final String HOST = InetAddress.getLoopbackAddress().getHostAddress();
  private static final int ID = 1;

  /** So long that it is the job that refuses a long prompt, and not the broker. */
  private static final int MAX_PROMPT_BYTES = 16 << 20;

  private static final int PARTITIONS = 4;
  private static final short OLD_TRANSACTIONS = 1;
  private static final Duration KNOWN_WITHIN = Duration.ofSeconds(30);

  /** For clients: {@code host:port}. */
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  /**
   * Makes the folder one of a broker. To be done once, before it first starts.
   *
   * @throws IOException if the folder is not empty, or cannot be written
   */
  public void format() throws IOException {
    format(new Formatter());
  }

  /**
   * The same with transactions as they were before Kafka 4 (KIP-890). With the new ones a
   * producer's epoch rises with each commit, and where Flink commits again after a recovery what it
   * had committed before, the broker says that the producer is fenced, from which Flink's connector
   * concludes that data is probably lost. With the old ones the second commit succeeds, and who
   * reads the log is only told of losses that are some.
   */
  public void formatWithOldTransactions() throws IOException {
    format(new Formatter().setFeatureLevel(TransactionVersion.FEATURE_NAME, OLD_TRANSACTIONS));
  }

  private void format(Formatter formatter) throws IOException {
    try {
      formatter
          .setNodeId(ID)
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

  /** Its configuration. */
  public Properties properties() {
    Properties properties = new Properties();
    properties.putAll(
        Map.of(
            "process.roles",
            "broker,controller",
            "node.id",
            Integer.toString(ID),
            "controller.quorum.voters",
            "%d@%s:%d".formatted(ID, HOST, controllerPort),
            "controller.listener.names",
            "CONTROLLER",
            "listeners",
            "PLAINTEXT://%1$s:%2$d,CONTROLLER://%1$s:%3$d".formatted(HOST, port, controllerPort),
            "advertised.listeners",
            "PLAINTEXT://" + bootstrapServers(),
            "log.dirs",
            folder.toString(),
            "auto.create.topics.enable",
            "false",
            "group.initial.rebalance.delay.ms",
            "0"));
    // One node holds one copy of everything, and a handful of clients need few partitions.
    for (String topic : List.of("offsets.topic", "transaction.state.log")) {
      properties.put(topic + ".replication.factor", "1");
      properties.put(topic + ".num.partitions", "1");
    }
    properties.put("transaction.state.log.min.isr", "1");
    // A broker that was killed is taken for alive so long, and its successor waits.
    properties.put("broker.session.timeout.ms", "3000");
    properties.put("broker.heartbeat.interval.ms", "500");
    properties.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
    return properties;
  }

  /**
   * Makes topics of one partition count on the running broker. When this returns it tells clients
   * of them.
   *
   * @param configs of each topic, in Kafka's words
   */
  public void createTopics(List<String> topics, int partitions, Map<String, String> configs)
      throws IOException, InterruptedException {
    create(
        topics.stream().map(t -> new NewTopic(t, partitions, (short) 1).configs(configs)).toList());
  }

  /** Makes the topics of a chat job, for prompts that are as long as the job may want them. */
  public void createTopics(ReadableConfig options) throws IOException, InterruptedException {
    create(ChatTopic.plan(options, PARTITIONS, MAX_PROMPT_BYTES));
  }

  private void create(List<NewTopic> planned) throws IOException, InterruptedException {
    List<String> topics = planned.stream().map(NewTopic::name).toList();
    try (Admin admin =
        Admin.create(
            Map.<String, Object>of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers()))) {
      admin.createTopics(planned).all().get();
      awaitKnown(admin, topics);
    } catch (ExecutionException e) {
      throw new IOException("cannot make the topics %s: %s".formatted(topics, e.getCause()), e);
    }
  }

  /**
   * It is the controller that makes topics. The broker hears of them a little later, and a consumer
   * that asks before finds no partitions.
   */
  private static void awaitKnown(Admin admin, List<String> topics)
      throws ExecutionException, InterruptedException {
    long end = System.nanoTime() + KNOWN_WITHIN.toNanos();
    while (true) {
      try {
        admin.describeTopics(topics).allTopicNames().get();
        return;
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)
            || System.nanoTime() > end) {
          throw e;
        }
      }
    }
  }
}
