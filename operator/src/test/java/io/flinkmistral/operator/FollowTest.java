package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static io.flinkmistral.operator.Requests.follow;
import static io.flinkmistral.operator.Requests.fork;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.StopConditions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of several requests that go on from one turn, the first goes on, and the others branch off. */
@Timeout(120)
class FollowTest {
  private static final String SOFIA = "My name is Sofia.";
  private static final String WHO = "Who am I?";

  private static final List<CompletionRequest> ENTANGLED =
      List.of(
          request("a1", "a", SOFIA),
          follow("a2", "a~a2", "a", 1, 1, STORY),
          follow("b1", "a~b1", "a", 1, 1, WHO),
          follow("c1", "a~c1", "a", 1, 1, "My name is Ben."),
          follow("b2", "a~b2", "a~b1", 2, 1, "Spell the word bell."),
          follow("a3", "a~a3", "a", 2, 2, WHO),
          follow("d1", "a~d1", "a~c1", 2, 1, WHO),
          follow("e1", "a~e1", "a~c1", 2, 1, WHO));

  @Test
  void whoComesFirstGoesOnAndOthersBranchOff() throws Exception {
    Map<String, CompletionEvent> answers = oneByOne(options());
    assertThat(conversations(answers))
        .isEqualTo(
            Map.of(
                "a1", "a", "a2", "a", "b1", "a~b1", "c1", "a~c1", "b2", "a~b1", "a3", "a", "d1",
                "a~c1", "e1", "a~e1"));
    assertThat(text(answers, "b1")).contains("Sofia");
    assertThat(text(answers, "d1")).contains("Ben");
    assertThat(text(answers, "e1")).isEqualTo(text(answers, "d1"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16})
  void theOrderOfRequestsAloneDecides(int conversations) throws Exception {
    for (String window : List.of("none", "auto")) {
      Map<String, CompletionEvent> expected = oneByOne(withWindow(window));
      Configuration options =
          withWindow(window).set(MistralOptions.MAX_CONVERSATIONS, conversations);
      for (int mailsBetween : new int[] {0, 9, 40}) {
        try (OperatorHarness operator = OperatorHarness.opened(options)) {
          operator.sendEach(ENTANGLED, mailsBetween);
          operator.runUntilAnswered(ENTANGLED.size());
          assertThat(conversations(operator.answers())).isEqualTo(conversations(expected));
          assertSameAnswers(operator.answers(), expected);
        }
      }
    }
  }

  @Test
  void itIsTheSameAfterARestore() throws Exception {
    Map<String, CompletionEvent> expected = oneByOne(options());
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorSubtaskState state = null;
    for (int attempt = 0; answers.size() < ENTANGLED.size(); attempt++) {
      try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
        operator.open(state);
        if (attempt == 0) {
          for (CompletionRequest request : ENTANGLED) {
            operator.send(request);
          }
        }
        for (int i = 0;
            i < 12 && answers.size() + operator.answers().size() < ENTANGLED.size();
            i++) {
          operator.runMail();
        }
        state = operator.snapshot();
        operator.answers().forEach((id, answer) -> assertThat(answers.put(id, answer)).isNull());
      }
    }
    assertSameAnswers(answers, expected);
    assertThat(conversations(answers)).isEqualTo(conversations(expected));
  }

  @Test
  void oneThatIsSentTwiceIsAnsweredOnce() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a1", "a", SOFIA));
      for (int i = 0; i < 3; i++) {
        operator.send(follow("a2", "a~a2", "a", 1, 1, STORY));
        operator.send(follow("b1", "a~b1", "a", 1, 1, WHO));
      }
      operator.runUntilAnswered(3);
      operator.send(follow("a2", "a~a2", "a", 1, 1, STORY));
      operator.send(follow("b1", "a~b1", "a", 1, 1, WHO));
      operator.send(request("last", "x", WHO));
      operator.runUntil(_ -> operator.answers().containsKey("last"));
      assertThat(operator.events().stream().filter(OperatorHarness::isAnswer)).hasSize(4);
    }
  }

  @Test
  void oneThatFollowsATurnThatIsNotThereIsRefused() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(sampled("a1", "a", STORY, 100));
      operator.send(request("a2", "a", SOFIA));
      operator.send(new ControlRequest.Cancel("a2", "a", Optional.empty())); // Leaves no turn.
      operator.send(follow("a3", "a~a3", "a", 2, 2, WHO));
      operator.send(follow("n", "n~n", "n", 1, 1, WHO));
      operator.runUntilAnswered(4);
      assertThat(operator.answers().get("a3"))
          .hasFieldOrPropertyWithValue("code", "turn_not_found")
          .hasFieldOrPropertyWithValue("conversationId", "a");
      assertThat(operator.answers().get("n"))
          .hasFieldOrPropertyWithValue("code", "conversation_not_found");
    }
  }

  @Test
  void withoutAWindowAForkWaitsForNoAnswerThatComesLaterThanItsTurn() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(withWindow("none"))) {
      operator.send(request("a1", "a", SOFIA));
      operator.runUntilAnswered(1);
      StopConditions late = new StopConditions(OptionalInt.of(150), 0, List.of(), List.of(), true);
      operator.send(sampled("a2", "a", STORY, 150).but().stop(late).build());
      operator.runUntil(events -> events.stream().anyMatch(e -> e.requestId().equals("a2")));
      operator.send(fork("b", "a~b", "a", 1, WHO));
      operator.send(follow("c", "a~c", "a", 1, 1, WHO));
      operator.runUntil(_ -> operator.answers().keySet().containsAll(List.of("b", "c")));
      assertThat(operator.answers()).doesNotContainKey("a2");
      assertThat(operator.textOf("b")).contains("Sofia").isEqualTo(operator.textOf("c"));
      operator.runUntilAnswered(4);
    }
  }

  private static Configuration withWindow(String window) {
    return options().set(MistralOptions.MODEL_WINDOW, window);
  }

  private static Map<String, String> conversations(Map<String, CompletionEvent> answers) {
    Map<String, String> conversations = new HashMap<>();
    answers.forEach((id, answer) -> conversations.put(id, answer.conversationId()));
    return conversations;
  }

  private static String text(Map<String, CompletionEvent> answers, String id) {
    return ((CompletionEvent.Completed) answers.get(id)).text();
  }

  /** Each request is answered before the next one comes. */
  private static Map<String, CompletionEvent> oneByOne(Configuration options) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      int sent = 0;
      for (CompletionRequest request : ENTANGLED) {
        operator.send(request);
        operator.runUntilAnswered(++sent);
      }
      return operator.answers();
    }
  }
}
