package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.operator.function.MistralAsyncFunction;
import io.flinkmistral.operator.function.MistralMapFunction;
import io.flinkmistral.operator.options.EnrichmentOptions;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.runner.BoundTask;
import io.flinkmistral.task.runner.TaskRunner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.async.CollectionSupplier;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.util.MockStreamingRuntimeContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tasks of the small model as functions, in whole jobs. */
@Timeout(180)
class FunctionsTest {
  private static final PromptTemplate SENTIMENT =
      PromptTemplate.of("Classify the sentiment: {{text}}");
  private static final Task LABELS =
      ClassificationTask.of("positive", "negative").withoutShownLabels();
  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final String MARK = "    // README\n";

  /** Among them one that the context has no room for. */
  private static final List<String> REVIEWS =
      IntStream.range(0, 40)
          .mapToObj(i -> i == 17 ? "dog ".repeat(5000) : "I %s %d lamps.".formatted(verb(i), i))
          .toList();

  @TempDir private static Path folder;

  private static List<Enriched<String>> expected;

  private static String verb(int i) {
    return i % 2 == 0 ? "love" : "hate";
  }

  /** What the engine says without Flink. */
  @BeforeAll
  static void labelWithoutFlink() throws Exception {
    expected = new ArrayList<>();
    LanguageModel model = OperatorHarness.model(options());
    try (TaskRunner runner =
        new TaskRunner(
            model, new StatelessSettings(new BatchLimits(4, 32), 64L << 20, 60, 100_000))) {
      BoundTask task = runner.bind(SENTIMENT, LABELS, TaskLimits.DEFAULT);
      for (String review : REVIEWS) {
        expected.add(enriched(review, task));
      }
    }
    assertThat(expected.stream().filter(e -> e instanceof Enriched.Failed<String>)).hasSize(1);
  }

  private static Enriched<String> enriched(String review, BoundTask task) {
    try {
      return new Enriched.Done<>(review, task.run(Map.of("text", review)).join());
    } catch (CompletionException e) {
      InvalidRequestException cause = (InvalidRequestException) e.getCause();
      return new Enriched.Failed<>(review, cause.code(), cause.parameter(), cause.getMessage());
    }
  }

  private static Configuration options() {
    return OperatorHarness.options().set(MistralOptions.MODEL_NAME, "of functions");
  }

  private static DataStream<String> reviews(int parallelism) {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(
            parallelism,
            new Configuration()
                .set(CoreOptions.TMP_DIRS, folder.toString())
                .set(RestOptions.BIND_PORT, "0"));
    return env.fromData(REVIEWS).rebalance();
  }

  @Test
  void anAsyncFunctionGivesEachRecordItsResultInAnyNumberOfSlots() throws Exception {
    for (int parallelism : new int[] {1, 4}) {
      DataStream<Enriched<String>> labels =
          MistralAsyncFunction.unordered(
              reviews(parallelism), SENTIMENT, LABELS, options(), TIMEOUT, 8);
      assertThat(labels.executeAndCollect(100))
          .as("in %d slots", parallelism)
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void anAsyncFunctionKeepsTheOrderWhereThatIsAskedFor() throws Exception {
    DataStream<Enriched<String>> labels =
        MistralAsyncFunction.ordered(reviews(1), SENTIMENT, LABELS, options(), TIMEOUT, 8);
    assertThat(labels.executeAndCollect(100)).isEqualTo(expected);
  }

  @Test
  void aMapFunctionGivesEachRecordItsResult() throws Exception {
    DataStream<Enriched<String>> labels =
        reviews(2).map(new MistralMapFunction<>(Types.STRING, SENTIMENT, LABELS, options()));
    assertThat(labels.executeAndCollect(100)).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void whatTheReadmeShowsRunsAndIsWhatStandsThere() throws Exception {
    List<Enriched<String>> async =
        FunctionExamples.async(reviews(1), options()).executeAndCollect(100);
    assertThat(FunctionExamples.map(reviews(1), options()).executeAndCollect(100))
        .hasSameSizeAs(REVIEWS)
        .containsExactlyInAnyOrderElementsOf(async);
    String readme = Files.readString(Path.of("README.md"));
    String[] parts =
        Files.readString(Path.of("src/test/java/io/flinkmistral/operator/FunctionExamples.java"))
            .split(MARK);
    assertThat(parts).hasSize(5);
    for (int i = 1; i < parts.length; i += 2) {
      assertThat(readme).contains(parts[i].indent(-4));
    }
  }

  @Test
  void aColumnThatRecordsDoNotHaveIsRefusedBeforeTheJob() {
    PromptTemplate other = PromptTemplate.of("{{txt}}");
    assertThatThrownBy(() -> new MistralMapFunction<>(Types.STRING, other, LABELS, options()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("did you mean text?");
  }

  @Test
  void theDeadlineIsBelowTheTimeOut() {
    assertThat(deadline(Duration.ofMinutes(1), Duration.ZERO)).isEqualTo(Duration.ofSeconds(54));
    assertThat(deadline(Duration.ofMinutes(1), Duration.ofSeconds(3)))
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(deadline(Duration.ofMinutes(1), Duration.ofMinutes(3)))
        .isEqualTo(Duration.ofSeconds(54));
    assertThat(deadline(Duration.ZERO, Duration.ofMinutes(3)))
        .as("without a time-out")
        .isEqualTo(Duration.ofMinutes(3));
    assertThat(deadline(Duration.ZERO, Duration.ZERO)).isZero();
  }

  private static Duration deadline(Duration timeout, Duration own) {
    return MistralAsyncFunction.below(
            timeout,
            Types.STRING,
            SENTIMENT,
            LABELS,
            options().set(EnrichmentOptions.DEADLINE, own))
        .deadline();
  }

  @Test
  void aTimeOutIsATypedErrorAndEndsTheWork() throws Exception {
    MistralAsyncFunction<String> function =
        new MistralAsyncFunction<>(
            Types.STRING,
            PromptTemplate.of("{{text}}"),
            new CompletionTask(),
            text -> Map.of("text", text),
            options());
    function.setRuntimeContext(new MockStreamingRuntimeContext(1, 0));
    function.open((OpenContext) null);
    List<Waiting> waiting = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Waiting next = new Waiting();
      waiting.add(next);
      function.asyncInvoke("Tell me a story. " + i, next);
      function.timeout("Tell me a story. " + i, next);
    }
    for (Waiting next : waiting) {
      assertThat(next.result.get(60, TimeUnit.SECONDS))
          .singleElement()
          .isInstanceOfSatisfying(
              Enriched.Failed.class,
              failed -> assertThat(failed.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
    }
    LanguageModel model = OperatorHarness.model(options());
    CommonTestUtils.waitUtil(
        () -> model.engine().running() == 0 && model.cacheBytes() == model.sharedBytes(),
        Duration.ofSeconds(30),
        Duration.ofMillis(10),
        "records that have left the model");
    function.close();
  }

  /** Waits as an operator does; each result comes once. */
  private static final class Waiting implements ResultFuture<Enriched<String>> {
    final CompletableFuture<Collection<Enriched<String>>> result = new CompletableFuture<>();

    @Override
    public void complete(Collection<Enriched<String>> values) {
      assertThat(result.complete(values)).as("the first").isTrue();
    }

    @Override
    public void completeExceptionally(Throwable error) {
      assertThat(result.completeExceptionally(error)).as("the first").isTrue();
    }

    @Override
    public void complete(CollectionSupplier<Enriched<String>> supplier) {
      throw new AssertionError("not asked for");
    }
  }
}
