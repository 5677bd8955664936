package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ContextOverflow;
import io.flinkmistral.protocol.ForkPoint;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A conversation that the context cannot hold goes on without its oldest turns. */
@Timeout(300)
class ContextOverflowTest {
  private static final int LIMIT = 160;
  private static final int ANSWER = 20;

  private static Configuration base(String action) {
    return options()
        .set(MistralOptions.CONTEXT_LIMIT, LIMIT)
        .set(MistralOptions.CONTEXT_OVERFLOW, action);
  }

  private static CompletionRequest.Builder request(String id, ChatMessage... messages) {
    return CompletionRequest.of(id, "c")
        .messages(List.of(messages))
        .maxTokens(ANSWER)
        .sampling(new SamplingParams(1, 1, 0, 0, OptionalLong.of(5)))
        .stream();
  }

  private static ChatMessage user(String text) {
    return new ChatMessage(Role.USER, text);
  }

  private static final List<String> NAMES = List.of("Sofia", "Ben", "Mia", "Tom");

  private static ChatMessage said(int turn) {
    return user("Repeat number " + turn + ": dog yellow salad");
  }

  private static CompletionEvent.Completed answer(
      OperatorHarness operator, CompletionRequest request) throws Exception {
    operator.send(request);
    operator.runUntil(_ -> operator.answers().containsKey(request.requestId()));
    return operator.completed(request.requestId());
  }

