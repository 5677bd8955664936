package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several jobs of two slots each in one TaskManager, which share a model: whatever becomes of one,
 * the answers of the others are the same, and nothing of it stays.
 */
@Timeout(180)
class JobsOfOneModelTest {
  private static final int REQUESTS = 24;

  @TempDir private static Path folder;

  private static MiniCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(
                    new Configuration()
                        .set(CoreOptions.TMP_DIRS, folder.toString())
                        .set(RestOptions.BIND_PORT, "0"))
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(6)
                .build());
    cluster.start();
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  @Test
  void oneIsCancelledAndSubmittedAgainOneFailsAndTheOthersGoOn() throws Exception {
    JobID undisturbed = submit("undisturbed", 0);
    JobID failing = submit("failing", REQUESTS / 3);
    JobID cancelled = submit("cancelled", 0);
    Collected.FIRST_OF_CANCELLED.await();
    cluster.cancelJob(cancelled).get(60, TimeUnit.SECONDS);
    JobResult end = cluster.requestJobResult(cancelled).get(60, TimeUnit.SECONDS);
    assertThat(end.getJobStatus()).contains(JobStatus.CANCELED);
    JobID again = submit("again", 0);
    for (JobID job : List.of(undisturbed, failing, again)) {
      JobResult result = cluster.requestJobResult(job).get(120, TimeUnit.SECONDS);
      assertThat(result.getJobStatus()).contains(JobStatus.FINISHED);
    }
    Map<String, String> expected = answersWithoutFlink();
    for (String name : List.of("undisturbed", "failing", "again")) {
      assertThat(Collected.of(name)).as(name).isEqualTo(expected);
    }
    assertThat(expected).containsAllEntriesOf(Collected.of("cancelled"));
    assertThat(Collected.FAILED).containsExactly("failing");
    LanguageModel model = OperatorHarness.model(mistral());
    CommonTestUtils.waitUtil(
        () -> model.engine().running() == 0 && model.heldBytes() == 0,
        Duration.ofSeconds(30),
        Duration.ofMillis(10),
        "slots that have left the model");
  }

  private static Configuration mistral() {
    return options()
        .set(MistralOptions.MODEL_NAME, "of several jobs")
        .set(MistralOptions.MAX_CONVERSATIONS, 5);
  }

  private static List<CompletionRequest> requests() {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      requests.add(sampled("r" + i, "c" + i % 8, STORY + " ".repeat(i % 3), 30 + i));
    }
    return requests;
  }

  private static Map<String, String> answersWithoutFlink() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(mistral())) {
      for (CompletionRequest request : requests()) {
        operator.send(request);
      }
      operator.endInput();
      Map<String, String> answers = new HashMap<>();
      operator.answers().forEach((id, answer) -> answers.put(id, summary(answer)));
      return answers;
    }
  }

  private static String summary(CompletionEvent event) {
    CompletionEvent.Completed answer = (CompletionEvent.Completed) event;
    return answer.text() + answer.finishReason() + answer.usage();
  }

  /**
   * @param failsAfter answers after which the job fails once; 0 for never
   */
  private static JobID submit(String name, int failsAfter) throws Exception {
    Configuration flink =
        new Configuration()
            .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100))
            .set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                folder.resolve("checkpoints-" + name).toUri().toString())
            .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
            .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1)
            .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(flink);
    env.setParallelism(2);
    MistralStreams.complete(
            env.fromData(requests(), MistralTypes.REQUEST).uid("requests"), mistral())
        .map(event -> Collected.add(name, failsAfter, event))
        .returns(MistralTypes.EVENT)
        .uid("collected")
        .sinkTo(new DiscardingSink<>())
        .uid("sink");
    JobGraph graph = env.getStreamGraph().getJobGraph();
    cluster.submitJob(graph).get(60, TimeUnit.SECONDS);
    return graph.getJobID();
  }

  /** What came out of all attempts; the same request must have the same answer each time. */
  private static final class Collected {
    private static final Map<String, Map<String, String>> ANSWERS = new ConcurrentHashMap<>();
    private static final List<String> FAILED = new ArrayList<>();
    private static final CountDownLatch FIRST_OF_CANCELLED = new CountDownLatch(1);

    static Map<String, String> of(String job) {
      return ANSWERS.getOrDefault(job, Map.of());
    }

    static synchronized CompletionEvent add(String job, int failsAfter, CompletionEvent event) {
      if (!OperatorHarness.isAnswer(event)) {
        return event;
      }
      Map<String, String> answers = ANSWERS.computeIfAbsent(job, name -> new HashMap<>());
      String answer = summary(event);
      String before = answers.putIfAbsent(event.requestId(), answer);
      if (before != null && !before.equals(answer)) {
        answers.put(event.requestId(), "first: " + before + ", then: " + answer);
      }
      if (failsAfter > 0 && answers.size() == failsAfter && !FAILED.contains(job)) {
        FAILED.add(job);
        throw new IllegalStateException("the job fails once, as the test wants");
      }
      if (job.equals("cancelled")) {
        FIRST_OF_CANCELLED.countDown();
      }
      return event;
    }
  }
}
