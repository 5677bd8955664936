package io.flinkmistral.jobs.chaos;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.chaos.Disturbance.Victim;
import io.flinkmistral.jobs.cluster.process.BrokerProcess;
import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import io.flinkmistral.jobs.cluster.process.JobJar;
import io.flinkmistral.jobs.cluster.process.ProcessCluster;
import io.flinkmistral.jobs.cluster.rest.StopWithSavepoint;
import io.flinkmistral.jobs.options.JobArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.TaskManagerOptions.TaskManagerLoadBalanceMode;

/**
 * Everything as processes: a broker, ZooKeeper, a JobManager, and two TaskManagers on both of which
 * the job runs, while each of them has slots for the whole of it. So every TaskManager that is hit
 * hits the job, the other one takes over at once, and one that was paused comes back while its work
 * is being done elsewhere.
 */
final class ChaosCluster implements AutoCloseable {
  private static final int SLOTS = 3;
  private static final int TASK_MANAGERS = 2;

  /** Of a job whose last blow may just have been: coming back takes it half a minute. */
  private static final Duration TIME_TO_STOP = Duration.ofMinutes(3);

  private final BrokerProcess broker;
  private final ProcessCluster flink;
  private final List<ClusterProcess> taskManagers = new ArrayList<>();
  private String job;

  private ChaosCluster(BrokerProcess broker, ProcessCluster flink) {
    this.broker = broker;
    this.flink = flink;
  }

  /** Starts all and submits the job. */
  static ChaosCluster start(Path folder, String checkpointInterval) throws Exception {
    BrokerProcess broker =
        BrokerProcess.startWithNewTransactions(Files.createDirectories(folder.resolve("kafka")));
    try {
      ChaosCluster cluster =
          new ChaosCluster(
              broker,
              ProcessCluster.startHighlyAvailable(
                  Files.createDirectories(folder.resolve("flink")), configuration()));
      cluster.startJob(checkpointInterval);
      return cluster;
    } catch (Exception e) {
      broker.close();
      throw e;
    }
  }

  private static Configuration configuration() {
    return new Configuration()
        .set(TaskManagerOptions.TASK_MANAGER_LOAD_BALANCE_MODE, TaskManagerLoadBalanceMode.SLOTS);
  }

  private void startJob(String checkpointInterval) throws Exception {
    try {
      for (int i = 1; i <= TASK_MANAGERS; i++) {
        taskManagers.add(flink.startTaskManager("taskmanager-" + i, SLOTS));
      }
      broker.node().createTopics(JobArguments.parse(Map.of()));
      flink.awaitFreeSlots(TASK_MANAGERS * SLOTS);
      job =
          flink.submit(
              JobJar.PATH,
              SLOTS,
              List.of(
                  "--kafka.bootstrap-servers=" + bootstrapServers(),
                  "--checkpoint.interval=" + checkpointInterval,
                  "--batch.conversations=4",
                  "--engine.threads=1",
                  "--model.path=" + TinyModel.PATH));
      flink.await("the job is running", () -> flink.rest().isRunning(job));
    } catch (Exception e) {
      flink.close();
      throw e;
    }
  }

  String bootstrapServers() {
    return broker.node().bootstrapServers();
  }

  /** The log that tells of checkpoints. */
  Path jobManagerLog() {
    return flink.jobManager().log().path();
  }

  /** A process of a kind. */
  ClusterProcess process(Victim victim, Random random) {
    return switch (victim) {
      case TASK_MANAGER, PAUSED_TASK_MANAGER -> taskManagers.get(random.nextInt(TASK_MANAGERS));
      case JOB_MANAGER -> flink.jobManager();
      case BROKER -> broker.process();
    };
  }

  /** Stops the job; returns where its savepoint is. */
  String stop() throws Exception {
    return new StopWithSavepoint(flink.rest(), job, TIME_TO_STOP).run();
  }

  /** For messages: the ends of all logs. */
  String lastWords() throws IOException {
    return flink.lastWords();
  }

  @Override
  public void close() {
    flink.close();
    broker.close();
  }
}
