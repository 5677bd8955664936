package io.flinkmistral.jobs.gateway.stress;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.cluster.process.BrokerProcess;
import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import io.flinkmistral.jobs.cluster.process.GatewayProcess;
import io.flinkmistral.jobs.cluster.process.JobJar;
import io.flinkmistral.jobs.cluster.process.ProcessCluster;
import io.flinkmistral.jobs.cluster.rest.FlinkRest;
import io.flinkmistral.jobs.cluster.rest.StopWithSavepoint;
import io.flinkmistral.jobs.options.JobArguments;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;

/**
 * Everything as processes: a broker, a JobManager, two TaskManagers each of which has slots for the
 * whole job, and two gateways. Of the gateways the first one lives as long as the test does.
 */
final class StressCluster implements AutoCloseable {
  private static final int SLOTS = 2;
  private static final int TASK_MANAGERS = 2;
  private static final Duration TIME_TO_STOP = Duration.ofMinutes(2);

  private final BrokerProcess broker;
  private final ProcessCluster flink;
  private final List<ClusterProcess> taskManagers = new ArrayList<>();
  private final List<GatewayProcess> gateways = new ArrayList<>();
  private String job = "";

  private StressCluster(BrokerProcess broker, ProcessCluster flink) {
    this.broker = broker;
    this.flink = flink;
  }

  /** Starts all. When this returns, gateways answer and the job runs. */
  static StressCluster start(Path folder) throws Exception {
    BrokerProcess broker = BrokerProcess.start(Files.createDirectories(folder.resolve("kafka")));
    StressCluster cluster;
    try {
      cluster =
          new StressCluster(
              broker,
              ProcessCluster.start(
                  Files.createDirectories(folder.resolve("flink")),
                  new Configuration()
                      .set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, MemorySize.ofMebiBytes(512))));
    } catch (IOException | RuntimeException e) {
      broker.close();
      throw e;
    }
    try {
      cluster.startJob();
      cluster.startGateways(folder.resolve("gateways"));
      return cluster;
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  private void startJob() throws Exception {
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
                "--checkpoint.interval=1s",
                "--batch.conversations=64",
                "--kv.memory=256mb",
                // Of what is answered, state keeps little.
                "--kv.retention=10s",
                "--kv.state-limit=64mb",
                "--model.path=" + TinyModel.PATH));
    flink.await("the job is running", () -> flink.rest().isRunning(job));
  }

  private void startGateways(Path folder) throws Exception {
    for (String name : List.of("gateway-1", "gateway-2")) {
      gateways.add(
          GatewayProcess.start(
              folder,
              name,
              List.of(
                  "--kafka.bootstrap-servers=" + bootstrapServers(),
                  "--gateway.flink=" + flink.address(),
                  "--gateway.look-back=5m",
                  "--gateway.stateless-ttl=2m",
                  // What it remembers is not to be taken for a leak.
                  "--gateway.dialogues=1000")));
    }
    for (GatewayProcess gateway : gateways) {
      awaitReady(gateway);
    }
  }

  private void awaitReady(GatewayProcess gateway) throws Exception {
    flink.await(
        gateway.process().name() + " answers", () -> StressClient.isHealthy(gateway.address()));
  }

  String bootstrapServers() {
    return broker.node().bootstrapServers();
  }

  List<URI> addresses() {
    return gateways.stream().map(GatewayProcess::address).toList();
  }

  /** The gateway that is never killed. */
  ClusterProcess firstGateway() {
    return gateways.getFirst().process();
  }

  /** Kills a TaskManager that the job runs on, and starts another one in its place. */
  String replaceTaskManager() throws Exception {
    // The other one has room for all of it.
    flink.await(
        "the job is running, and could elsewhere",
        () -> flink.rest().isRunning(job) && flink.rest().freeSlots() == SLOTS);
    Set<String> busy =
        flink.rest().subtasks(job).stream()
            .map(FlinkRest.Subtask::taskManager)
            .collect(Collectors.toSet());
    ClusterProcess victim =
        taskManagers.stream().filter(one -> busy.contains(one.id())).findFirst().orElseThrow();
    victim.kill();
    victim.start();
    return victim.name();
  }

  /** The same of the other gateway. */
  String replaceGateway() throws Exception {
    GatewayProcess victim = gateways.getLast();
    victim.process().kill();
    victim.process().start();
    awaitReady(victim);
    return victim.process().name();
  }

  /** Stops the job; all that it has answered is committed then. */
  void stopJob() throws Exception {
    new StopWithSavepoint(flink.rest(), job, TIME_TO_STOP).run();
  }

  @Override
  public void close() {
    gateways.forEach(GatewayProcess::close);
    flink.close();
    broker.close();
  }
}
