package io.flinkmistral.task.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.PrefixSharing;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.DecodingSettings;
import io.flinkmistral.task.TinyTasks;
import io.flinkmistral.task.prompt.ContextOverflow;
import io.flinkmistral.task.prompt.ContextRoom;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.PromptText;
import io.flinkmistral.task.prompt.Provenance;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.work.TaskModel;
import io.flinkmistral.task.work.TaskResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks of records on the small model. */
@Timeout(120)
class TaskRunnerTest {
  private static final PromptTemplate TEXT = PromptTemplate.of("{{text}}");
  private static final CompletionTask COMPLETE = new CompletionTask();

  private static LanguageModel model;
  private static TaskRunner tasks;

  @BeforeAll
  static void load() throws Exception {
    model = TinyTasks.model();
    tasks = new TaskRunner(model, TinyTasks.SETTINGS);
  }

  @AfterAll
  static void close() {
    tasks.close();
    model.close();
  }

  @Test
  void anAnswerSaysWhereItCameFrom() {
    BoundTask task =
        tasks.bind(
            PromptTemplate.of("What is the opposite of {{word}}?"), COMPLETE, TaskLimits.DEFAULT);
    TaskResult.Text result = text(task, Map.of("word", "hot", "other", 5));
    assertThat(result.text()).startsWith("The opposite of hot is");
    Provenance provenance = result.provenance();
    assertThat(provenance.model()).isEqualTo(model.systemFingerprint());
    assertThat(provenance.promptHash()).matches("[0-9a-f]{32}");
    assertThat(provenance.promptTokens()).isPositive();
    assertThat(provenance.completionTokens()).isPositive();
    assertThat(provenance.finishReason()).contains(FinishReason.STOP);
    assertThat(provenance.truncated()).isFalse();
    assertThat(text(task, Map.of("word", "cold")).provenance().promptHash())
        .isNotEqualTo(provenance.promptHash());
  }

