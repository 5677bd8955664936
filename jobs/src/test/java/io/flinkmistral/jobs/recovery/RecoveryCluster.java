package io.flinkmistral.jobs.recovery;

import io.flinkmistral.jobs.ChatPipeline;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A Flink cluster of two TaskManagers that can be killed, with two slots each. */
final class RecoveryCluster {
  private static final int TASK_MANAGERS = 2;
  private static final int SLOTS = 2;

  private final Path folder;
  private final Configuration configuration;
  private final MiniCluster cluster;
  private int killed;

  private RecoveryCluster(Path folder, Configuration configuration) {
    this.folder = folder;
    this.configuration = configuration;
    this.cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(TASK_MANAGERS)
                .setNumSlotsPerTaskManager(SLOTS)
                .build());
  }

  static RecoveryCluster start(Path folder) throws Exception {
    RecoveryCluster started = new RecoveryCluster(folder, configuration(folder));
    started.cluster.start();
    return started;
  }

  private static Configuration configuration(Path folder) {
    return new Configuration()
        .set(CoreOptions.TMP_DIRS, folder.resolve("tmp").toString())
        .set(RestOptions.BIND_PORT, "0")
        .set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true)
        .set(
            CheckpointingOptions.CHECKPOINTS_DIRECTORY,
            folder.resolve("checkpoints").toUri().toString())
        .set(
            CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
            ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION)
        // A job that fails by itself uses this up, and then the test fails and does not hang.
        .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 8)
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
  }

  /**
   * Starts the chat job, with its state in RocksDB.
   *
   * @param snapshot the savepoint or checkpoint that it goes on from, if any
   */
  RunningJob submit(Configuration options, int parallelism, Optional<String> snapshot)
      throws Exception {
    return submit(options, parallelism, snapshot, "rocksdb");
  }

  /** Starts the chat job with a state backend, in Flink's words. */
  RunningJob submit(
      Configuration options, int parallelism, Optional<String> snapshot, String backend)
      throws Exception {
    Configuration flink = new Configuration(configuration);
    flink.set(StateBackendOptions.STATE_BACKEND, backend);
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(flink);
    env.setParallelism(parallelism);
    ChatPipeline.add(env, options);
    JobGraph job = env.getStreamGraph().getJobGraph();
    snapshot.ifPresent(
        path -> job.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(path)));
    cluster.submitJob(job).get(60, TimeUnit.SECONDS);
    return new RunningJob(cluster, job.getJobID(), folder.resolve("savepoints"));
  }

  /** Kills the TaskManager that has been there longest, and starts another one. */
  void replaceTaskManager() throws Exception {
    cluster.terminateTaskManager(killed++).get(60, TimeUnit.SECONDS);
    cluster.startTaskManager();
  }

  void stop() throws Exception {
    cluster.close();
  }
}
