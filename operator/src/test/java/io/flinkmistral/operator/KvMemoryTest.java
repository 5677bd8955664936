package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static io.flinkmistral.operator.Requests.sampledReset;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** The budget of keys and values: who waits, who is evicted, and that no text depends on it. */
class KvMemoryTest {
  /** Of the small model: 4 layers, 2 heads of 32 numbers in f16, 16 tokens. */
  static final int PAGE_BYTES = 2 * 4 * 2 * 32 * 2 * 16;

  /** Pages for a window of 256, the page that it begins in, and chunks of up to 64. */
  private static final int WINDOW_PAGES = (64 + 16 + 256 - 3) / 16 + 2;

  @RepeatedTest(4)
  void noTextDependsOnTheBudgetTheOrderEvictionsOrRestarts(RepetitionInfo repetition)
      throws Exception {
    Random random = new Random(repetition.getCurrentRepetition());
    List<CompletionRequest> requests = conversations(random, 5, 3);
    Map<String, CompletionEvent> expected = answers(options(), requests);
    Configuration tight = budget(WINDOW_PAGES + random.nextInt(WINDOW_PAGES));
    tight.set(MistralOptions.MAX_CONVERSATIONS, 1 + random.nextInt(5));
    tight.set(MistralOptions.PREFILL_CHUNK, 1 + random.nextInt(64));
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorSubtaskState state = null;
    int sent = 0;
    while (answers.size() < requests.size()) {
      try (OperatorHarness operator = new OperatorHarness(tight, 1, 0)) {
        operator.open(state);
        int mails = 60 + random.nextInt(120);
        while (mails > 0 && answers.size() + operator.answers().size() < requests.size()) {
          if (sent < requests.size() && random.nextInt(8) == 0) {
            operator.send(requests.get(sent++));
          }
          if (sent > answers.size() + operator.answers().size()) {
            operator.runMail();
            mails--;
          }
          assertThat(OperatorHarness.model(tight).heldBytes()).isLessThanOrEqualTo(bytes(tight));
        }
        state = operator.snapshot();
        operator.answers().forEach((id, answer) -> assertThat(answers.put(id, answer)).isNull());
      }
    }
    assertSameAnswers(answers, expected);
  }