  @Test
  void equalRecordsHaveEqualAnswersWhateverTheyComeWith() {
    BoundTask task = drawing(3);
    List<Map<String, String>> rows = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      rows.add(Map.of("text", "Tell me a story. " + i % 5));
    }
    List<TaskResult> results = all(task, rows);
    assertThat(results.subList(5, 10)).isEqualTo(results.subList(0, 5));
    Collections.shuffle(rows, new Random(1));
    List<TaskResult> shuffled = all(task, rows);
    for (int i = 0; i < rows.size(); i++) {
      assertThat(text(task, rows.get(i))).isEqualTo(shuffled.get(i));
    }
    assertThat(results.stream().map(r -> ((TaskResult.Text) r).text()).distinct())
        .as("other records draw on their own")
        .hasSize(5);
    assertThat(text(drawing(4), rows.getFirst()).text())
        .as("another seed, another answer")
        .isNotEqualTo(text(task, rows.getFirst()).text());
  }

  private static BoundTask drawing(long seed) {
    DecodingSettings decoding =
        DecodingSettings.GREEDY.withTemperature(2).withMaxTokens(12).withSeed(seed);
    return tasks.bind(TEXT, new CompletionTask(decoding), TaskLimits.DEFAULT);
  }

  private static List<TaskResult> all(BoundTask task, List<Map<String, String>> rows) {
    return rows.stream().map(task::run).toList().stream().map(CompletableFuture::join).toList();
  }

  @Test
  void aTextThatLooksLikeATemplateIsAText() {
    BoundTask task = tasks.bind(PromptTemplate.of("Repeat: {{a}}"), COMPLETE, TaskLimits.DEFAULT);
    TaskResult looksLike = task.run(Map.of("a", "{{b}} {{'x'}}", "b", "dog")).join();
    BoundTask plain = tasks.bind(TEXT, COMPLETE, TaskLimits.DEFAULT);
    assertThat(plain.run(Map.of("text", "Repeat: {{b}} {{'x'}}")).join()).isEqualTo(looksLike);
  }

  @Test
  void aRecordWithoutTheColumnIsRefusedAndNullIsNoText() {
    BoundTask task = tasks.bind(TEXT, COMPLETE, TaskLimits.DEFAULT);
    assertCode(task.run(Map.of("txt", "x")), ErrorCode.INVALID_REQUEST, "did you mean txt?");
    Map<String, Object> row = new HashMap<>();
    row.put("text", null);
    assertThat(text(task, row).provenance().promptHash())
        .isEqualTo(text(task, Map.of("text", "")).provenance().promptHash());
  }

  @Test
  void aTextThatIsTooLongIsRefusedOrCutAtOneOfItsEnds() {
    String words = "dog yellow salad ".repeat(30);
    Map<String, String> row = Map.of("id", "7", "text", "begin " + words + "end");
    PromptTemplate template = PromptTemplate.of("Classify the topic of {{id}}: {{text}}");
    TaskLimits limits = TaskLimits.DEFAULT.withMaxContext(60);
    CompletionTask brief = new CompletionTask(DecodingSettings.GREEDY.withMaxTokens(10));
    assertCode(
        tasks.bind(template, brief, limits).run(row),
        ErrorCode.CONTEXT_LENGTH_EXCEEDED,
        "the context has room for 59 beside the answer");
    for (ContextOverflow cut :
        List.of(ContextOverflow.TRUNCATED_HEAD, ContextOverflow.TRUNCATED_TAIL)) {
      BoundTask task = tasks.bind(template, brief, limits.withOverflow(cut));
      Provenance provenance = text(task, row).provenance();
      assertThat(provenance.truncated()).isTrue();
      assertThat(provenance.promptTokens()).as("all that fits, but an odd token").isBetween(47, 50);
      assertThat(provenance.completionTokens()).isLessThanOrEqualTo(10);
      assertThat(text(task, Map.of("id", "7", "text", "dog")).provenance().truncated()).isFalse();
    }
  }

  @Test
  void whatIsLeftOfATextIsItsBeginningOrItsEnd() {
    String text = "first " + "dog ".repeat(100) + "last \uD83D\uDE00";
    PromptText prompts = new PromptText(TEXT, "", List.of());
    for (ContextOverflow cut :
        List.of(ContextOverflow.TRUNCATED_HEAD, ContextOverflow.TRUNCATED_TAIL)) {
      for (int limit = 19; limit < 50; limit++) {
        FittedPrompt fitted =
            new ContextRoom(model, limit, 1, 1, 1000, cut)
                .fit(Map.of("text", text), prompts, prompt -> TaskModel.request(prompt, 0).build());
        String left = fitted.texts().get("text");
        assertThat(fitted.tokens()).hasSizeLessThan(limit);
        assertThat(text)
            .satisfies(
                whole ->
                    assertThat(
                            cut == ContextOverflow.TRUNCATED_HEAD
                                ? whole.endsWith(left)
                                : whole.startsWith(left))
                        .isTrue());
        assertThat(left.isEmpty() || !Character.isLowSurrogate(left.charAt(0))).isTrue();
      }
    }
  }

  @Test
  void aTemplateThatIsTooLongItselfIsSaidToBe() {
    BoundTask task =
        tasks.bind(
            PromptTemplate.of("dog ".repeat(50) + "{{text}}"),
            COMPLETE,
            TaskLimits.DEFAULT.withMaxContext(20).withOverflow(ContextOverflow.TRUNCATED_TAIL));
    assertCode(
        task.run(Map.of("text", "x")),
        ErrorCode.CONTEXT_LENGTH_EXCEEDED,
        "without the record's text");
  }

  @Test
  void aRecordThatTakesTooLongFailsWithATypedErrorAndLeavesTheBatch() throws Exception {
    try (LanguageModel own = TinyTasks.model();
        TaskRunner runner = new TaskRunner(own, TinyTasks.SETTINGS)) {
      BoundTask task =
          runner.bind(TEXT, COMPLETE, TaskLimits.DEFAULT.withDeadline(Duration.ofNanos(1)));
      List<CompletableFuture<TaskResult>> late = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        late.add(task.run(Map.of("text", "Tell me a story. " + i)));
      }
      late.forEach(
          future -> assertCode(future, ErrorCode.DEADLINE_EXCEEDED, "longer than PT0.000000001S"));
      BoundTask patient = runner.bind(TEXT, COMPLETE, TaskLimits.DEFAULT);
      assertThat(text(patient, Map.of("text", "Goodbye.")).text()).isNotEmpty();
      assertThat(own.engine().running()).isZero();
    }
  }

  @Test
  void tokensThatWereComputedForAnotherRecordAreCounted() throws Exception {
    StatelessSettings sharing =
        new StatelessSettings(
            new BatchLimits(8, 64),
            64L << 20,
            60,
            1000,
            new PrefixSharing(64L << 20, PrefixSharing.Scope.ALL));
    PromptTemplate template = PromptTemplate.of("dog ".repeat(40) + "{{text}}");
    try (LanguageModel own = TinyTasks.model();
        TaskRunner runner = new TaskRunner(own, sharing)) {
      BoundTask task = runner.bind(template, COMPLETE, TaskLimits.DEFAULT);
      text(task, Map.of("text", "How are you?"));
      assertThat(runner.sharedTokens()).isZero();
      TaskResult.Text second = text(task, Map.of("text", "Goodbye."));
      assertThat(runner.sharedTokens()).isGreaterThanOrEqualTo(32).isLessThan(60);
      assertThat(runner.sharedTokens() % own.kvLayout().pageTokens()).isZero();
      assertThat(second)
          .as("shared or not")
          .isEqualTo(
              text(tasks.bind(template, COMPLETE, TaskLimits.DEFAULT), Map.of("text", "Goodbye.")));
    }
  }

  @Test
  void whatIsCancelledLeavesTheBatch() throws Exception {
    StatelessSettings onePlace = new StatelessSettings(new BatchLimits(1, 64), 64L << 20, 60, 1000);
    try (LanguageModel own = TinyTasks.model();
        TaskRunner runner = new TaskRunner(own, onePlace)) {
      BoundTask task = runner.bind(TEXT, COMPLETE, TaskLimits.DEFAULT);
      List<CompletableFuture<TaskResult>> futures = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        futures.add(task.run(Map.of("text", "Tell me a story. " + i)));
      }
      futures.subList(0, 9).forEach(future -> future.cancel(false));
      assertThat(futures.getLast().join()).isInstanceOf(TaskResult.Text.class);
      assertThat(futures.subList(0, 9)).allMatch(CompletableFuture::isCancelled);
      assertThat(own.engine().running()).isZero();
    }
  }

  @Test
  void aTextGoesOnWithoutTheFormOfAMessage() {
    BoundTask task =
        tasks.bind(
            PromptTemplate.of("{{text}}").asText(),
            new CompletionTask(DecodingSettings.GREEDY.withMaxTokens(5)),
            TaskLimits.DEFAULT);
    TaskResult.Text result = text(task, Map.of("text", "Once upon a time"));
    assertThat(result.text()).isNotEmpty();
    assertThat(result.provenance().promptTokens())
        .isEqualTo(1 + model.tokenizer().encode("Once upon a time").length);
    assertCode(task.run(Map.of("text", "")), ErrorCode.INVALID_REQUEST, "must not be empty");
  }

  private static void assertCode(CompletableFuture<?> future, ErrorCode code, String message) {
    assertThatThrownBy(future::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(InvalidRequestException.class)
        .hasFieldOrPropertyWithValue("code", code)
        .hasMessageContaining(message);
  }

  private static TaskResult.Text text(BoundTask task, Map<String, ?> row) {
    return (TaskResult.Text) task.run(row).join();
  }
}
