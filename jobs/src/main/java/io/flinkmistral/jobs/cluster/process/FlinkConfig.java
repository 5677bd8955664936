package io.flinkmistral.jobs.cluster.process;

import io.flinkmistral.jobs.local.LocalPorts;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;

/** Flink's configuration of a cluster whose processes may end at any time. */
final class FlinkConfig {
  private static final String HOST = InetAddress.getLoopbackAddress().getHostAddress();

  private FlinkConfig() {}

  /** Of a cluster on free ports; what is in {@code others} goes before what is here. */
  static Configuration of(ClusterFiles files, Configuration others) throws IOException {
    Configuration flink = new Configuration();
    flink.addAll(memory());
    flink.addAll(network());
    flink.addAll(state(files));
    flink.addAll(failures());
    flink.addAll(others);
    return flink;
  }

  /** Another JobManager finds what the last one knew: jobs, their jars, their checkpoints. */
  static Configuration highAvailability(ClusterFiles files, String zooKeeper) {
    return new Configuration()
        .set(HighAvailabilityOptions.HA_MODE, "zookeeper")
        .set(HighAvailabilityOptions.HA_ZOOKEEPER_QUORUM, zooKeeper)
        .set(HighAvailabilityOptions.HA_STORAGE_PATH, uri(files.highAvailability()))
        // A JobManager that was killed leads until its session ends.
        .set(HighAvailabilityOptions.ZOOKEEPER_SESSION_TIMEOUT, Duration.ofSeconds(6))
        .set(HighAvailabilityOptions.ZOOKEEPER_CONNECTION_TIMEOUT, Duration.ofSeconds(6));
  }

  /** So little that three JVMs and more fit on a small machine. */
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
        // 2 MB for each of what a subtask of a batch job writes, in place of 16.
        .set(NettyShuffleEnvironmentOptions.NETWORK_SORT_SHUFFLE_MIN_BUFFERS, 64)
        .set(TaskManagerOptions.JVM_METASPACE, MemorySize.ofMebiBytes(192));
  }

  private static Configuration network() throws IOException {
    List<Integer> ports = LocalPorts.free(2);
    return new Configuration()
        .set(JobManagerOptions.ADDRESS, HOST)
        .set(JobManagerOptions.BIND_HOST, HOST)
        .set(JobManagerOptions.PORT, ports.get(0))
        .set(RestOptions.ADDRESS, HOST)
        .set(RestOptions.BIND_ADDRESS, HOST)
        .set(RestOptions.PORT, ports.get(1))
        .set(TaskManagerOptions.HOST, HOST)
        .set(TaskManagerOptions.BIND_HOST, HOST)
        .set(BlobServerOptions.PORT, "0")
        // The client sends jobs another way; see the package local.web for that, and for all the
        // rest.
        .set(WebOptions.SUBMIT_ENABLE, false)
        .set(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN, "http://" + HOST)
        .set(WebOptions.REFRESH_INTERVAL, Duration.ofMillis(200));
  }

  private static Configuration state(ClusterFiles files) {
    return new Configuration()
        .set(CoreOptions.TMP_DIRS, files.temporary().toString())
        .set(WebOptions.TMP_DIR, files.temporary().toString())
        .set(StateBackendOptions.STATE_BACKEND, "rocksdb")
        .set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true)
        .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, uri(files.checkpoints()))
        .set(CheckpointingOptions.SAVEPOINT_DIRECTORY, uri(files.savepoints()))
        .set(
            CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
            ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION)
        .set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, 3);
  }

  /** Whoever is gone is missed soon, and the job is started again however often it fails. */
  private static Configuration failures() {
    return new Configuration()
        .set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofSeconds(1))
        .set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofSeconds(10))
        .set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay")
        .set(
            RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
            Duration.ofMillis(500))
        .set(
            RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF,
            Duration.ofSeconds(10));
  }

  private static String uri(Path folder) {
    return folder.toUri().toString();
  }
}
