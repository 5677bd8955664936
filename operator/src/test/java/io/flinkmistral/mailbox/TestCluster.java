package io.flinkmistral.mailbox;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/**
 * A cluster of this process with one TaskManager, whose jobs leave their checkpoints behind.
 *
 * @param options of the cluster, for jobs to begin with
 */
public record TestCluster(MiniCluster cluster, Configuration options) {
  private static final long SECONDS = 60;

  /** A job starts again after a failure, and after a stop that Flink declines. */
  public static final Configuration FEW_RESTARTS =
      new Configuration()
          .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
          .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 5)
          .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));

  /** A job that fails has failed. */
  public static final Configuration NO_RESTART =
      new Configuration().set(RestartStrategyOptions.RESTART_STRATEGY, "none");

  /**
   * Starts it.
   *
   * @param folder for all that it writes
   * @param restarts what becomes of a job that fails
   */
  public static TestCluster start(Path folder, int slots, Configuration restarts) throws Exception {
    Configuration options =
        new Configuration(restarts)
            .set(CoreOptions.TMP_DIRS, folder.resolve("tmp").toString())
            .set(RestOptions.BIND_PORT, "0")
            .set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                folder.resolve("checkpoints").toUri().toString())
            .set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(options)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    cluster.start();
    return new TestCluster(cluster, options);
  }

  /** Ends all that still runs. */
  public void cancelAll() throws Exception {
    for (JobStatusMessage job : cluster.listJobs().get(SECONDS, TimeUnit.SECONDS)) {
      if (!job.getJobState().isGloballyTerminalState()) {
        cluster.cancelJob(job.getJobId()).get(SECONDS, TimeUnit.SECONDS);
        cluster.requestJobResult(job.getJobId()).get(SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  public void close() throws Exception {
    cluster.close();
  }
}
