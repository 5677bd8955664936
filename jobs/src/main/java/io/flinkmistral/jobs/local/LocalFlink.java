package io.flinkmistral.jobs.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * A Flink cluster in this process: one TaskManager, state in RocksDB, incremental checkpoints, and
 * the web page on a free port.
 */
public final class LocalFlink implements AutoCloseable {
  private static final String HOST = InetAddress.getLoopbackAddress().getHostAddress();

  private final Configuration configuration;
  private final MiniCluster cluster;
  private int ended;

  private LocalFlink(Configuration configuration, MiniCluster cluster) {
    this.configuration = configuration;
    this.cluster = cluster;
  }

  /**
   * Starts a cluster.
   *
   * @param folder for temporary files and checkpoints
   * @param slots of its TaskManager, and the parallelism of jobs
   */
  public static LocalFlink start(Path folder, int slots) throws Exception {
    return start(folder, slots, new Configuration());
  }

  /** The same with more of Flink's options. */
  public static LocalFlink start(Path folder, int slots, Configuration more) throws Exception {
    Configuration configuration = configuration(folder, slots);
    configuration.addAll(more);
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    LocalFlink flink = new LocalFlink(configuration, cluster);
    try {
      cluster.start();
      return flink;
    } catch (Exception e) {
      flink.close();
      throw e;
    }
  }

  /** Where the web page listens. */
  public URI webPage() throws Exception {
    return cluster.getRestAddress().get();
  }

  /** An environment to add a job to. What it executes itself runs here, too. */
  public StreamExecutionEnvironment environment() {
    return new StreamExecutionEnvironment(
        new LocalExecution(cluster),
        new Configuration(configuration).set(DeploymentOptions.TARGET, LocalExecution.NAME),
        LocalFlink.class.getClassLoader());
  }

  /**
   * A job that was submitted.
   *
   * @param result ends with the job
   */
  public record Submitted(JobID id, CompletableFuture<JobResult> result) {}

  /** Starts the job of {@code env}. */
  public Submitted submit(StreamExecutionEnvironment env, String name) throws Exception {
    StreamGraph graph = env.getStreamGraph();
    graph.setJobName(name);
    JobGraph job = graph.getJobGraph();
    cluster.submitJob(job).get();
    return new Submitted(job.getJobID(), cluster.requestJobResult(job.getJobID()));
  }

  /** Whether all of the job's tasks are running. */
  public boolean isRunning(JobID job) throws Exception {
    // Before that the job has no tasks.
    if (cluster.getJobStatus(job).get() != JobStatus.RUNNING) {
      return false;
    }
    for (AccessExecutionVertex task :
        cluster.getExecutionGraph(job).get().getAllExecutionVertices()) {
      if (task.getExecutionState() != ExecutionState.RUNNING) {
        return false;
      }
    }
    return true;
  }

  /** Ends the TaskManager, whatever it does, and starts another one; jobs are restored there. */
  public synchronized void replaceTaskManager() throws IOException, InterruptedException {
    try {
      // The cluster goes on counting those that have ended.
      cluster.terminateTaskManager(ended++).get();
      cluster.startTaskManager();
    } catch (Exception e) {
      if (e instanceof InterruptedException interrupted) {
        throw interrupted;
      }
      throw new IOException("cannot replace the TaskManager: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      cluster.close();
    } catch (Exception e) {
      throw new IOException("cannot stop Flink: " + e.getMessage(), e);
    }
  }

  private static Configuration configuration(Path folder, int slots) {
    return new Configuration()
        .set(CoreOptions.TMP_DIRS, folder.resolve("tmp").toString())
        .set(WebOptions.TMP_DIR, folder.resolve("tmp").toString())
        .set(CoreOptions.DEFAULT_PARALLELISM, slots)
        .set(RestOptions.BIND_ADDRESS, HOST)
        .set(RestOptions.ADDRESS, HOST)
        .set(RestOptions.BIND_PORT, "0")
        // Jobs are not sent over HTTP here; see the package local.web.
        .set(WebOptions.SUBMIT_ENABLE, false)
        .set(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN, "http://" + HOST)
        // The server of jars and other files listens where these say.
        .set(JobManagerOptions.ADDRESS, HOST)
        .set(JobManagerOptions.BIND_HOST, HOST)
        .set(TaskManagerOptions.HOST, HOST)
        .set(TaskManagerOptions.BIND_HOST, HOST)
        .set(StateBackendOptions.STATE_BACKEND, "rocksdb")
        .set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true)
        .set(
            CheckpointingOptions.CHECKPOINTS_DIRECTORY,
            folder.resolve("checkpoints").toUri().toString())
        // A fault that comes back at once is no use to who waits for answers.
        .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3)
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
  }
}
