package io.flinkmistral.jobs.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;

/** The configuration folder of a cluster, and where its files lie. */
final class ClusterFiles {
  private static final String HOST = InetAddress.getLoopbackAddress().getHostAddress();

  private static final String LOGGING =
      """
      status = warn
      rootLogger.level = info
      rootLogger.appenderRef.console.ref = console
      appender.console.type = Console
      appender.console.name = console
      appender.console.layout.type = PatternLayout
      appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p [%t] %c: %m%n
      """;

  private final Path folder;

  ClusterFiles(Path folder) {
    this.folder = folder;
  }

  Path conf() {
    return folder.resolve("conf");
  }

  Path loggingProperties() {
    return conf().resolve("log4j2.properties");
  }

  Path log(String process) {
    return folder.resolve(process + ".log");
  }

  /** Writes the configuration of a cluster on free ports. */
  void write() throws IOException {
    Files.createDirectories(conf());
    Files.writeString(loggingProperties(), LOGGING);
    Map<String, String> lines = new TreeMap<>(memory().toMap());
    lines.putAll(network().toMap());
    lines.putAll(behaviour().toMap());
    Files.writeString(
        conf().resolve("config.yaml"),
        lines.entrySet().stream()
            .map(line -> line.getKey() + ": " + line.getValue() + "\n")
            .collect(Collectors.joining()));
  }

  /** Three JVMs and more are to fit beside the tests. */
  private static Configuration memory() {
    return new Configuration()
        .set(JobManagerOptions.JVM_HEAP_MEMORY, MemorySize.ofMebiBytes(256))
        .set(JobManagerOptions.OFF_HEAP_MEMORY, MemorySize.ofMebiBytes(64))
        .set(JobManagerOptions.JVM_METASPACE, MemorySize.ofMebiBytes(128))
        .set(TaskManagerOptions.TASK_HEAP_MEMORY, MemorySize.ofMebiBytes(256))
        .set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, MemorySize.ofMebiBytes(128))
        .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(64))
        .set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32))
        .set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32))
        .set(TaskManagerOptions.JVM_METASPACE, MemorySize.ofMebiBytes(192));
  }

  private static Configuration network() throws IOException {
    // Both are held at once, so that they differ.
    try (ServerSocket rpc = freePort();
        ServerSocket rest = freePort()) {
      return new Configuration()
          .set(JobManagerOptions.ADDRESS, HOST)
          .set(JobManagerOptions.BIND_HOST, HOST)
          .set(JobManagerOptions.PORT, rpc.getLocalPort())
          .set(RestOptions.ADDRESS, HOST)
          .set(RestOptions.BIND_ADDRESS, HOST)
          .set(RestOptions.PORT, rest.getLocalPort())
          .set(TaskManagerOptions.HOST, HOST)
          .set(TaskManagerOptions.BIND_HOST, HOST)
          .set(BlobServerOptions.PORT, "0");
    }
  }

  private static ServerSocket freePort() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  private Configuration behaviour() {
    return new Configuration()
        .set(CoreOptions.TMP_DIRS, folder.resolve("tmp").toString())
        .set(StateBackendOptions.STATE_BACKEND, "rocksdb")
        .set(
            CheckpointingOptions.CHECKPOINTS_DIRECTORY,
            folder.resolve("checkpoints").toUri().toString())
        // A process that was killed is known to be gone before the job starts again, or the first
        // attempt would fail on its slots.
        .set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofMillis(500))
        .set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofSeconds(30))
        .set(HeartbeatManagerOptions.HEARTBEAT_RPC_FAILURE_THRESHOLD, 1)
        .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 100)
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(3))
        .set(WebOptions.REFRESH_INTERVAL, Duration.ofMillis(200));
  }
}
