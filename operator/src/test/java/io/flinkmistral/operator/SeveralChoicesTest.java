package io.flinkmistral.operator;

import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.generation.TinyVariants;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Penalties;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import io.flinkmistral.protocol.ToolChoice;
import io.flinkmistral.protocol.ToolUse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests with several answers, which share what is before them; the model's window is 256. */
@Timeout(300)
class SeveralChoicesTest {
  private static final String TOOL =
      """
      {"type": "function", "function": {"name": "weather", "parameters": {"type": "object",
       "properties": {"city": {"enum": ["Rome", "Oslo"]}}, "required": ["city"]}}}\
      """;

  @TempDir private static Path folder;

  private static Path model;

  /** One whose template knows tools. */
  @BeforeAll
  static void writeModel() throws Exception {
    model = TinyVariants.withControlPieces(folder.resolve("v3.gguf"));
  }

  private static Configuration options() {
    return OperatorHarness.options().set(MistralOptions.MODEL_PATH, model.toString());
  }

  private static CompletionRequest choices(CompletionRequest request, int choices) {
    return request.but().options(request.options().withChoices(choices)).build();
  }

  private static CompletionRequest logprobs(CompletionRequest request, int top) {
    return request.but().options(request.options().withTopLogprobs(top)).build();
  }

  private static CompletionRequest ofPrompt(CompletionRequest request, int top) {
    return request.but().options(request.options().withPromptLogprobs(top)).build();
  }

  /** Streamed, at temperature 1; three turns of each conversation. */
  private static List<CompletionRequest> requests() {
    CompletionRequest penalised = sampled("b1", "b", STORY, 40);
    List<CompletionRequest> requests = new ArrayList<>();
    requests.add(choices(sampled("a1", "a", STORY, 60), 4));
    requests.add(
        choices(
            logprobs(penalised, 2)
                .but()
                .sampling(penalised.sampling().withPenalties(new Penalties(0.5, 0.2, 1.2, 20)))
                .build(),
            3));
    requests.add(
        choices(
            sampled("c1", "c", "When? ", 60)
                .but()
                .constraint(new OutputConstraint.Regex("[a-z]{5,9}( [a-z]{2,7}){3,9}"))
                .build(),
            5));
    requests.add(choices(sampled("d1", "d", STORY + "dog ".repeat(90), 70), 2));
    requests.add(ofPrompt(choices(sampled("e1", "e", STORY + STORY + STORY, 50), 2), 3));
    requests.add(
        choices(
            sampled("f1", "f", STORY, 60)
                .but()
                .stop(new StopConditions(OptionalInt.of(60), 5, List.of("an"), List.of(), false))
                .build(),
            3));
    requests.add(
        choices(
            sampled("g1", "g", STORY, 150)
                .but()
                .prompt(
                    new Prompt.Chat(
                        List.of(new ChatMessage(Role.USER, "Rome?")),
                        List.of(TOOL),
                        new ToolUse(new ToolChoice.Required(), false),
                        false))
                .build(),
            3));
    requests.add(
        choices(
            sampled("h1", "h", STORY, 40).but().prompt(new Prompt.Text("Once upon")).build(), 2));
    for (String conversation : List.of("a", "b", "c", "d", "e", "f", "h")) {
      requests.add(choices(sampled(conversation + 2, conversation, "And then?", 30), 3));
    }
    for (String conversation : List.of("a", "d", "e")) {
      requests.add(sampled(conversation + 3, conversation, "Why?", 20));
    }
    return requests;
  }

  private static List<CompletionRequest> changed(UnaryOperator<CompletionRequest> change) {
    return requests().stream().map(change).toList();
  }

  @Test
  void theFirstAnswerIsWhatOneAloneWouldBeAndIsTheHistory() throws Exception {
    Map<String, CompletionEvent> several = answers(options(), requests());
    Map<String, CompletionEvent> one = answers(options(), changed(request -> choices(request, 1)));
    for (CompletionRequest request : requests()) {
      CompletionEvent.Completed answer = completed(several, request.requestId());
      CompletionEvent.Completed alone = completed(one, request.requestId());
      assertThat(answer.answers()).hasSize(request.options().choices());
      assertThat(answer.answer()).isEqualTo(alone.answer());
      assertThat(answer.usage().promptTokens()).isEqualTo(alone.usage().promptTokens());
      assertThat(answer.usage().cachedTokens()).isEqualTo(alone.usage().cachedTokens());
      assertThat(answer.promptLogprobs()).isEqualTo(alone.promptLogprobs());
    }
    assertThat(completed(several, "a1").answers()).doesNotHaveDuplicates();
    assertThat(completed(several, "g1").answers().stream().map(Answer::toolCalls))
        .allMatch(calls -> !calls.isEmpty());
    assertThat(completed(several, "e1").promptLogprobs()).isPresent();
    assertThat(completed(several, "a1").promptLogprobs()).isEmpty();
  }

  private static CompletionEvent.Completed completed(
      Map<String, CompletionEvent> answers, String id) {
    assertThat(answers.get(id)).isInstanceOf(CompletionEvent.Completed.class);
    return (CompletionEvent.Completed) answers.get(id);
  }

