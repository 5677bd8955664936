package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.fork;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and values of idle conversations go from state, and no word changes. */
@Timeout(120)
class RetentionTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final String WORDS = "dog yellow salad ".repeat(12);

  @Test
  void afterATimeThePagesGoAndTheTokensStay() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options());
        OperatorHarness undisturbed = OperatorHarness.opened(options())) {
      operator.setTime(Duration.ZERO);
      for (OperatorHarness each : List.of(operator, undisturbed)) {
        each.send(request("a", "c", "My name is Sofia. " + WORDS));
        each.send(request("b", "d", "My name is Sofia. " + WORDS));
        each.runUntilAnswered(2);
      }
      operator.setTime(HOUR.dividedBy(2));
      operator.send(request("b2", "d", "Who am I?"));
      operator.runUntilAnswered(3);
      operator.setTime(HOUR.minusMillis(1));
      assertThat(operator.pagesOf("c")).isNotEmpty();
      operator.setTime(HOUR);
      assertThat(operator.pagesOf("c")).isEmpty();
      assertThat(operator.pagesOf("d")).as("used half an hour ago").isNotEmpty();
      for (OperatorHarness each : List.of(operator, undisturbed)) {
        each.send(request("a2", "c", "Who am I?"));
        each.runUntil(_ -> each.answers().containsKey("a2"));
      }
      assertThat(operator.textOf("a2")).contains("Sofia").isEqualTo(undisturbed.textOf("a2"));
      assertThat(operator.completed("a2").usage().promptTokens())
          .isEqualTo(undisturbed.completed("a2").usage().promptTokens());
      assertThat(undisturbed.completed("a2").usage().cachedTokens()).isPositive();
      assertThat(operator.completed("a2").usage().cachedTokens()).isZero();
      assertThat(operator.pagesOf("c")).isEqualTo(undisturbed.pagesOf("c"));
    }
  }

  @Test
  void beyondTheLimitThoseGoThatWereUsedLongestAgo() throws Exception {
    String lengthy = WORDS.repeat(3);
    Configuration options = options();
    int pages;
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request("r", "a", lengthy));
      operator.runUntilAnswered(1);
      pages = operator.pagesOf("a").size();
      assertThat(pages).isGreaterThan(6);
    }
    // There is room for two of them, and not for three.
    options.set(
        MistralOptions.KV_STATE_LIMIT, new MemorySize((5L * pages / 2) * KvMemoryTest.PAGE_BYTES));
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      int answered = 0;
      for (String conversation : List.of("a", "b", "d")) {
        operator.setTime(Duration.ofSeconds(++answered));
        operator.send(request("r" + answered, conversation, lengthy));
        operator.runUntilAnswered(answered);
      }
      assertThat(operator.pagesOf("a")).isEmpty();
      assertThat(operator.pagesOf("b")).isNotEmpty();
      // A fork reads b, which is then used later than d.
      operator.setTime(Duration.ofSeconds(++answered));
      operator.send(fork("f", "b~f", "b", 1, "Who am I?"));
      operator.runUntilAnswered(answered);
      assertThat(operator.pagesOf("b")).isNotEmpty();
      assertThat(operator.pagesOf("b~f")).isNotEmpty();
      assertThat(operator.pagesOf("d")).isEmpty();
      state = operator.snapshot();
    }
    options.set(
        MistralOptions.KV_STATE_LIMIT, new MemorySize((3L * pages / 2) * KvMemoryTest.PAGE_BYTES));
    try (OperatorHarness operator = new OperatorHarness(options, 1, 0)) {
      operator.setTime(Duration.ofSeconds(9));
      operator.open(state);
      operator.runMail();
      assertThat(operator.pagesOf("b")).isEmpty();
      assertThat(operator.pagesOf("b~f")).isNotEmpty();
    }
  }

  @Test
  void afterARestartTimeGoesOn() throws Exception {
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.setTime(HOUR.dividedBy(2));
      operator.send(request("a", "a", WORDS));
      operator.runUntilAnswered(1);
      operator.setTime(HOUR);
      operator.send(request("b", "b", WORDS));
      operator.runUntilAnswered(2);
      operator.send(sampled("c", "c", STORY, 60));
      operator.runUntil(events -> events.size() >= 10);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      operator.setTime(HOUR.plusMinutes(20));
      operator.open(state);
      operator.runUntilAnswered(1);
      assertThat(operator.pagesOf("a")).isNotEmpty();
      operator.setTime(HOUR.plusMinutes(30));
      assertThat(operator.pagesOf("a")).isEmpty();
      assertThat(operator.pagesOf("b")).isNotEmpty();
      operator.setTime(HOUR.multipliedBy(2));
      assertThat(operator.pagesOf("b")).isEmpty();
      assertThat(operator.pagesOf("c")).as("its turn ended later").isNotEmpty();
      operator.setTime(HOUR.multipliedBy(3));
      assertThat(operator.pagesOf("c")).isEmpty();
    }
  }

  /** Who is idle since then is found after somebody has become idle later. */
  @Test
  void afterARestartWhatIsDueFirstGoesFirst() throws Exception {
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.setTime(Duration.ofMillis(1));
      operator.send(request("a", "a", WORDS));
      operator.runUntilAnswered(1);
      operator.send(sampled("b", "b", STORY, 100));
      operator.runUntil(events -> events.size() >= 14);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      operator.setTime(HOUR.dividedBy(2));
      operator.open(state);
      operator.send(new ControlRequest.Cancel("b", "b", Optional.empty())); // Before any mail.
      operator.send(request("d", "d", "Spell the word owl."));
      operator.runUntilAnswered(2);
      operator.setTime(HOUR);
      assertThat(operator.pagesOf("a")).isNotEmpty();
      operator.setTime(HOUR.plusMillis(1));
      assertThat(operator.pagesOf("a")).isEmpty();
      assertThat(operator.pagesOf("b")).isNotEmpty();
      operator.setTime(HOUR.dividedBy(2).multipliedBy(3));
      assertThat(operator.pagesOf("b")).isEmpty();
    }
  }

  /** What it was to begin with is planned while it waits for memory. */
  @Test
  void aForkThatWaitsForMemoryBeginsWithoutPagesThatHaveGone() throws Exception {
    Configuration options =
        options().set(MistralOptions.KV_MEMORY, new MemorySize(18L * KvMemoryTest.PAGE_BYTES));
    try (OperatorHarness operator = OperatorHarness.opened(options);
        OperatorHarness undisturbed = OperatorHarness.opened(options)) {
      operator.setTime(Duration.ZERO);
      for (OperatorHarness each : List.of(operator, undisturbed)) {
        each.send(request("a", "c", "My name is Sofia. " + WORDS));
        each.runUntilAnswered(1);
        each.send(sampled("long", "x", STORY, 60));
        each.send(fork("late", "c~late", "c", 1, "Who am I?"));
        assertThat(each.running()).as("there is no room for both").isEqualTo(1);
      }
      operator.setTime(HOUR);
      assertThat(operator.pagesOf("c")).isEmpty();
      operator.runUntilAnswered(3);
      undisturbed.runUntilAnswered(3);
      assertThat(operator.textOf("late")).isEqualTo(undisturbed.textOf("late"));
      assertThat(undisturbed.completed("late").usage().cachedTokens()).isPositive();
      assertThat(operator.completed("late").usage().cachedTokens()).isZero();
    }
  }

  /** Also beyond the window of 256 tokens, and with less memory than the conversations need. */
  @ParameterizedTest
  @ValueSource(ints = {1000, 40})
  void withoutPagesInStateEveryWordIsTheSame(int memoryPages) throws Exception {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int turn = 0; turn < 7; turn++) {
      for (String conversation : List.of("a", "b")) {
        requests.add(sampled(conversation + turn, conversation, WORDS.repeat(2) + turn, 20));
      }
    }
    requests.add(fork("f", "a~f", "a", 6, "Who am I?"));
    Map<String, CompletionEvent> expected = new HashMap<>();
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntilAnswered(requests.size());
      expected.putAll(operator.answers());
    }
    Configuration none =
        options()
            .set(MistralOptions.KV_RETENTION, Duration.ZERO)
            .set(
                MistralOptions.KV_MEMORY,
                new MemorySize((long) memoryPages * KvMemoryTest.PAGE_BYTES));
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorSubtaskState state = null;
    for (int from = 0; answers.size() < requests.size(); ) {
      try (OperatorHarness operator = new OperatorHarness(none, 1, 0)) {
        operator.open(state);
        int to = Math.min(requests.size(), from + 5);
        for (CompletionRequest request : requests.subList(from, to)) {
          operator.send(request);
        }
        from = to;
        operator.runFor(13);
        assertThat(operator.pagesOf("a")).isEmpty();
        assertThat(operator.pagesOf("b")).isEmpty();
        answers.putAll(operator.answers());
        state = operator.snapshot();
      }
    }
    expected.forEach(
        (id, event) -> {
          CompletionEvent.Completed before = (CompletionEvent.Completed) event;
          assertThat(answers.get(id)).isInstanceOf(CompletionEvent.Completed.class);
          CompletionEvent.Completed now = (CompletionEvent.Completed) answers.get(id);
          assertThat(now.answer()).as(id).isEqualTo(before.answer());
          assertThat(now.usage().promptTokens()).isEqualTo(before.usage().promptTokens());
          assertThat(now.usage().cachedTokens()).isZero();
        });
  }

  @Test
  void whatStateHasOfAnEarlierRunGoesWhereNoneIsToBeThere() throws Exception {
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a", "a", "My name is Sofia. " + WORDS));
      operator.send(sampled("b", "b", WORDS + STORY, 100));
      operator.runUntil(events -> operator.answers().containsKey("a") && events.size() > 30);
      assertThat(operator.pagesOf("b")).isNotEmpty();
      state = operator.snapshot();
    }
    Configuration none = options().set(MistralOptions.KV_RETENTION, Duration.ZERO);
    try (OperatorHarness operator = new OperatorHarness(none, 1, 0)) {
      operator.open(state);
      operator.send(request("a2", "a", "Who am I?"));
      operator.send(request("b2", "b", "Who am I?"));
      operator.runUntilAnswered(3);
      assertThat(operator.textOf("a2")).contains("Sofia");
      assertThat(operator.pagesOf("a")).isEmpty();
      assertThat(operator.pagesOf("b")).isEmpty();
    }
  }
}
