package io.flinkmistral.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import io.flinkmistral.jobs.cluster.process.JobJar;
import io.flinkmistral.jobs.cluster.process.ProcessCluster;
import io.flinkmistral.jobs.cluster.rest.FlinkRest;
import io.flinkmistral.jobs.local.LocalBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A job of three slots on two TaskManagers. The small one, of one slot, is killed twice in the
 * middle of answers, and each time the whole job fails and starts again. The big one, of two slots,
 * lives on, and so must its model, until the job is cancelled.
 */
@EnabledOnOs(OS.LINUX)
class WeightsOnceIT {
  private static final int SLOTS = 3;
  private static final int SLOTS_OF_BIG = 2;
  private static final String LOADED = ": loaded model ";
  private static final String RELEASED = ": released model ";
  private static final String MODEL = "io.flinkmistral.engine.LanguageModel";
  private static final String PACKED_WEIGHTS = "io.flinkmistral.kernel.layout.Panels";

  @Test
  void areLoadedOnceForTwoSlotsAndTwoFailovers(
      @TempDir Path brokerFolder, @TempDir Path clusterFolder) throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(clusterFolder, failures())) {
      ClusterProcess big = cluster.startTaskManager("big", SLOTS_OF_BIG);
      ClusterProcess small = cluster.startTaskManager("small", SLOTS - SLOTS_OF_BIG);
      try (LocalBroker broker = LocalBroker.start(brokerFolder);
          Conversations conversations = new Conversations(broker, SLOTS, 4)) {
        cluster.awaitFreeSlots(SLOTS);
        String job = submit(cluster, broker);
        cluster.awaitRunning(job, 0);
        ProcessMemory memory = new ProcessMemory(big);
        long packed = memory.reachable(PACKED_WEIGHTS);

        failTwice(cluster, job, small, conversations);
        conversations.ask();
        cluster.await("all are answered", conversations::allAreAnswered);

        assertThat(slots(cluster, job, "big")).isEqualTo(SLOTS_OF_BIG);
        assertThat(big.log().linesWith(LOADED)).hasSize(1);
        assertThat(big.log().linesWith(RELEASED)).isEmpty();
        assertThat(memory.mappings(TinyModel.PATH)).hasSize(1);
        assertThat(memory.reachable(MODEL)).isEqualTo(1);
        assertThat(memory.reachable(PACKED_WEIGHTS)).isEqualTo(packed);
        // Of all subtasks, so that there were no failures but these two.
        cluster.awaitRunning(job, 2);

        cluster.rest().cancel(job);
        cluster.await("the model is released", () -> !big.log().linesWith(RELEASED).isEmpty());
        assertThat(big.isAlive()).isTrue();
        assertThat(memory.mappings(TinyModel.PATH)).isEmpty();
        // The threads that ran the tasks may forget them a moment later.
        cluster.await("there is no model", () -> memory.reachable(MODEL) == 0);
        assertThat(memory.reachable(PACKED_WEIGHTS)).isZero();
        assertEachIsAnsweredOnce(conversations);
      }
    }
  }

  /**
   * A process that was killed is known to be gone before the job starts again, or the first attempt
   * would fail on its slots.
   */
  private static Configuration failures() {
    return new Configuration()
        .set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofMillis(500))
        .set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofSeconds(30))
        .set(HeartbeatManagerOptions.HEARTBEAT_RPC_FAILURE_THRESHOLD, 1)
        .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 100)
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(3));
  }

  private static String submit(ProcessCluster cluster, LocalBroker broker) throws Exception {
    return cluster.submit(
        JobJar.PATH,
        SLOTS,
        List.of(
            "--kafka.bootstrap-servers=" + broker.bootstrapServers(),
            "--checkpoint.interval=500ms",
            "--batch.conversations=2",
            "--engine.threads=1",
            "--model.path=" + TinyModel.PATH));
  }

  private static void failTwice(
      ProcessCluster cluster, String job, ClusterProcess small, Conversations conversations)
      throws Exception {
    ClusterProcess victim = small;
    for (int failure = 1; failure <= 2; failure++) {
      conversations.ask();
      cluster.await("an answer has begun", conversations::someoneIsBeingAnswered);
      victim.kill();
      victim = cluster.startTaskManager("small-" + failure, SLOTS - SLOTS_OF_BIG);
      cluster.awaitRunning(job, failure);
    }
  }

  /** Slots of a TaskManager that the job uses. */
  private static long slots(ProcessCluster cluster, String job, String taskManager)
      throws Exception {
    return cluster.rest().subtasks(job).stream()
        .filter(subtask -> subtask.taskManager().equals(taskManager))
        .map(FlinkRest.Subtask::index)
        .distinct()
        .count();
  }

  private static void assertEachIsAnsweredOnce(Conversations conversations) {
    List<JsonNode> answers = conversations.answers();
    assertThat(answers).noneMatch(answer -> answer.has("error"));
    assertThat(answers.stream().map(answer -> answer.get("request_id").stringValue()))
        .containsExactlyInAnyOrderElementsOf(conversations.asked());
  }
}