  /**
   * Also with too few places for the answers of one request, and little more memory than it needs.
   */
  @RepeatedTest(4)
  void crashesChangeNoneOfThem(RepetitionInfo repetition) throws Exception {
    Random random = new Random(repetition.getCurrentRepetition());
    Map<String, CompletionEvent> expected = answers(options(), requests());
    Configuration tight =
        options()
            .set(MistralOptions.KV_MEMORY, new MemorySize(150L * KvMemoryTest.PAGE_BYTES))
            .set(MistralOptions.MAX_CONVERSATIONS, 1 + random.nextInt(8))
            .set(MistralOptions.PREFILL_CHUNK, 1 + random.nextInt(64))
            .set(MistralOptions.MODEL_NAME, "several");
    LanguageModel model = OperatorHarness.model(tight);
    List<CompletionRequest> requests = requests();
    Map<String, CompletionEvent> answers = new HashMap<>();
    Map<String, String> pieces = new HashMap<>();
    OperatorSubtaskState state = null;
    boolean sent = false;
    while (answers.size() < requests.size()) {
      try (OperatorHarness operator = new OperatorHarness(tight, 1, 0)) {
        if (repetition.getCurrentRepetition() % 2 == 0) {
          operator.onRocksDb();
        }
        operator.open(state);
        if (!sent) {
          for (CompletionRequest request : requests) {
            operator.send(request);
          }
          sent = true;
        }
        for (int mails = 20 + random.nextInt(60);
            mails > 0 && answers.size() + operator.answers().size() < requests.size();
            mails--) {
          operator.runMail();
          assertThat(model.cacheBytes()).isLessThanOrEqualTo(150L * KvMemoryTest.PAGE_BYTES);
        }
        state = operator.snapshot();
        operator.answers().forEach((id, answer) -> assertThat(answers.put(id, answer)).isNull());
        addPieces(operator.events(), pieces);
      }
    }
    assertSameAnswers(answers, expected);
    for (CompletionRequest request : requests) {
      List<Answer> all = completed(answers, request.requestId()).answers();
      for (int i = 0; i < all.size(); i++) {
        String prefix = request.requestId() + "/" + i + "/";
        String streamed =
            pieces.keySet().stream()
                .filter(key -> key.startsWith(prefix))
                .sorted((a, b) -> Integer.compare(index(a), index(b)))
                .map(pieces::get)
                .collect(Collectors.joining());
        assertThat(streamed).startsWith(all.get(i).text());
      }
    }
  }

  private static int index(String key) {
    return Integer.parseInt(key.substring(key.lastIndexOf('/') + 1));
  }

  /** A piece that comes again is the same. */
  private static void addPieces(List<CompletionEvent> events, Map<String, String> pieces) {
    for (CompletionEvent event : events) {
      if (event instanceof CompletionEvent.Chunk chunk) {
        String key = "%s/%d/%d".formatted(chunk.requestId(), chunk.choice(), chunk.index());
        String before = pieces.put(key, chunk.text());
        assertThat(before == null || before.equals(chunk.text())).as(key).isTrue();
      }
    }
  }

  /** Those that are whole by then stay, and the others are beginnings of what they would be. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 30, 80, 150})
  void whatIsCancelledIsABeginning(int pieces) throws Exception {
    CompletionRequest request =
        choices(
            sampled("r", "c", STORY + "dog ".repeat(60), 300)
                .but()
                .sampling(new SamplingParams(9, 1, 0, 0, OptionalLong.of(2)))
                .constraint(new OutputConstraint.Regex("[a-m][a-z]{2,5}|[n-z][a-z]{190,200}"))
                .build(),
            6);
    CompletionRequest next = sampled("next", "c", "And then?", 20);
    List<Answer> whole = completed(answers(options(), List.of(request)), "r").answers();
    OperatorSubtaskState state;
    CompletionEvent.Completed cut;
    CompletionEvent.Completed after;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request);
      operator.runUntil(events -> events.size() >= pieces);
      operator.send(new ControlRequest.Cancel("r", "c", Optional.empty()));
      cut = operator.completed("r");
      state = operator.snapshot();
      operator.send(next);
      operator.runUntilAnswered(2);
      after = operator.completed("next");
    }
    assertThat(cut.answers()).hasSize(6);
    int ended = 0;
    for (int i = 0; i < 6; i++) {
      Answer answer = cut.answers().get(i);
      if (answer.finishReason() == FinishReason.CANCELLED) {
        assertThat(whole.get(i).text()).startsWith(answer.text());
      } else {
        assertThat(answer).isEqualTo(whole.get(i));
        ended++;
      }
    }
    assertThat(ended).isBetween(pieces < 80 ? 0 : 1, 5);
    assertThat(cut.answers().stream().allMatch(answer -> answer.text().isEmpty()))
        .isEqualTo(pieces == 0);
    try (OperatorHarness restored = new OperatorHarness(options(), 1, 0)) {
      restored.open(state);
      restored.send(next);
      restored.runUntilAnswered(1);
      assertThat(restored.completed("next").answers()).isEqualTo(after.answers());
      assertThat(restored.completed("next").usage()).isEqualTo(after.usage());
    }
  }

  @Test
  void theyMoveWithTheirConversationsWhenTheJobIsRescaled() throws Exception {
    List<CompletionRequest> requests = requests();
    Map<String, CompletionEvent> expected = answers(options(), requests);
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorSubtaskState one;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntil(events -> events.size() >= 200);
      one = operator.snapshot();
      answers.putAll(operator.answers());
    }
    for (int subtask = 0; subtask < 2; subtask++) {
      OperatorSubtaskState part =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              one, OperatorHarness.MAX_PARALLELISM, 1, 2, subtask);
      try (OperatorHarness operator = new OperatorHarness(options(), 2, subtask)) {
        operator.open(part);
        operator.endInput();
        operator.answers().forEach((id, answer) -> assertThat(answers.put(id, answer)).isNull());
      }
    }
    assertSameAnswers(answers, expected);
  }

  /** The same entries as after answers that were alone. */
  @Test
  void nothingOfTheOthersIsLeftInState() throws Exception {
    List<CompletionRequest> requests = requests();
    assertThat(entriesAfter(requests))
        .isEqualTo(entriesAfter(changed(request -> choices(request, 1))));
  }

