package io.flinkmistral.jobs.cluster.process;

import io.flinkmistral.jobs.local.KafkaNode;
import io.flinkmistral.jobs.local.LocalPorts;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kafka.Kafka;

/**
 * A Kafka broker in a process of its own. Its data outlives it: started again, it goes on with what
 * it has on disk, on the same port.
 */
public final class BrokerProcess implements AutoCloseable {
  private static final String NAME = "broker";

  private final KafkaNode node;
  private final ClusterProcess process;

  private BrokerProcess(KafkaNode node, ClusterProcess process) {
    this.node = node;
    this.process = process;
  }

  /**
   * Starts a broker. It may not be ready when this returns; Kafka's clients wait for it.
   *
   * @param folder for its data, its configuration and its log
   */
  public static BrokerProcess start(Path folder) throws IOException {
    return start(folder, KafkaNode::formatWithOldTransactions);
  }

  /** The same with transactions as Kafka sets them up by itself. */
  public static BrokerProcess startWithNewTransactions(Path folder) throws IOException {
    return start(folder, KafkaNode::format);
  }

  private interface Format {
    void of(KafkaNode node) throws IOException;
  }

  private static BrokerProcess start(Path folder, Format format) throws IOException {
    ClusterFiles files = new ClusterFiles(folder);
    files.writeLogging();
    List<Integer> ports = LocalPorts.free(2);
    KafkaNode node =
        new KafkaNode(Files.createDirectories(files.data(NAME)), ports.get(0), ports.get(1));
    format.of(node);
    Path properties = files.conf().resolve("server.properties");
    try (Writer out = Files.newBufferedWriter(properties)) {
      node.properties().store(out, null);
    }
    List<String> arguments =
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx384m",
            Kafka.class.getName(),
            properties.toString());
    // Kafka is not on Flink's classpath, but on this JVM's.
    String classpath = System.getProperty("java.class.path");
    return new BrokerProcess(node, ClusterProcess.start(files, NAME, classpath, _ -> arguments));
  }

  public KafkaNode node() {
    return node;
  }

  public ClusterProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }
}