  @Test
  void aConversationGoesOnForEverAndIsNeverLongerThanTheContext() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(base("drop-oldest"))) {
      int dropped = 0;
      int before = 0;
      for (int turn = 0; turn < 20; turn++) {
        CompletionEvent.Completed answer =
            answer(operator, request("r" + turn, said(turn)).build());
        assertThat(answer.usage().totalTokens()).isLessThanOrEqualTo(LIMIT);
        if (answer.usage().droppedTurns() > 0) {
          dropped += answer.usage().droppedTurns();
          // A quarter of the context at the least, so that it is not done each time.
          assertThat(answer.usage().promptTokens()).isLessThan(before);
        }
        before = answer.usage().totalTokens();
      }
      assertThat(dropped).isGreaterThan(10);
      assertThat(operator.answers().values())
          .filteredOn(e -> ((CompletionEvent.Completed) e).usage().droppedTurns() > 0)
          .hasSizeLessThan(12);
    }
  }

  /** What is kept gives the answer that a conversation of these turns alone would have. */
  @Test
  void anAnswerIsThatOfTheTurnsThatAreKept() throws Exception {
    List<ChatMessage> dialogue = new ArrayList<>();
    try (OperatorHarness operator = OperatorHarness.opened(base("drop-oldest"))) {
      CompletionEvent.Completed last = null;
      int turn = 0;
      for (; last == null || last.usage().droppedTurns() == 0; turn++) {
        // Its answers have, as texts, the tokens that were drawn.
        ChatMessage message = user("My name is " + NAMES.get(turn % NAMES.size()) + ".");
        dialogue.add(message);
        last = answer(operator, request("r" + turn, message).build());
        dialogue.add(new ChatMessage(Role.ASSISTANT, last.text()));
      }
      List<ChatMessage> kept =
          dialogue.subList(2 * last.usage().droppedTurns(), dialogue.size() - 1);
      try (OperatorHarness alone = OperatorHarness.opened(base("refuse"))) {
        CompletionEvent.Completed same =
            answer(
                alone,
                request("r", kept.toArray(ChatMessage[]::new)).history(HistoryMode.FULL).build());
        assertThat(last.usage().promptTokens())
            .as("answers whose text has the tokens that were drawn")
            .isEqualTo(same.usage().promptTokens());
        assertThat(last.text()).isEqualTo(same.text());
      }
    }
  }

  @Test
  void withoutTheOptionItIsRefusedAndARequestMaySayOtherwise() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(base("refuse"))) {
      int turn = 0;
      while (!(operator.answers().get("r" + (turn - 1)) instanceof CompletionEvent.Rejected)) {
        operator.send(request("r" + turn, said(turn)).build());
        operator.runUntilAnswered(++turn);
      }
      CompletionEvent.Completed answer =
          answer(
              operator,
              request("again", said(turn))
                  .overflow(Optional.of(ContextOverflow.DROP_OLDEST))
                  .build());
      assertThat(answer.usage().droppedTurns()).isPositive();
    }
    try (OperatorHarness operator = OperatorHarness.opened(base("drop-oldest"))) {
      operator.send(
          request("r", user("dog yellow salad ".repeat(80)))
              .overflow(Optional.of(ContextOverflow.REFUSE))
              .build());
      operator.send(request("long", user("dog yellow salad ".repeat(80))).build());
      operator.runUntilAnswered(2);
      for (CompletionEvent event : operator.answers().values()) {
        assertThat(((CompletionEvent.Rejected) event).code()).isEqualTo("context_length_exceeded");
      }
    }
  }

  @Test
  void theSystemPromptStays() throws Exception {
    ChatMessage system = new ChatMessage(Role.SYSTEM, "My name is Sofia.");
    try (OperatorHarness operator = OperatorHarness.opened(base("drop-oldest"))) {
      answer(operator, request("r0", system, said(0)).build());
      int dropped = 0;
      for (int turn = 1; turn < 12; turn++) {
        CompletionEvent.Completed answer =
            answer(operator, request("r" + turn, said(turn)).build());
        if (answer.usage().droppedTurns() > 0) {
          assertThat(answer.usage().cachedTokens()).as("the first turn's pages").isPositive();
          dropped++;
        }
      }
      assertThat(dropped).isGreaterThan(2);
    }
  }

  /** The answer follows from its dialogue alone, and mostly begins as the last one did. */
  @Test
  void aWholeDialogueIsSentForEver() throws Exception {
    List<ChatMessage> dialogue = new ArrayList<>(List.of(new ChatMessage(Role.SYSTEM, "Be kind.")));
    int cached = 0;
    try (OperatorHarness operator = OperatorHarness.opened(base("drop-oldest"))) {
      for (int turn = 0; turn < 16; turn++) {
        dialogue.add(said(turn));
        CompletionRequest request =
            request("r" + turn, dialogue.toArray(ChatMessage[]::new))
                .history(HistoryMode.FULL)
                .build();
        CompletionEvent.Completed warm = answer(operator, request);
        cached += warm.usage().droppedTurns() > 0 && warm.usage().cachedTokens() > 0 ? 1 : 0;
        try (OperatorHarness cold = OperatorHarness.opened(base("drop-oldest"))) {
          CompletionEvent.Completed alone = answer(cold, request);
          assertThat(warm.text()).isEqualTo(alone.text());
          assertThat(warm.usage().promptTokens()).isEqualTo(alone.usage().promptTokens());
          assertThat(warm.usage().droppedTurns()).isEqualTo(alone.usage().droppedTurns());
        }
        dialogue.add(new ChatMessage(Role.ASSISTANT, "dog yellow salad"));
      }
    }
    assertThat(cached).as("turns after a drop that begin as the one before").isPositive();
  }

  /** The first request of a conversation may bring a dialogue that is too long, too. */
  @Test
  void ofADialogueThatIsAppendedTheOldestTurnsMakeWay() throws Exception {
    List<ChatMessage> dialogue = new ArrayList<>();
    for (int turn = 0; turn < 30; turn++) {
      dialogue.add(said(turn));
      dialogue.add(new ChatMessage(Role.ASSISTANT, "dog yellow salad"));
    }
    dialogue.add(user("Who am I?"));
    try (OperatorHarness operator = OperatorHarness.opened(base("drop-oldest"))) {
      answer(operator, request("r0", user("My name is Sofia.")).build());
      CompletionEvent.Completed answer =
          answer(operator, request("r1", dialogue.toArray(ChatMessage[]::new)).build());
      assertThat(answer.usage().droppedTurns()).isGreaterThan(20);
      assertThat(answer.usage().totalTokens()).isLessThanOrEqualTo(LIMIT);
    }
  }

  /** It begins beyond the window of what is kept, and not where its own pages were. */
  @Test
  void aForkThatIsShortenedHasNoUseForPagesThatItsConversationHadBefore() throws Exception {
    int limit = 2000;
    Configuration options = base("drop-oldest").set(MistralOptions.CONTEXT_LIMIT, limit);
    String text = "dog yellow salad ".repeat(30);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      int turns = 0;
      int tokens = 0;
      while (tokens < limit - 250) {
        tokens = answer(operator, request("r" + turns, user(text)).build()).usage().totalTokens();
        turns++;
      }
      operator.send(
          CompletionRequest.of("own", "c~own").messages(List.of(said(1))).maxTokens(40).build());
      operator.runUntil(_ -> operator.answers().containsKey("own"));
      CompletionEvent.Completed fresh = fork(operator, "fresh", turns, text);
      CompletionEvent.Completed own = fork(operator, "again", turns, text);
      assertThat(fresh.usage().droppedTurns()).isPositive();
      assertThat(fresh.usage().promptTokens()).as("beyond four windows").isGreaterThan(1400);
      assertThat(own.text()).isEqualTo(fresh.text());
      assertThat(own.usage()).isEqualTo(fresh.usage());
    }
  }

  private static CompletionEvent.Completed fork(
      OperatorHarness operator, String id, int turns, String text) throws Exception {
    String conversation = id.equals("again") ? "c~own" : "c~" + id;
    return answer(
        operator,
        CompletionRequest.of(id, conversation)
            .messages(List.of(user(text.repeat(3))))
            .maxTokens(ANSWER)
            .sampling(new SamplingParams(1, 1, 0, 0, OptionalLong.of(5)))
            .reset(true)
            .fork(Optional.of(new ForkPoint("c", turns)))
            .build());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRestoreInMidAnswerChangesNothing(boolean rocksDb) throws Exception {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int turn = 0; turn < 8; turn++) {
      requests.add(request("r" + turn, said(turn)).build());
    }
    requests.add(
        CompletionRequest.of("fork", "c~b")
            .prompt(new Prompt.Chat(List.of(said(9)), List.of()))
            .maxTokens(ANSWER)
            .fork(Optional.of(new ForkPoint("c", 2)))
            .build());
    Map<String, CompletionEvent> undisturbed;
    try (OperatorHarness operator = OperatorHarness.opened(base("drop-oldest"))) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntilAnswered(requests.size());
      undisturbed = operator.answers();
    }
    assertThat(undisturbed.values())
        .anyMatch(e -> e instanceof CompletionEvent.Completed c && c.usage().droppedTurns() > 0);
    OperatorHarness operator = new OperatorHarness(base("drop-oldest"), 1, 0);
    if (rocksDb) {
      operator.onRocksDb();
    }
    operator.open(null);
    Map<String, CompletionEvent> answers = new HashMap<>();
    for (CompletionRequest request : requests) {
      operator.send(request);
    }
    while (answers.size() < requests.size()) {
      operator.runFor(7);
      answers.putAll(operator.answers());
      if (answers.size() < requests.size()) {
        OperatorSubtaskState state = operator.snapshot();
        operator.close();
        operator = new OperatorHarness(base("drop-oldest"), 1, 0);
        if (rocksDb) {
          operator.onRocksDb();
        }
        operator.open(state);
      }
    }
    operator.close();
    Requests.assertSameAnswers(answers, undisturbed);
  }
}
