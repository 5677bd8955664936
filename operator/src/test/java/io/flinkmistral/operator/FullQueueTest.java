package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.flinkmistral.mailbox.ClusterJob;
import io.flinkmistral.mailbox.TestCluster;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A slot that takes in no more than a few requests, and answers that take for ever: the model
 * stands still until the test lets it go on. What must happen meanwhile does, or the test runs out
 * of time.
 */
@Timeout(120)
class FullQueueTest {
  private static final int REQUESTS = 60;

  /** So many do not come to their end while nothing is answered. */
  private static final int LONG = 600;

  @TempDir private static Path folder;

  private static TestCluster cluster;
  private static Map<String, String> undisturbed;

  @BeforeAll
  static void start() throws Exception {
    undisturbed = answersWithoutFlink(requests(REQUESTS));
    cluster = TestCluster.start(folder, 2, TestCluster.FEW_RESTARTS);
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  @BeforeEach
  void nothingIsAnswered() {
    Collected.clear();
  }

  @AfterEach
  void noJobIsLeft() throws Exception {
    cluster.cancelAll();
  }

  /** The first one is of requests behind each other, the others are after the end of the input. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void checkpointsCompleteWhileNothingIsAnswered(boolean unaligned) throws Exception {
    ClusterJob job;
    try (StandingModel _ = new StandingModel(mistral())) {
      job = submit(streaming(unaligned), 1, Optional.empty());
      for (int i = 0; i < 3; i++) {
        job.checkpoint();
      }
      assertThat(Collected.answers()).isEmpty();
    }
    job.awaitEnd();
    assertThat(Collected.answers()).isEqualTo(undisturbed);
    assertThat(Collected.count()).isEqualTo(REQUESTS);
  }

  @ParameterizedTest
  @CsvSource({"false, 1, 2", "false, 2, 1", "true, 1, 2", "true, 2, 1"})
  void theJobIsStoppedWithASavepointAndGoesOnWithMoreOrFewerSlots(
      boolean unaligned, int before, int after) throws Exception {
    String savepoint;
    try (StandingModel _ = new StandingModel(mistral())) {
      savepoint = submit(streaming(unaligned), before, Optional.empty()).stop();
    }
    ClusterJob job;
    try (StandingModel _ = new StandingModel(mistral())) {
      job = submit(streaming(unaligned), after, Optional.of(savepoint));
      job.checkpoint();
    }
    job.awaitEnd();
    assertThat(Collected.answers()).isEqualTo(undisturbed);
    assertThat(Collected.count()).isEqualTo(REQUESTS);
  }

  /** From an unaligned one, a task reads all that was under way before it runs. */
  @ParameterizedTest
  @CsvSource({"false, 1, 2", "true, 1, 1", "true, 1, 2", "true, 2, 1"})
  void theJobGoesOnFromACheckpointWhileNothingIsAnswered(boolean unaligned, int before, int after)
      throws Exception {
    String checkpoint;
    ClusterJob job;
    try (StandingModel _ = new StandingModel(mistral())) {
      ClusterJob first = submit(streaming(unaligned), before, Optional.empty());
      checkpoint = first.checkpoint();
      first.cancel();
      job = submit(streaming(unaligned), after, Optional.of(checkpoint));
      job.checkpoint();
    }
    job.awaitEnd();
    assertThat(Collected.answers()).isEqualTo(undisturbed);
    assertThat(Collected.count()).isEqualTo(REQUESTS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aJobThatIsDrainedAnswersAllFirst(boolean unaligned) throws Exception {
    ClusterJob job;
    CompletableFuture<String> savepoint;
    try (StandingModel _ = new StandingModel(mistral())) {
      job = submit(requests(LONG), streaming(unaligned), 2, Optional.empty());
      job.checkpoint();
      savepoint = job.drain();
    }
    savepoint.join();
    job.awaitEnd();
    // Drained, the source ends where it is.
    Map<String, String> answers = Collected.answers();
    assertThat(Collected.count()).isEqualTo(answers.size()).isGreaterThan(REQUESTS / 2);
    assertThat(answersWithoutFlink(requests(LONG))).containsAllEntriesOf(answers);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFailureInTheMiddleChangesNoAnswer(boolean unaligned) throws Exception {
    Collected.failAt(REQUESTS / 2);
    ClusterJob job;
    try (StandingModel _ = new StandingModel(mistral())) {
      job = submit(streaming(unaligned), 2, Optional.empty());
      job.checkpoint();
    }
    job.awaitEnd();
    assertThat(Collected.answers()).isEqualTo(undisturbed);
    assertThat(job.restarts()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBatchJobAnswersAll(boolean fails) throws Exception {
    if (fails) {
      Collected.failAt(REQUESTS / 2);
    }
    Configuration batch =
        new Configuration(cluster.options())
            .set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    ClusterJob job = submit(batch, 2, Optional.empty());
    job.awaitEnd();
    assertThat(Collected.answers()).isEqualTo(undisturbed);
    assertThat(Collected.count()).isGreaterThanOrEqualTo(REQUESTS);
  }

  /** There are none, whatever the cluster's configuration says. */
  @Test
  void inABatchJobNoRequestWaitsForACheckpoint() throws Exception {
    StreamExecutionEnvironment env =
        new StreamExecutionEnvironment(
            streaming(false).set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH));
    List<CompletionRequest> requests =
        List.of(
            sampled("first", "c", "Hi", 1),
            sampled("refused", "c", "Hi", 1),
            sampled("other", "d", "Hi", 1), // There is no room for more until one is answered.
            sampled("last", "c", "Hi", 1));
    Configuration oneAtATime =
        mistral()
            .set(MistralOptions.QUEUE_LIMIT, 2)
            .set(MistralOptions.MAX_CONVERSATIONS, 1)
            .set(MistralOptions.CONVERSATION_QUEUE, 1);
    MistralStreams.complete(env.fromData(requests, MistralTypes.REQUEST), oneAtATime)
        .map(Collected::add)
        .returns(MistralTypes.EVENT)
        .sinkTo(new DiscardingSink<>());
    JobGraph graph = env.getStreamGraph().getJobGraph();
    ClusterJob job;
    try (StandingModel _ = new StandingModel(mistral())) {
      job = submitted(graph, Optional.empty());
      CommonTestUtils.waitUtil(
          () -> Collected.count() == 1, Duration.ofSeconds(60), Duration.ofMillis(10), "a refusal");
    }
    job.awaitEnd();
    assertThat(Collected.answers()).containsOnlyKeys("first", "refused", "other", "last");
    assertThat(Collected.answers()).containsEntry("refused", ErrorCode.QUEUE_FULL.wireName());
    assertThat(Collected.answers().get("last")).isNotEqualTo(ErrorCode.QUEUE_FULL.wireName());
  }

  @Test
  void aJobThatIsMadeABatchJobTooLateIsRefused() {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(new Configuration());
    MistralStreams.complete(env.fromData(requests(REQUESTS), MistralTypes.REQUEST), mistral())
        .sinkTo(new DiscardingSink<>());
    env.setRuntimeMode(RuntimeExecutionMode.BATCH);
    assertThat(catchThrowable(env::getStreamGraph)).hasMessageContaining("UNBOUNDED");
  }

  private static Configuration mistral() {
    return options()
        .set(MistralOptions.MODEL_NAME, "full-queue")
        .set(MistralOptions.QUEUE_LIMIT, 3)
        .set(MistralOptions.MAX_CONVERSATIONS, 2);
  }

  private static Configuration streaming(boolean unaligned) {
    return new Configuration(cluster.options())
        .set(CheckpointingOptions.ENABLE_UNALIGNED, unaligned)
        // The test triggers what it needs before; then the job ends with one of its own.
        .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(500));
  }

  /** Two turns of each conversation; with ids so long that they take many network buffers. */
  private static List<CompletionRequest> requests(int count) {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      requests.add(
          sampled(
              "%01000d".formatted(i),
              "%01000d".formatted(i % (count / 2)),
              "Tell me a story about " + i,
              1 + i % 2));
    }
    return requests;
  }

  private static Map<String, String> answersWithoutFlink(List<CompletionRequest> requests)
      throws Exception {
    try (OperatorHarness operator =
        OperatorHarness.opened(mistral().set(MistralOptions.QUEUE_LIMIT, 2 * LONG))) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.endInput();
      Map<String, String> answers = new HashMap<>();
      operator.answers().forEach((id, answer) -> answers.put(id, Collected.summary(answer)));
      return answers;
    }
  }

  /** A job on the cluster: the requests, the operator, and what the test collects. */
  private static ClusterJob submit(Configuration job, int parallelism, Optional<String> snapshot)
      throws Exception {
    return submit(requests(REQUESTS), job, parallelism, snapshot);
  }

  private static ClusterJob submit(
      List<CompletionRequest> requests,
      Configuration job,
      int parallelism,
      Optional<String> snapshot)
      throws Exception {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(job);
    env.setParallelism(parallelism);
    MistralStreams.complete(env.fromData(requests, MistralTypes.REQUEST).uid("requests"), mistral())
        .map(Collected::add)
        .returns(MistralTypes.EVENT)
        .uid("collected")
        .sinkTo(new DiscardingSink<>())
        .uid("nowhere");
    JobGraph graph = env.getStreamGraph().getJobGraph();
    return submitted(graph, snapshot);
  }

  private static ClusterJob submitted(JobGraph graph, Optional<String> snapshot) throws Exception {
    return ClusterJob.submit(
        cluster.cluster(), graph, snapshot, folder.resolve("savepoints"), true);
  }

  /** What came out, of all attempts; the same request must have the same answer each time. */
  private static final class Collected {
    private static final Map<String, String> ANSWERS = new HashMap<>();
    private static int count;
    private static int failsAt = -1;

    static synchronized void clear() {
      ANSWERS.clear();
      count = 0;
      failsAt = -1;
    }

    static synchronized void failAt(int answer) {
      failsAt = answer;
    }

    static synchronized CompletionEvent add(CompletionEvent event) {
      if (OperatorHarness.isAnswer(event)) {
        count++;
        if (count == failsAt) {
          throw new IllegalStateException("the failure of this test");
        }
        String before = ANSWERS.put(event.requestId(), summary(event));
        if (before != null && !before.equals(summary(event))) {
          throw new IllegalStateException("%s, but was %s".formatted(event, before));
        }
      }
      return event;
    }

    static String summary(CompletionEvent event) {
      return switch (event) {
        case CompletionEvent.Completed answer ->
            "%s, %s, %s".formatted(answer.text(), answer.finishReason(), answer.usage());
        case CompletionEvent.Rejected refusal -> refusal.code();
        case CompletionEvent.Reported reported ->
            throw new IllegalArgumentException(reported.toString());
        case CompletionEvent.Chunk chunk -> throw new IllegalArgumentException(chunk.toString());
      };
    }

    static synchronized Map<String, String> answers() {
      return Map.copyOf(ANSWERS);
    }

    static synchronized int count() {
      return count;
    }
  }
}