  @Test
  void whatACacheHoldsIsNotReadBackAndNotComputedAgain() throws Exception {
    // One token a pass, so that passes count tokens.
    Configuration options = budget(64).set(MistralOptions.PREFILL_CHUNK, 1);
    Configuration small = budget(WINDOW_PAGES - 4).set(MistralOptions.PREFILL_CHUNK, 1);
    CompletionRequest first = sampled("a1", "a", STORY, 30);
    CompletionRequest second = sampled("a2", "a", "And then?", 10);
    long atHand;
    long evicted;
    Map<String, CompletionEvent> answers;
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(first);
      operator.runUntilAnswered(1);
      atHand = passesOf(operator, options, second);
      answers = operator.answers();
    }
    try (OperatorHarness operator = OperatorHarness.opened(small)) {
      operator.send(first);
      operator.runUntilAnswered(1);
      operator.send(sampled("b1", "b", "dog ".repeat(100), 300));
      operator.runUntilAnswered(2);
      evicted = passesOf(operator, small, second);
      assertSameAnswers(Map.of("a2", operator.completed("a2")), Map.of("a2", answers.get("a2")));
    }
    CompletionEvent.Completed one = (CompletionEvent.Completed) answers.get("a1");
    int takenIn = one.usage().totalTokens() - 1;
    assertThat(evicted - atHand).isEqualTo(takenIn % 16);
  }

  /** How many passes the model runs for a request beside which there is no other. */
  private static long passesOf(
      OperatorHarness operator, Configuration options, CompletionRequest request) throws Exception {
    long before = OperatorHarness.model(options).engine().passes();
    int answers = operator.answers().size();
    operator.send(request);
    operator.runUntilAnswered(answers + 1);
    return OperatorHarness.model(options).engine().passes() - before;
  }

  @Test
  void whatDoesNotFitNowWaitsAndIsNotPassedOver() throws Exception {
    Configuration options = budget(WINDOW_PAGES);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("small", "a", STORY, 30));
      operator.send(sampled("big", "b", STORY, 500));
      for (int i = 0; i < 5; i++) {
        operator.send(sampled("later" + i, "c" + i, STORY, 5));
      }
      operator.runUntilAnswered(7);
      List<String> order =
          operator.events().stream()
              .filter(OperatorHarness::isAnswer)
              .map(CompletionEvent::requestId)
              .toList();
      assertThat(order.subList(0, 2)).containsExactly("small", "big");
    }
  }

  @Test
  void whatNeverFitsIsRefusedAndTheConversationIsAsItWas() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(budget(6))) {
      operator.send(request("tooMuch", "c", "My name is Ben."));
      operator.send(sampled("fits", "c", "My name is Sofia.", 20));
      operator.send(sampled("tooLong", "c", "dog ".repeat(150), 1));
      operator.send(sampled("still", "c", "Who am I?", 20));
      operator.runUntilAnswered(4);
      for (String id : List.of("tooMuch", "tooLong")) {
        CompletionEvent.Rejected refused = (CompletionEvent.Rejected) operator.answers().get(id);
        assertThat(refused.code()).isEqualTo("kv_memory_exceeded");
        assertThat(refused.message()).contains("kv.memory", String.valueOf(6 * PAGE_BYTES));
      }
      int first = operator.completed("fits").usage().totalTokens();
      assertThat(operator.completed("still").usage().promptTokens()).isGreaterThan(first);
    }
  }

  @Test
  void aTurnThatWasUnderWayAndNoLongerFitsIsRefusedAndLeavesNoPagesOfItself() throws Exception {
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(sampled("a1", "a", "My name is Sofia.", 20));
      operator.runUntilAnswered(1);
      operator.send(sampled("a2", "a", STORY, 150));
      operator.runUntil(events -> events.size() >= 60);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(budget(6), 1, 0)) {
      operator.open(state);
      operator.send(sampled("a3", "a", "Who am I?", 10));
      operator.runUntilAnswered(2);
      assertThat(operator.answers().get("a2")).isInstanceOf(CompletionEvent.Rejected.class);
      assertThat(operator.completed("a3").usage().cachedTokens()).isZero();
    }
  }

  @Test
  void aTaskThatStopsGivesItsMemoryBackWhenItsLastPassIsDone() throws Exception {
    Configuration options = budget(64).set(MistralOptions.MODEL_NAME, "stopped");
    LanguageModel model = OperatorHarness.model(options);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("r", "c", STORY, 100));
      operator.runUntil(events -> events.size() >= 20);
      assertThat(model.heldBytes()).isPositive();
    }
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request("s", "d", "Spell the word owl."));
      operator.runUntilAnswered(1);
      assertThat(model.heldBytes()).isLessThanOrEqualTo(4L * PAGE_BYTES);
    }
    assertThat(model.heldBytes()).isZero();
  }

  /** Turns of conversations, in an order in which those of each are in theirs. */
  private static List<CompletionRequest> conversations(
      Random random, int conversations, int turns) {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int turn = 0; turn < turns; turn++) {
      for (int c = 0; c < conversations; c++) {
        String id = "r%d/%d".formatted(c, turn);
        int maxTokens = 5 + random.nextInt(60);
        String text = STORY + " ".repeat(random.nextInt(3)) + "dog ".repeat(random.nextInt(30));
        requests.add(
            random.nextInt(8) == 0
                ? sampledReset(id, "c" + c, text, maxTokens)
                : sampled(id, "c" + c, text, maxTokens));
      }
    }
    return requests;
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

  private static Configuration budget(int pages) {
    return options()
        .set(MistralOptions.KV_MEMORY, new MemorySize((long) pages * PAGE_BYTES))
        .set(MistralOptions.KV_SHARED_MEMORY, MemorySize.ZERO)
        .set(MistralOptions.PREFILL_CHUNK, 64)
        .set(MistralOptions.MODEL_NAME, "budget");
  }

  private static long bytes(Configuration options) {
    return options.get(MistralOptions.KV_MEMORY).getBytes();
  }
}