  private static int entriesAfter(List<CompletionRequest> requests) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      int answered = 0;
      while (answered < requests.size()) {
        operator.runUntilAnswered(++answered);
        operator.snapshot();
      }
      return operator.harness().numKeyedStateEntries();
    }
  }

  @Test
  void moreAnswersThanThereIsRoomForAreRefusedByThatName() throws Exception {
    Configuration small =
        options().set(MistralOptions.KV_MEMORY, new MemorySize(24L * KvMemoryTest.PAGE_BYTES));
    try (OperatorHarness operator = OperatorHarness.opened(small)) {
      operator.send(choices(sampled("many", "a", STORY, 60), 16));
      operator.send(choices(sampled("long", "b", STORY, 600), 16));
      operator.send(choices(sampled("fits", "c", STORY, 60), 3));
      operator.runUntilAnswered(3);
      assertThat(refusal(operator, "many").parameter()).isEqualTo("n");
      assertThat(refusal(operator, "many").message())
          .contains("in each of 16 choices", "kv.memory");
      assertThat(refusal(operator, "long").parameter()).isEqualTo("max_tokens");
      assertThat(operator.completed("fits").answers()).hasSize(3);
    }
  }

  private static CompletionEvent.Rejected refusal(OperatorHarness operator, String id) {
    return (CompletionEvent.Rejected) operator.answers().get(id);
  }

  @Test
  void aPromptIsToldOfWhereAllOfItIsTakenIn() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(ofPrompt(sampled("first", "a", STORY, 20), 1));
      operator.send(ofPrompt(sampled("second", "a", "And then?", 20), 1));
      operator.send(
          ofPrompt(sampled("whole", "a", STORY, 20), 1).but().history(HistoryMode.FULL).build());
      operator.send(ofPrompt(sampled("again", "a", STORY, 20), 1).but().reset(true).build());
      operator.send(sampled("plain", "b", STORY, 20));
      operator.runUntilAnswered(5);
      assertThat(refusal(operator, "second").parameter()).isEqualTo("prompt_logprobs");
      assertThat(refusal(operator, "second").message()).contains("first turn", "reset");
      CompletionEvent.Completed first = operator.completed("first");
      for (String id : List.of("whole", "again")) {
        assertThat(operator.completed(id).promptLogprobs()).isEqualTo(first.promptLogprobs());
        assertThat(operator.completed(id).usage().cachedTokens()).isZero();
      }
      assertThat(first.promptLogprobs().orElseThrow().places())
          .hasSize(first.usage().promptTokens());
      assertThat(operator.completed("plain").promptLogprobs()).isEmpty();
    }
  }

  /** Before the first token of the answer, and after some. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 30})
  void whatIsToldOfAPromptIsTheSameAfterACrash(int pieces) throws Exception {
    CompletionRequest request = ofPrompt(sampled("r", "c", STORY + STORY, 80), 2);
    Configuration slow = options().set(MistralOptions.PREFILL_CHUNK, 2);
    CompletionEvent.Completed expected = completed(answers(slow, List.of(request)), "r");
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(slow)) {
      operator.send(request);
      operator.runMail();
      operator.runUntil(events -> events.size() >= pieces);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(slow, 1, 0)) {
      operator.open(state);
      operator.runUntilAnswered(1);
      CompletionEvent.Completed answer = operator.completed("r");
      assertThat(answer.promptLogprobs()).isEqualTo(expected.promptLogprobs());
      assertThat(answer.answers()).isEqualTo(expected.answers());
      assertThat(answer.usage()).isEqualTo(expected.usage());
    }
  }

  private static Map<String, CompletionEvent> answers(
      Configuration options, List<CompletionRequest> requests) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntilAnswered(requests.size());
      return operator.answers();
    }
  }
}
