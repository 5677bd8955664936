package io.flinkmistral.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.cluster.FlinkRest.Subtask;
import io.flinkmistral.jobs.demo.LocalBroker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A job of three slots on two TaskManagers. The small one, of one slot, is killed twice in the
 * middle of answers, and each time the whole job fails and starts again. The big one, of two slots,
 * lives on: its model must, too.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(300)
class WeightsOnceIT {
  private static final String LOADED = " loaded model ";
  private static final String RELEASED = " released model ";
  private static final String MODEL = "io.flinkmistral.generation.LanguageModel";
  private static final String PACKED = "io.flinkmistral.kernel.Panels";
  private static final String COUNTER = "Mistral.mistral.completionTokens";

  private LocalBroker broker;
  private ProcessCluster cluster;
  private Conversations conversations;
  private JvmProcess big;
  private ProcessMemory memory;

  @BeforeEach
  void start(@TempDir Path brokerFolder, @TempDir Path clusterFolder) throws Exception {
    cluster = ProcessCluster.start(clusterFolder);
    big = cluster.startTaskManager("big", 2);
    memory = new ProcessMemory(big);
    broker = LocalBroker.start(brokerFolder);
    conversations = new Conversations(broker, 12);
  }

  @AfterEach
  void stop() throws Exception {
    conversations.close();
    cluster.close();
    broker.close();
  }

  @Test
  void loadsOnceForTwoSlotsAndTwoFailovers() throws Exception {
    JvmProcess small = cluster.startTaskManager("small", 1);
    cluster.awaitFreeSlots(3);
    String job =
        cluster.submit(
            JobJar.PATH,
            3,
            List.of(
                "--kafka.bootstrap-servers=" + broker.bootstrapServers(),
                "--checkpoint.interval=500ms",
                "--batch.conversations=2",
                "--model.path=" + TinyModel.PATH));
    cluster.awaitRunning(job, 0);
    long packed = memory.reachable(PACKED);
    for (int restarts = 1; restarts <= 2; restarts++) {
      conversations.ask();
      cluster.await("an answer has begun", conversations::someoneIsBeingAnswered);
      small.kill();
      small = cluster.startTaskManager("small-" + restarts, 1);
      cluster.awaitRunning(job, restarts);
    }
    conversations.ask();
    cluster.await("all are answered", conversations::allAreAnswered);
    cluster.await("both slots have answered", () -> slotsThatAnswered(job) == 2);
    cluster.awaitRunning(job, 2);

    assertThat(big.logged(LOADED)).hasSize(1);
    assertThat(memory.mappings(TinyModel.PATH)).hasSize(1);
    assertThat(memory.reachable(MODEL)).isEqualTo(1);
    assertThat(memory.reachable(PACKED)).isEqualTo(packed);
    assertThat(big.logged(RELEASED)).isEmpty();

    cluster.rest().cancel(job);
    cluster.await("the model is released", () -> !big.logged(RELEASED).isEmpty());
    assertThat(memory.mappings(TinyModel.PATH)).isEmpty();
    assertThat(memory.reachable(MODEL)).isZero();
    assertThat(memory.reachable(PACKED)).isZero();
    assertThat(big.isAlive()).isTrue();
    assertEachWasAnsweredOnce();
  }

  /** Subtasks on the big TaskManager that have drawn tokens since the last restart. */
  private int slotsThatAnswered(String job) throws Exception {
    List<Integer> answered = new ArrayList<>();
    for (Subtask subtask : cluster.rest().subtasks(job)) {
      if (subtask.taskManager().equals("big")
          && cluster.rest().counter(job, subtask, COUNTER).orElse(0) > 0) {
        answered.add(subtask.index());
      }
    }
    return answered.size();
  }

  private void assertEachWasAnsweredOnce() {
    List<JsonNode> answers = conversations.answers();
    assertThat(answers).noneMatch(answer -> answer.has("error"));
    assertThat(answers.stream().map(answer -> answer.get("request_id").stringValue()))
        .containsExactlyInAnyOrderElementsOf(conversations.asked());
  }
}
