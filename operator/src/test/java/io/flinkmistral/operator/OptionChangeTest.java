package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static io.flinkmistral.operator.Requests.fork;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.generation.TinyVariants;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.CompletionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A savepoint with answers half written and requests queued, gone on with by a job one option of
 * which is another: every option of {@link MistralOptions}, lower and higher. It starts, each
 * request has one end, and what no longer fits ends with an error that says so.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OptionChangeTest {
  private static final List<String> HALF_WRITTEN = List.of("a2", "b1");
  private static final List<String> OPEN = List.of("a2", "a3", "b1", "b2", "c1", "f1");

  private static final List<String> CODES =
      List.of(
          "context_length_exceeded",
          "kv_memory_exceeded",
          "request_too_large",
          "turn_not_found",
          "invalid_request",
          "conversation_not_found");

  /** Options whose values have no order, and what to try of them. */
  private final Map<ConfigOption<String>, List<String>> texts;

  private final Path model;
  private OperatorSubtaskState savepoint;
  private Map<String, CompletionEvent> unchanged;

  OptionChangeTest(@TempDir Path folder) throws IOException {
    model = TinyVariants.withControlPieces(folder.resolve("model.gguf"));
    Path same = Files.copy(model, folder.resolve("same.gguf"));
    Path other = TinyVariants.withAnotherPiece(model, folder.resolve("other.gguf"));
    texts =
        Map.ofEntries(
            Map.entry(MistralOptions.MODEL_PATH, List.of(same.toString(), other.toString())),
            Map.entry(MistralOptions.MODEL_NAME, List.of("another name")),
            Map.entry(MistralOptions.MODEL_TEMPLATE, List.of("v1", "v3")),
            Map.entry(MistralOptions.SYSTEM_POSITION, List.of("first")),
            Map.entry(MistralOptions.UNKNOWN_TOOLS, List.of("prompt")),
            Map.entry(MistralOptions.MODEL_WINDOW, List.of("8", "200", "none")),
            Map.entry(MistralOptions.CONTEXT_OVERFLOW, List.of("drop-oldest")),
            Map.entry(MistralOptions.SAFE_PROMPT, List.of("always")),
            Map.entry(MistralOptions.KERNELS, List.of("vector")),
            Map.entry(MistralOptions.KV_TYPE, List.of("q8_0", "f32")),
            Map.entry(MistralOptions.KV_SHARED_SCOPE, List.of("user")),
            Map.entry(MistralOptions.KV_SHARED_SALT, List.of("salt")));
  }

  /** One option, and its other value. */
  record Change(ConfigOption<?> option, UnaryOperator<Configuration> change, Object value) {
    @Override
    public String toString() {
      return option.key() + "=" + value;
    }
  }

  @BeforeAll
  void writeSavepoint() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(base())) {
      operator.send(request("a1", "a", "My name is Sofia."));
      operator.send(request("a2", "a", STORY));
      operator.send(sampled("b1", "b", STORY, 150));
      operator.runUntil(events -> events.size() >= 30);
      operator.send(request("a3", "a", "Who am I?"));
      operator.send(request("b2", "b", "Spell the word bell."));
      operator.send(request("c1", "c", "Repeat: dog yellow salad"));
      operator.send(fork("f1", "a~f", "a", 1, "Who am I?"));
      savepoint = operator.savepoint();
      assertThat(operator.answers()).containsOnlyKeys("a1");
    }
    unchanged = answers(base());
    assertThat(unchanged.values()).allMatch(event -> event instanceof CompletionEvent.Completed);
  }

  /** Both templates fit its model. */
  private Configuration base() {
    return options()
        .set(MistralOptions.MODEL_PATH, model.toString())
        .set(MistralOptions.MAX_TOKENS, 120)
        .set(MistralOptions.CONTEXT_LIMIT, 500)
        .set(MistralOptions.MAX_CONVERSATIONS, 2)
        .set(MistralOptions.MAX_PROMPT_TOKENS, 100)
        .set(MistralOptions.KV_MEMORY, new MemorySize(64L * KvMemoryTest.PAGE_BYTES))
        .set(MistralOptions.MODEL_NAME, "options");
  }

  /** An option that is added later is among them, or has no values to try and so fails. */
  Stream<Change> changes() {
    Stream.Builder<Change> changes = Stream.builder();
    for (ConfigOption<?> option : MistralOptions.CHECKED.options()) {
      List<Change> ofOption = changesOf(option).filter(this::isAllowed).toList();
      assertThat(ofOption).as("values to try of %s", option.key()).isNotEmpty();
      ofOption.forEach(changes::add);
    }
    return changes.build();
  }

  @SuppressWarnings("unchecked") // The default's class is the option's.
  private Stream<Change> changesOf(ConfigOption<?> option) {
    return switch (base().get(option)) {
      case Integer n ->
          Stream.of(0, 1, n / 2, 2 * n + 1)
              .map(value -> change((ConfigOption<Integer>) option, value));
      case MemorySize size ->
          Stream.of(0L, size.getBytes() / 8, 2 * size.getBytes())
              .map(bytes -> change((ConfigOption<MemorySize>) option, new MemorySize(bytes)));
      case Duration time ->
          Stream.of(Duration.ZERO, Duration.ofMillis(1), time.multipliedBy(2).plusHours(1))
              .map(value -> change((ConfigOption<Duration>) option, value));
      case Boolean yes -> Stream.of(change((ConfigOption<Boolean>) option, !yes));
      case null, default ->
          texts.getOrDefault(option, List.of()).stream()
              .map(value -> change((ConfigOption<String>) option, value));
    };
  }

  private static <T> Change change(ConfigOption<T> option, T value) {
    return new Change(option, options -> options.set(option, value), value);
  }

  private boolean isAllowed(Change change) {
    try {
      MistralSettings.of(change.change().apply(base()));
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @ParameterizedTest
  @MethodSource("changes")
  void aSavepointWithWorkInFlightGoesOnWithAnotherValue(Change change) throws Exception {
    goesOnWith(change.change().apply(base()));
  }

  @Test
  void aSavepointWithWorkInFlightGoesOnWithTheLowestValuesOfAll() throws Exception {
    Configuration lowest = base();
    changes().toList().reversed().forEach(change -> change.change().apply(lowest));
    goesOnWith(lowest);
  }

  @Test
  void aSavepointWithWorkInFlightGoesOnWithTheHighestValuesOfAll() throws Exception {
    Configuration highest = base();
    changes().forEach(change -> change.change().apply(highest));
    goesOnWith(highest);
  }

  private void goesOnWith(Configuration options) throws Exception {
    Map<String, CompletionEvent> answers = answers(options);
    String before = OperatorHarness.model(base()).systemFingerprint();
    String now = OperatorHarness.model(options).systemFingerprint();
    answers.forEach(
        (id, event) -> {
          switch (event) {
            case CompletionEvent.Completed answer -> {
              assertThat(answer.fingerprint()).isEqualTo(now);
              if (now.equals(before) && HALF_WRITTEN.contains(id)) {
                assertSameAnswers(Map.of(id, answer), Map.of(id, unchanged.get(id)));
              }
            }
            case CompletionEvent.Rejected refusal -> {
              assertThat(refusal.code()).isIn(CODES);
              assertThat(refusal.message()).isNotBlank();
              if (now.equals(before) && HALF_WRITTEN.contains(id)) {
                assertThat(refusal.code()).isEqualTo("kv_memory_exceeded");
              }
            }
            case CompletionEvent.Reported report -> throw new AssertionError(report);
            case CompletionEvent.Chunk chunk -> throw new AssertionError(chunk);
          }
        });
  }

  /** The ends of all that was not answered; fails where one has two. */
  private Map<String, CompletionEvent> answers(Configuration options) throws Exception {
    LanguageModel model = OperatorHarness.model(options);
    Map<String, CompletionEvent> answers;
    try (OperatorHarness operator = new OperatorHarness(options, 1, 0)) {
      operator.open(savepoint);
      operator.runUntilAnswered(OPEN.size());
      answers = operator.answers();
    }
    assertThat(answers).containsOnlyKeys(OPEN);
    assertThat(model.heldBytes()).as("memory that was not given back").isZero();
    return answers;
  }
}
