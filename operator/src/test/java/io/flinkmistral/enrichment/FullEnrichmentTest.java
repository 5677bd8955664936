package io.flinkmistral.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.mailbox.ClusterJob;
import io.flinkmistral.mailbox.TestCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
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

/**
 * A subtask that takes in no more than a few records, and an engine that stands still until the
 * test lets it go on. What must happen meanwhile does, or the test runs out of time.
 */
@Timeout(120)
class FullEnrichmentTest {
  private static final int RECORDS = 1000;

  /** So many records take more network buffers than there are: the source never gets to its end. */
  private static final int LONG = 3000;

  private static final int SHORT = 300;
  private static final Capacity FULL = new Capacity(3, 1 << 20, false);

  @TempDir private static Path folder;

  private static TestCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = TestCluster.start(folder, 4, TestCluster.FEW_RESTARTS);
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  @BeforeEach
  void nothingHasComeOut() {
    Collected.clear();
    TestEnrichers.stand();
  }

  @AfterEach
  void noJobIsLeft() throws Exception {
    TestEnrichers.goOn();
    cluster.cancelAll();
  }

  /** The first one is of records behind each other, the others are after the end of the input. */
  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void checkpointsCompleteWhileNothingIsAnswered(boolean unaligned, boolean ordered)
      throws Exception {
    ClusterJob job =
        submit(streaming(unaligned), 1, new Capacity(3, 1 << 20, ordered), Optional.empty());
    for (int i = 0; i < 3; i++) {
      job.checkpoint();
    }
    assertThat(Collected.out()).isEmpty();
    TestEnrichers.goOn();
    job.awaitEnd();
    if (ordered) {
      assertThat(Collected.out()).isEqualTo(enriched());
    } else {
      assertThat(Collected.out()).containsExactlyInAnyOrderElementsOf(enriched());
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 1, 4", "false, 4, 1", "true, 1, 4", "true, 4, 1"})
  void theJobIsStoppedWithASavepointAndGoesOnWithMoreOrFewerSlots(
      boolean unaligned, int before, int after) throws Exception {
    String savepoint = submit(streaming(unaligned), before, FULL, Optional.empty()).stop();
    ClusterJob job = submit(streaming(unaligned), after, FULL, Optional.of(savepoint));
    job.checkpoint();
    TestEnrichers.goOn();
    job.awaitEnd();
    assertThat(Collected.out()).containsExactlyInAnyOrderElementsOf(enriched());
  }

  @ParameterizedTest
  @CsvSource({"false, 1, 4", "true, 1, 1", "true, 1, 4", "true, 4, 1"})
  void theJobGoesOnFromACheckpointWhileNothingIsAnswered(boolean unaligned, int before, int after)
      throws Exception {
    ClusterJob first = submit(streaming(unaligned), before, FULL, Optional.empty());
    String checkpoint = first.checkpoint();
    first.cancel();
    ClusterJob job = submit(streaming(unaligned), after, FULL, Optional.of(checkpoint));
    job.checkpoint();
    TestEnrichers.goOn();
    job.awaitEnd();
    assertThat(Collected.out()).containsExactlyInAnyOrderElementsOf(enriched());
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void aJobThatIsDrainedAnswersAllFirst(boolean unaligned) throws Exception {
    ClusterJob job = submit(streaming(unaligned), 2, FULL, records(LONG), Optional.empty());
    job.checkpoint();
    CompletableFuture<String> savepoint = job.drain();
    TestEnrichers.goOn();
    savepoint.join();
    job.awaitEnd();
    // Drained, the source ends where it is.
    assertThat(Collected.out()).doesNotHaveDuplicates().hasSizeGreaterThan(2);
  }

  @Test
  void anEngineThatBreaksIsAskedAgain() throws Exception {
    TestEnrichers.breakAt(records().get(RECORDS / 2));
    ClusterJob job = submit(streaming(true), 1, FULL, Optional.empty());
    TestEnrichers.goOn();
    job.awaitEnd();
    assertThat(Collected.out()).containsAll(enriched());
    assertThat(TestEnrichers.asked()).containsEntry(records().get(RECORDS / 2), 2);
  }

  @ParameterizedTest
  @CsvSource({"1", "4"})
  void aBatchJobAnswersAll(int parallelism) throws Exception {
    Configuration batch =
        new Configuration(cluster.options())
            .set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    TestEnrichers.goOn();
    submit(batch, parallelism, FULL, Optional.empty()).awaitEnd();
    assertThat(Collected.out()).containsExactlyInAnyOrderElementsOf(enriched());
  }

  /** Each holds its job open until it has answered all. */
  @Test
  void aJobMayHaveSeveral() throws Exception {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(streaming(false));
    env.setParallelism(2);
    EnrichmentStreams.enrich(
            EnrichmentStreams.enrich(
                env.fromData(records(), Types.STRING),
                "first",
                TestEnrichers::open,
                FULL,
                Types.STRING),
            "second",
            TestEnrichers::open,
            FULL,
            Types.STRING)
        .map(Collected::add)
        .returns(Types.STRING)
        .sinkTo(new DiscardingSink<>());
    JobGraph graph = env.getStreamGraph().getJobGraph();
    ClusterJob job = submitted(graph, Optional.empty());
    job.checkpoint();
    TestEnrichers.goOn();
    job.awaitEnd();
    assertThat(Collected.out())
        .containsExactlyInAnyOrderElementsOf(enriched().stream().map(text -> text + "!").toList());
  }

  private static Configuration streaming(boolean unaligned) {
    return new Configuration(cluster.options())
        .set(CheckpointingOptions.ENABLE_UNALIGNED, unaligned)
        // The test triggers what it needs before; then the job ends with one of its own.
        .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(500));
  }

  private static List<String> records() {
    return records(SHORT);
  }

  private static List<String> records(int length) {
    return IntStream.range(0, RECORDS)
        .mapToObj(i -> "%d".formatted(i) + "x".repeat(length))
        .toList();
  }

  private static List<String> enriched() {
    return records().stream().map(text -> text + "!").toList();
  }

  /** A job on the cluster: the records, the operator, and what the test collects. */
  private static ClusterJob submit(
      Configuration job, int parallelism, Capacity capacity, Optional<String> snapshot)
      throws Exception {
    return submit(job, parallelism, capacity, records(), snapshot);
  }

  private static ClusterJob submit(
      Configuration job,
      int parallelism,
      Capacity capacity,
      List<String> records,
      Optional<String> snapshot)
      throws Exception {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(job);
    env.setParallelism(parallelism);
    EnrichmentStreams.enrich(
            env.fromData(records, Types.STRING).uid("records"),
            "enrich",
            TestEnrichers::open,
            capacity,
            Types.STRING)
        .map(Collected::add)
        .returns(Types.STRING)
        .uid("collected")
        .sinkTo(new DiscardingSink<>())
        .uid("nowhere");
    JobGraph graph = env.getStreamGraph().getJobGraph();
    return submitted(graph, snapshot);
  }

  private static ClusterJob submitted(JobGraph graph, Optional<String> snapshot) throws Exception {
    return ClusterJob.submit(
        cluster.cluster(), graph, snapshot, folder.resolve("savepoints"), false);
  }

  /** What came out, of all attempts. */
  private static final class Collected {
    private static final List<String> OUT = new ArrayList<>();

    static synchronized void clear() {
      OUT.clear();
    }

    static synchronized String add(String text) {
      OUT.add(text);
      return text;
    }

    static synchronized List<String> out() {
      return List.copyOf(OUT);
    }
  }
}
