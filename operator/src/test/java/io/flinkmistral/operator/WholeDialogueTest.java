package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.generation.TinyVariants;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that bring their whole dialogue: state is nothing but a cache of it. */
final class WholeDialogueTest {
  private static final int PAGE = 16;
  private static final List<String> SAYINGS =
      List.of(
          "My name is Sofia.",
          "Who am I?",
          "Spell the word bell.",
          "Repeat: dog yellow salad",
          "Tell me a story about a pink owl called Ben.");

  private static CompletionRequest whole(
      String id, String conversation, List<ChatMessage> dialogue, int maxTokens) {
    return CompletionRequest.of(id, conversation)
        .messages(dialogue)
        .history(HistoryMode.FULL)
        .maxTokens(maxTokens)
        .sampling(new SamplingParams(1, 1, 0, 0, OptionalLong.of(5)))
        .stream()
        .build();
  }

  private static ChatMessage user(String text) {
    return new ChatMessage(Role.USER, text);
  }

  private static ChatMessage assistant(String text) {
    return new ChatMessage(Role.ASSISTANT, text);
  }

  private static CompletionEvent.Completed answer(CompletionRequest request, Configuration options)
      throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request);
      operator.runUntilAnswered(1);
      return operator.completed(request.requestId());
    }
  }

  @Test
  void aDialogueThatGoesOnIsTakenInFromWhereTheLastAnswerEnded() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      List<ChatMessage> dialogue = new ArrayList<>();
      int before = 0;
      for (int turn = 0; turn < SAYINGS.size(); turn++) {
        dialogue.add(user(SAYINGS.get(turn)));
        String id = "r" + turn;
        operator.send(whole(id, "c", dialogue, 40));
        operator.runUntilAnswered(turn + 1);
        CompletionEvent.Completed answer = operator.completed(id);
        assertThat(answer.usage().cachedTokens()).isGreaterThanOrEqualTo(before / PAGE * PAGE);
        before = answer.usage().promptTokens();
        dialogue.add(assistant(answer.text()));
      }
    }
  }

  /** Turns are added, taken back, changed, and the state goes through restores. */
  @ParameterizedTest
  @CsvSource({"none,1", "none,2", "48,3", "48,4", "16,5"})
  void anAnswerIsAFunctionOfItsDialogueWhateverWasThereBefore(String window, int seed)
      throws Exception {
    Configuration options = options().set(MistralOptions.MODEL_WINDOW, window);
    Random random = new Random(seed);
    List<ChatMessage> dialogue = new ArrayList<>();
    int cached = 0;
    OperatorHarness operator = OperatorHarness.opened(options);
    try {
      for (int step = 0; step < 12; step++) {
        change(dialogue, random);
        CompletionRequest request = whole("r" + step, "c", dialogue, 10 + random.nextInt(40));
        operator.send(request);
        if (random.nextInt(3) == 0) {
          operator.runFor(random.nextInt(9));
          OperatorSubtaskState state = operator.snapshot();
          if (!isAnswered(operator, request)) {
            operator.close();
            operator = new OperatorHarness(options, 1, 0);
            operator.open(state);
          }
        }
        OperatorHarness now = operator;
        now.runUntil(_ -> isAnswered(now, request));
        CompletionEvent.Completed answer = operator.completed(request.requestId());
        compare(request, answer, options);
        cached += answer.usage().cachedTokens();
        dialogue.add(assistant(answer.text()));
      }
    } finally {
      operator.close();
    }
    assertThat(cached).isPositive();
  }

  private static boolean isAnswered(OperatorHarness operator, CompletionRequest request) {
    return operator.answers().containsKey(request.requestId());
  }

  private static void compare(
      CompletionRequest request, CompletionEvent.Completed warm, Configuration options)
      throws Exception {
    CompletionEvent.Completed cold = answer(request, options);
    assertThat(warm.text()).isEqualTo(cold.text());
    assertThat(warm.finishReason()).isEqualTo(cold.finishReason());
    assertThat(warm.usage().promptTokens()).isEqualTo(cold.usage().promptTokens());
    assertThat(warm.usage().completionTokens()).isEqualTo(cold.usage().completionTokens());
    assertThat(cold.usage().cachedTokens()).isZero();
  }

  private static void change(List<ChatMessage> dialogue, Random random) {
    int turns = dialogue.size() / 2;
    if (turns > 0 && random.nextInt(3) == 0) {
      int from = 2 * random.nextInt(turns);
      dialogue.subList(from, dialogue.size()).clear();
    }
    if (dialogue.size() > 1 && random.nextInt(4) == 0) {
      dialogue.set(dialogue.size() - 1, assistant("I do not know."));
    }
    dialogue.add(user(SAYINGS.get(random.nextInt(SAYINGS.size()))));
  }

  @Test
  void requestsThatBringWhatIsNewGoOnWithAWholeDialogueAndTheOtherWayRound() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(sampled("a", "c", "My name is Sofia.", 20));
      operator.runUntilAnswered(1);
      List<ChatMessage> dialogue =
          List.of(user("My name is Sofia."), assistant(operator.textOf("a")), user("Who am I?"));
      CompletionRequest whole = whole("b", "c", dialogue, 20);
      operator.send(whole);
      operator.runUntilAnswered(2);
      compare(whole, operator.completed("b"), options());
      operator.send(Requests.request("d", "c", "Spell the word bell."));
      operator.runUntilAnswered(3);
      List<ChatMessage> longer = new ArrayList<>(dialogue);
      longer.add(assistant(operator.textOf("b")));
      longer.add(user("Spell the word bell."));
      CompletionRequest same =
          whole("d", "e", longer, 160).but().sampling(SamplingParams.DEFAULT).build();
      assertThat(operator.textOf("d")).isEqualTo(answer(same, options()).text());
    }
  }

  @Test
  void anAnswerUnderWayBeginsAnewWithAnotherModelFromItsWholeDialogue() throws Exception {
    Configuration other = options().set(MistralOptions.KV_TYPE, "q8_0");
    List<ChatMessage> dialogue =
        List.of(user("My name is Sofia."), assistant("Hello Sofia."), user(SAYINGS.getLast()));
    CompletionRequest first = whole("a", "c", dialogue.subList(0, 1), 20);
    CompletionRequest second = whole("b", "c", dialogue, 60);
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(first);
      operator.runUntilAnswered(1);
      operator.send(second);
      operator.runFor(25);
      state = operator.snapshot();
      assertThat(operator.answers()).containsOnlyKeys("a");
    }
    try (OperatorHarness operator = new OperatorHarness(other, 1, 0)) {
      operator.open(state);
      operator.runUntilAnswered(1);
      compare(second, operator.completed("b"), other);
    }
  }

  /** The price of the other position: system prompt and tools are taken in by each turn again. */
  @ParameterizedTest
  @ValueSource(strings = {"first", "last"})
  void withSystemPromptAndToolsFirstATurnCostsLittleMoreThanItsNewTokens(
      String position, @TempDir Path folder) throws Exception {
    Configuration options =
        options()
            .set(
                MistralOptions.MODEL_PATH,
                TinyVariants.withControlPieces(folder.resolve("v3.gguf")).toString())
            .set(MistralOptions.MODEL_WINDOW, "none")
            .set(MistralOptions.SYSTEM_POSITION, position);
    List<String> tools =
        Stream.of("weather", "search", "mail", "calendar", "clock")
            .map(
                name ->
                    "{\"type\":\"function\",\"function\":{\"name\":\"%s\",\"description\":\"What is known of it.\",\"parameters\":{}}}"
                        .formatted(name))
            .toList();
    List<ChatMessage> dialogue = new ArrayList<>();
    dialogue.add(new ChatMessage(Role.SYSTEM, "You are a kind owl, and you answer in few words."));
    List<Double> cached = new ArrayList<>();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      int before = 0;
      for (int turn = 0; turn < 20; turn++) {
        dialogue.add(user(SAYINGS.get(turn % SAYINGS.size())));
        CompletionRequest request =
            whole("r" + turn, "c", dialogue, 8)
                .but()
                .prompt(new Prompt.Chat(dialogue, tools))
                .build();
        operator.send(request);
        operator.runUntilAnswered(turn + 1);
        CompletionEvent.Completed answer = operator.completed(request.requestId());
        if (turn > 0) {
          cached.add(answer.usage().cachedTokens() / (double) before);
        }
        before = answer.usage().promptTokens();
        dialogue.add(assistant(answer.text()));
      }
    }
    if (position.equals("first")) {
      assertThat(cached).allMatch(part -> part >= 0.95);
    } else {
      assertThat(cached).allMatch(part -> part < 0.95);
    }
  }

  @Test
  void manyDialoguesAtOnceAreAnsweredAsEachAlone() throws Exception {
    Map<String, CompletionRequest> requests = new HashMap<>();
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 5; i++) {
          List<ChatMessage> dialogue = new ArrayList<>();
          for (int turn = 0; turn < round; turn++) {
            dialogue.add(user(SAYINGS.get((i + turn) % SAYINGS.size())));
            dialogue.add(assistant(operator.textOf("r" + turn + "-" + i)));
          }
          dialogue.add(user(SAYINGS.get((i + round) % SAYINGS.size())));
          CompletionRequest request = whole("r" + round + "-" + i, "c" + i, dialogue, 25);
          requests.put(request.requestId(), request);
          operator.send(request);
        }
        operator.runUntilAnswered(5 * (round + 1));
      }
      for (CompletionRequest request : requests.values()) {
        compare(request, operator.completed(request.requestId()), options());
      }
    }
  }
}
