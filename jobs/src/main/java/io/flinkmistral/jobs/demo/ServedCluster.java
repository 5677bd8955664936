package io.flinkmistral.jobs.demo;

import io.flinkmistral.jobs.ChatPipeline;
import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import io.flinkmistral.jobs.cluster.process.ProcessCluster;
import io.flinkmistral.jobs.cluster.rest.FlinkRest;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.options.ChatJobOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A broker in this process, and Flink in processes of its own with the chat job: a JobManager, and
 * two TaskManagers, one of which answers and the other waits for its end. Those that end are
 * started again.
 */
final class ServedCluster implements LocalJob, AutoCloseable {
  private static final int TASK_MANAGERS = 2;
  private static final int BETWEEN_LOOKS_MILLIS = 100;
  private static final int LOOKS_A_QUESTION = 10;
  private static final Set<String> ENDED = Set.of("FAILED", "CANCELED", "FINISHED");

  private final LocalBroker broker;
  private final ProcessCluster cluster;
  private final List<ClusterProcess> taskManagers = new ArrayList<>();
  private String job = "";
  private int looks;
  private boolean closed;

  private ServedCluster(LocalBroker broker, ProcessCluster cluster) {
    this.broker = broker;
    this.cluster = cluster;
  }

  /**
   * Starts broker and Flink, without a job as yet.
   *
   * @param brokerFolder for the broker's data
   * @param flinkFolder for Flink's logs, temporary files and checkpoints
   */
  static ServedCluster start(Path brokerFolder, Path flinkFolder) throws Exception {
    LocalBroker broker = LocalBroker.start(brokerFolder);
    ServedCluster served;
    try {
      served =
          new ServedCluster(broker, ProcessCluster.startWithThisProgram(flinkFolder, memory()));
    } catch (IOException | RuntimeException e) {
      broker.close();
      throw e;
    }
    try {
      served.startTaskManagers();
      return served;
    } catch (Exception e) {
      served.close();
      throw e;
    }
  }

  /** Keys and values, and the weights' own, are outside of Flink's memory. */
  private static Configuration memory() {
    return new Configuration()
        .set(TaskManagerOptions.TASK_HEAP_MEMORY, MemorySize.ofMebiBytes(512))
        .set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, MemorySize.ofMebiBytes(2048))
        .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
  }

  private void startTaskManagers() throws Exception {
    for (int i = 1; i <= TASK_MANAGERS; i++) {
      taskManagers.add(cluster.startTaskManager("taskmanager-" + i, 1));
    }
    cluster.awaitFreeSlots(TASK_MANAGERS);
  }

  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  @Override
  public URI webPage() {
    return URI.create("http://" + cluster.address());
  }

  /**
   * Makes the topics that the options name, and submits the chat job. When this returns it runs.
   *
   * @throws IOException if it never will
   */
  void submitChatJob(Configuration options) throws Exception {
    broker.node().createTopics(options);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createRemoteEnvironment(
            webPage().getHost(), webPage().getPort());
    env.setParallelism(1);
    ChatPipeline.add(env, options);
    job = env.executeAsync(options.get(ChatJobOptions.NAME)).getJobID().toString();
    while (!isRunning()) {
      checkRunning();
      Thread.sleep(BETWEEN_LOOKS_MILLIS);
    }
  }

  private boolean isRunning() throws IOException, InterruptedException {
    try {
      return cluster.rest().isRunning(job);
    } catch (FlinkRest.NotReadyException e) {
      return false;
    }
  }

  @Override
  public synchronized void checkRunning() throws IOException {
    if (closed) {
      throw new IOException("it is being stopped");
    }
    if (!cluster.jobManager().isAlive()) {
      throw new IOException("the JobManager has ended" + cluster.lastWords());
    }
    for (ClusterProcess one : taskManagers) {
      if (!one.isAlive()) {
        one.start();
      }
    }
    if (looks++ % LOOKS_A_QUESTION == 0) {
      checkJob();
    }
  }

  private void checkJob() throws IOException {
    try {
      String state = cluster.rest().jobState(job);
      if (ENDED.contains(state)) {
        throw new IOException("the job has ended: " + state + cluster.lastWords());
      }
    } catch (FlinkRest.NotReadyException e) {
      // It is asked again.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String killBusy() throws IOException, InterruptedException {
    Set<String> busy = new TreeSet<>();
    for (FlinkRest.Subtask subtask : cluster.rest().subtasks(job)) {
      busy.add(subtask.taskManager());
    }
    synchronized (this) {
      for (ClusterProcess one : taskManagers) {
        // Flink may still name one that was killed just now; the one in its place has another id.
        if (busy.contains(one.id()) && one.isAlive()) {
          String killed = "%s (process %d)".formatted(one.name(), one.pid());
          one.kill();
          return killed;
        }
      }
    }
    throw new IOException("no TaskManager answers just now: try again");
  }

  /** Kills Flink's processes, and starts none any more. */
  synchronized void stop() {
    closed = true;
    cluster.processes().forEach(ClusterProcess::kill);
  }

  @Override
  public void close() throws IOException {
    stop();
    cluster.close();
    broker.close();
  }
}
