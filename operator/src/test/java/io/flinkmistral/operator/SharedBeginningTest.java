package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Conversations that begin alike share memory, and nothing of it shows in state or words. */
@Timeout(240)
class SharedBeginningTest {
  private static final String SYSTEM =
      "You are a careful assistant who labels tickets. ".repeat(12);

  /** A model of its own, so that nothing is at hand that other tests have left. */
  private static Configuration options(String name, long sharedBytes) {
    return OperatorHarness.options()
        .set(MistralOptions.MODEL_NAME, name)
        .set(MistralOptions.MAX_TOKENS, 40)
        .set(MistralOptions.KV_SHARED_MEMORY, new MemorySize(sharedBytes));
  }

  private static CompletionRequest request(
      String id, String conversation, String system, String text) {
    List<ChatMessage> messages = new ArrayList<>();
    if (!system.isEmpty()) {
      messages.add(new ChatMessage(Role.SYSTEM, system));
    }
    messages.add(new ChatMessage(Role.USER, text));
    return CompletionRequest.of(id, conversation).messages(messages).build();
  }

  @Test
  void aSharedBeginningStandsInTheStateOfEachConversation() throws Exception {
    Configuration options = options("state", 64 << 20);
    Configuration alone = options("state alone", 0);
    List<CompletionRequest> first = new ArrayList<>();
    List<CompletionRequest> later = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      first.add(request("r" + i, "c" + i, SYSTEM.substring(0, 400), "Ticket " + i));
      later.add(request("s" + i, "c" + i, "", "And now?"));
    }
    Map<String, SortedSet<Integer>> pages = new HashMap<>();
    LanguageModel model = OperatorHarness.model(options);
    OperatorSubtaskState state;
    Map<String, CompletionEvent> expected = new HashMap<>();
    try (OperatorHarness operator = OperatorHarness.opened(alone)) {
      for (CompletionRequest request : first) {
        operator.send(request);
      }
      operator.runUntilAnswered(4);
      for (int i = 0; i < 4; i++) {
        pages.put("c" + i, new TreeSet<>(operator.pagesOf("c" + i)));
      }
      for (CompletionRequest request : later) {
        operator.send(request);
      }
      operator.runUntilAnswered(8);
      expected.putAll(operator.answers());
    }
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(first.getFirst());
      operator.runUntilAnswered(1); // Its pages are at hand for the others.
      for (CompletionRequest request : first.subList(1, 4)) {
        operator.send(request);
      }
      operator.runUntilAnswered(4);
      for (int i = 0; i < 4; i++) {
        assertThat(operator.pagesOf("c" + i)).isEqualTo(pages.get("c" + i));
        CompletionEvent.Completed answer = operator.completed("r" + i);
        assertThat(answer.usage().cachedTokens()).as("state held nothing").isZero();
        assertThat(answer.timings().sharedTokens())
            .isEqualTo(i == 0 ? 0 : equalTokens(model, first.getFirst(), first.get(i)) / 16 * 16);
      }
      state = operator.snapshot();
      assertSameAnswers(operator.answers(), without(expected, "s"));
    }
    // Without what was shared, and with pages that a third has left.
    for (Configuration other : List.of(alone, options("state other", 64 << 20))) {
      try (OperatorHarness operator = OperatorHarness.opened(other)) {
        operator.send(request("t", "t", SYSTEM.substring(0, 400), "Ticket 3"));
        operator.runUntilAnswered(1);
      }
      try (OperatorHarness operator = new OperatorHarness(other, 1, 0)) {
        operator.open(state);
        for (CompletionRequest request : later) {
          operator.send(request);
        }
        operator.runUntilAnswered(4);
        assertSameAnswers(operator.answers(), without(expected, "r"));
        for (int i = 0; i < 4; i++) {
          assertThat(operator.completed("s" + i).usage())
              .isEqualTo(((CompletionEvent.Completed) expected.get("s" + i)).usage());
        }
      }
      awaitNoneHeld(OperatorHarness.model(other));
    }
  }

  private static int equalTokens(
      LanguageModel model, CompletionRequest one, CompletionRequest other) {
    return Arrays.mismatch(model.encodeTurn(true, one), model.encodeTurn(true, other));
  }

  /** A pass that is under way when an operator closes reads its caches to the end. */
  private static void awaitNoneHeld(LanguageModel model) {
    while (model.heldBytes() > 0) {
      Thread.onSpinWait();
    }
  }

  private static Map<String, CompletionEvent> without(
      Map<String, CompletionEvent> all, String prefix) {
    Map<String, CompletionEvent> rest = new HashMap<>(all);
    rest.keySet().removeIf(id -> id.startsWith(prefix));
    return rest;
  }

  /** Windows that slide, budgets, evictions and restarts at any time, one page a mail. */
  @RepeatedTest(6)
  void noTextDependsOnWhatIsSharedAndNoRestartLosesAnything(RepetitionInfo repetition)
      throws Exception {
    Random random = new Random(repetition.getCurrentRepetition());
    List<CompletionRequest> requests = new ArrayList<>();
    for (int turn = 0; turn < 3; turn++) {
      for (int i = 0; i < 6; i++) {
        String system =
            SYSTEM.substring(0, random.nextBoolean() ? SYSTEM.length() : 16 * random.nextInt(35));
        requests.add(
            request(
                "r" + turn + i,
                "c" + i,
                turn == 0 || random.nextInt(3) == 0 ? system : "",
                "Ticket " + random.nextInt(4)));
      }
    }
    Map<String, CompletionEvent> expected = new HashMap<>();
    try (OperatorHarness operator = OperatorHarness.opened(options("alone", 0))) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntilAnswered(requests.size());
      expected.putAll(operator.answers());
    }
    int pageBytes = KvMemoryTest.PAGE_BYTES;
    Configuration options =
        options(
                "shared " + repetition.getCurrentRepetition(),
                (1L + random.nextInt(60)) * pageBytes)
            .set(MistralOptions.MAX_CONVERSATIONS, 1 + random.nextInt(6))
            .set(MistralOptions.PREFILL_CHUNK, 1 + random.nextInt(64))
            .set(MistralOptions.KV_MEMORY, new MemorySize((24L + random.nextInt(60)) * pageBytes));
    MistralSettings settings = MistralSettings.of(options).withRestoreBytes(1);
    LanguageModel model = OperatorHarness.model(options);
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorSubtaskState state = null;
    int sent = 0;
    while (answers.size() < requests.size()) {
      try (OperatorHarness operator = new OperatorHarness(settings, 1, 0)) {
        operator.open(state);
        int mails = 20 + random.nextInt(200);
        while (mails > 0 && answers.size() + operator.answers().size() < requests.size()) {
          if (sent < requests.size() && random.nextInt(4) == 0) {
            operator.send(requests.get(sent++));
          }
          if (sent > answers.size() + operator.answers().size()) {
            operator.runMail();
            mails--;
          }
          assertThat(model.sharedBytes())
              .isLessThanOrEqualTo(options.get(MistralOptions.KV_SHARED_MEMORY).getBytes());
        }
        state = operator.snapshot();
        answers.putAll(operator.answers());
      }
      awaitNoneHeld(model);
      assertThat(model.cacheBytes()).isEqualTo(model.sharedBytes());
    }
    assertSameAnswers(answers, expected);
  }
}
