package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static io.flinkmistral.operator.Requests.fork;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.reset;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A fork goes on from a turn of another conversation as if it had been held itself. */
class ForkTest {
  private static final String SOFIA = "My name is Sofia.";
  private static final String WHO = "Who am I?";

  /** In an order in which every dependency matters: on answers under way, and on resets. */
  private static final List<CompletionRequest> ENTANGLED =
      List.of(
          request("a1", "a", SOFIA),
          request("a2", "a", STORY),
          fork("b1", "a~b", "a", 1, WHO),
          fork("d1", "a~d", "a", 3, WHO), // Of a turn that comes later: unknown.
          request("a3", "a", "My name is Ben."),
          fork("e1", "a~e", "a", 3, WHO),
          reset("a4", "a", WHO),
          fork("f1", "a~f", "a", 2, WHO), // It is forgotten.
          fork("g1", "a~e~g", "a~e", 2, WHO), // Its first turn is one request away.
          fork("h1", "a~h", "a~e", 1, "Spell the word bell."),
          request("e2", "a~e", WHO));

  @Test
  void aForkAnswersAsAConversationThatHadTheSameTurns() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a1", "a", SOFIA));
      operator.send(request("a2", "a", "My name is Ben."));
      operator.send(fork("b1", "a~b", "a", 1, WHO));
      operator.send(request("b2", "a~b", "Spell the word bell."));
      operator.send(request("c1", "c", SOFIA));
      operator.send(request("c2", "c", WHO));
      operator.send(request("c3", "c", "Spell the word bell."));
      operator.send(request("a3", "a", WHO));
      operator.runUntilAnswered(8);
      assertThat(operator.textOf("b1")).contains("Sofia").isEqualTo(operator.textOf("c2"));
      assertThat(operator.textOf("b2")).isEqualTo(operator.textOf("c3"));
      assertThat(operator.completed("b2").usage()).isEqualTo(operator.completed("c3").usage());
      assertThat(operator.textOf("a3")).contains("Ben");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16})
  void whatAForkBeginsWithDependsOnTheOrderOfRequestsAlone(int conversations) throws Exception {
    Map<String, CompletionEvent> expected = oneByOne();
    Configuration options = options().set(MistralOptions.MAX_CONVERSATIONS, conversations);
    for (int mailsBetween : new int[] {0, 9, 40}) {
      try (OperatorHarness operator = OperatorHarness.opened(options)) {
        operator.sendEach(ENTANGLED, mailsBetween);
        operator.runUntilAnswered(ENTANGLED.size());
        assertSameAnswers(operator.answers(), expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void forksThatWaitAreMadeAfterARestore(boolean rocksDb) throws Exception {
    Map<String, CompletionEvent> expected = oneByOne();
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorSubtaskState state = null;
    for (int attempt = 0; answers.size() < ENTANGLED.size(); attempt++) {
      try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
        if (rocksDb) {
          operator.onRocksDb();
        }
        operator.open(state);
        if (attempt == 0) {
          for (CompletionRequest request : ENTANGLED) {
            operator.send(request);
          }
        }
        for (int i = 0; i < 12 && answers.size() + operator.answers().size() < 11; i++) {
          operator.runMail();
        }
        state = operator.snapshot();
        operator.answers().forEach((id, answer) -> assertThat(answers.put(id, answer)).isNull());
      }
    }
    assertSameAnswers(answers, expected);
  }

  @Test
  void whatCannotBeForkedIsRefusedByName() throws Exception {
    Map<String, CompletionEvent> answers = oneByOne();
    assertThat(answers.get("d1")).hasFieldOrPropertyWithValue("code", "turn_not_found");
    assertThat(answers.get("d1")).hasFieldOrPropertyWithValue("parameter", "fork.turn");
    assertThat(answers.get("f1")).hasFieldOrPropertyWithValue("code", "turn_not_found");
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(fork("x", "n~x", "n", 1, WHO));
      operator.send(request("a1", "a", SOFIA));
      operator.send(request("b1", "a~b", SOFIA));
      operator.send(fork("b2", "a~b", "a", 1, WHO));
      operator.runUntilAnswered(4);
      assertThat(operator.answers().get("x"))
          .hasFieldOrPropertyWithValue("code", "conversation_not_found")
          .hasFieldOrPropertyWithValue("parameter", "fork.conversation_id");
      assertThat(operator.answers().get("b2"))
          .hasFieldOrPropertyWithValue("code", "conversation_exists");
    }
    assertThatThrownBy(() -> fork("r", "b", "a", 1, WHO))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("a~");
    assertThatThrownBy(() -> fork("r", "a", "a", 1, WHO))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(() -> fork("r", "a~b", "a", 0, WHO))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("fork.turn");
  }

  @Test
  void aForkAtATurnWhosePagesHaveLeftTheWindowIsComputedFromTheHistory() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (String conversation : List.of("a", "c")) {
        for (int i = 0; i < 3; i++) {
          operator.send(
              request(conversation + i, conversation, STORY + " " + "dog ".repeat(30 + i)));
        }
      }
      operator.runUntilAnswered(6);
      for (int i = 3; i < 9; i++) {
        operator.send(sampled("a" + i, "a", STORY, 60));
      }
      operator.send(fork("b3", "a~b", "a", 3, WHO));
      operator.send(request("c3", "c", WHO));
      operator.runUntilAnswered(14);
      assertThat(operator.completed("a8").usage().totalTokens()).isGreaterThan(256 * 2);
      assertThat(operator.textOf("b3")).isEqualTo(operator.textOf("c3"));
      assertThat(operator.completed("b3").usage().promptTokens())
          .isEqualTo(operator.completed("c3").usage().promptTokens());
    }
  }

  @Test
  void aConversationAndItsForksAreInOneKeyGroup() {
    for (String id : List.of("c-4", "c~a", "~", "")) {
      ConversationKey root = new ConversationKey(id);
      for (String fork : List.of("~b", "~b~c", "~")) {
        ConversationKey key = new ConversationKey(id + fork);
        if (!id.startsWith("~") && !id.isEmpty()) {
          assertThat(KeyGroupRangeAssignment.assignToKeyGroup(key, 128))
              .isEqualTo(KeyGroupRangeAssignment.assignToKeyGroup(root, 128));
        }
        assertThat(key).isNotEqualTo(root);
      }
    }
    assertThat(KeyGroupRangeAssignment.assignToKeyGroup(new ConversationKey("c-4"), 128))
        .isEqualTo(KeyGroupRangeAssignment.assignToKeyGroup("c-4", 128));
  }

  /** Each request is answered before the next one comes. */
  private static Map<String, CompletionEvent> oneByOne() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      int sent = 0;
      for (CompletionRequest request : ENTANGLED) {
        operator.send(request);
        operator.runUntilAnswered(++sent);
      }
      return operator.answers();
    }
  }
}
