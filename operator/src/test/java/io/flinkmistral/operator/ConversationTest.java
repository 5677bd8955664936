package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What of a conversation is in state, on the heap of an operator that does nothing. */
class ConversationTest {
  private static final TurnKind PLAIN = new TurnKind(false, false, false, false);

  private OperatorHarness operator;
  private ConversationState state;
  private Conversation conversation;

  @BeforeEach
  void open() throws Exception {
    operator = OperatorHarness.opened(OperatorHarness.options());
    state = operator.state();
    conversation = state.of(new ConversationKey("c"));
  }

  @AfterEach
  void close() {
    operator.close();
  }

  @Test
  void requestsComeOutInTheOrderTheyWentIn() throws Exception {
    conversation.enqueue(queued("a"));
    conversation.enqueue(queued("b"));
    assertThat(conversation.header().queued()).isEqualTo(2);
    assertThat(conversation.head()).isEqualTo(queued("a"));
    assertThat(conversation.queued(1)).isEqualTo(queued("b"));
    assertThat(conversation.removeHead()).isEqualTo(new Conversation.Removed(0, 1));
    assertThat(conversation.head()).isEqualTo(queued("b"));
    assertThatThrownBy(() -> conversation.queued(0)).hasMessage("no request with ticket 0");
    assertThat(conversation.removeHead()).isEqualTo(new Conversation.Removed(1, 0));
    assertThatThrownBy(conversation::head).hasMessage("no request with ticket 2");
  }

  @Test
  void theLastAnsweredIdsAreRemembered() throws Exception {
    conversation.enqueue(queued("a"));
    conversation.enqueue(queued("b"));
    conversation.enqueue(queued("d"));
    assertThat(conversation.removeAnswered(0, "a", 1)).isEqualTo(new Conversation.Removed(0, 2));
    assertThat(conversation.answeredLately("a")).isTrue();
    assertThat(conversation.answeredLately("b")).isFalse();
    conversation.removeAnswered(1, "b", 1);
    assertThat(conversation.answeredLately("a")).isFalse();
    assertThat(conversation.answeredLately("b")).isTrue();
    conversation.removeAnswered(2, "d", 0);
    assertThat(conversation.answeredLately("b")).as("none are to be").isFalse();
    assertThat(conversation.answeredLately("d")).isFalse();
  }

  @Test
  void aTurnGrowsFromCheckpointToCheckpointAndEndsWithItsRequest() throws Exception {
    conversation.enqueue(queued("a"));
    assertThat(conversation.turnInFlight()).isEmpty();
    conversation.beginTurn(turn(1, 2));
    conversation.appendAnswer(new int[] {3}, List.of());
    conversation.appendAnswer(new int[0], List.of());
    conversation.appendAnswer(new int[] {4, 5}, List.of());
    assertThat(conversation.turnInFlight().orElseThrow().generated()).containsExactly(3, 4, 5);
    conversation.resumeTurn(conversation.turnInFlight().orElseThrow());
    assertThat(conversation.turnInFlight().orElseThrow().generated())
        .as("no token twice")
        .containsExactly(3, 4, 5);
    conversation.removeHead();
    assertThat(conversation.turnInFlight()).isEmpty();
    conversation.beginTurn(turn(9));
    assertThat(conversation.turnInFlight().orElseThrow().generated()).isEmpty();
  }

  @Test
  void theHistoryIsOfWholeTurns() throws Exception {
    assertThat(conversation.history()).isEmpty();
    conversation.appendTurn(new int[] {1, 2}, new int[] {3}, "t", PLAIN);
    conversation.appendTurn(new int[] {4}, new int[] {5, 6, 7}, "t", PLAIN);
    assertThat(conversation.history()).containsExactly(1, 2, 3, 4, 5, 6, 7);
    assertThat(conversation.header().tokens()).isEqualTo(7);
    assertThat(conversation.header().tokenizer()).isEqualTo("t");
    assertThat(conversation.tokensOf(0)).hasValue(0);
    assertThat(conversation.tokensOf(1)).hasValue(3);
    assertThat(conversation.tokensOf(2)).hasValue(7);
    assertThat(conversation.tokensOf(3)).isEmpty();
    conversation.forget();
    assertThat(conversation.history()).isEmpty();
    assertThat(conversation.header().tokens()).isZero();
    assertThat(conversation.header().tokenizer()).isEmpty();
  }

  @Test
  void pagesThatNobodySeesLeaveAndTheOthersStay() throws Exception {
    conversation.restartPages("kv", 0);
    conversation.appendPages(List.of(page(0), page(1), page(2)), 0);
    assertThat(conversation.header().endPage()).isEqualTo(3);
    conversation.appendPages(List.of(page(3)), 2);
    assertThat(conversation.header().firstPage()).isEqualTo(2);
    assertThat(conversation.header().endPage()).isEqualTo(4);
    assertThat(operator.pagesOf("c")).containsExactly(2, 3);
    assertThat(conversation.page(3).bytes()).containsExactly(3);
    assertThatThrownBy(() -> conversation.page(1)).hasMessage("page 1 is not in state");
    ConversationHeader before = conversation.header();
    conversation.appendPages(List.of(), 1);
    assertThat(conversation.header()).as("nothing has come").isEqualTo(before);
    conversation.restartPages("other", 7);
    assertThat(operator.pagesOf("c")).isEmpty();
    assertThat(conversation.header().kv()).isEqualTo("other");
    conversation.appendPages(List.of(), 9);
    assertThat(conversation.header().firstPage()).isEqualTo(9);
    assertThat(conversation.header().endPage()).as("nor before the first").isEqualTo(9);
  }

  @Test
  void aConversationWithAnythingInItIsNotVoid() throws Exception {
    assertThat(conversation.isVoid()).isTrue();
    conversation.enqueue(queued("a"));
    assertThat(conversation.isVoid()).as("a request").isFalse();
    conversation.removeHead();
    assertThat(conversation.isVoid()).isTrue();
    conversation.enqueue(queued("a"));
    conversation.removeAnswered(conversation.header().queueHead(), "a", 1);
    assertThat(conversation.isVoid()).as("an answer's id").isFalse();
    conversation.clear();
    conversation.appendTurn(new int[] {1}, new int[] {2}, "t", PLAIN);
    assertThat(conversation.isVoid()).as("a turn").isFalse();
  }

  @Test
  void whatExpiresLeavesNothingButItsQueue() throws Exception {
    fill();
    conversation.markExpired();
    conversation.markIdle(5, 6);
    conversation.clearButQueue();
    assertThat(conversation.history()).isEmpty();
    assertThat(operator.pagesOf("c")).isEmpty();
    assertThat(conversation.answeredLately("a")).isFalse();
    assertThat(conversation.head()).isEqualTo(queued("b"));
    assertThat(conversation.header())
        .isEqualTo(new ConversationHeader(1, 2, 0, "", "", 0, 0, 0, 0, false, 0, 0));
  }

  @Test
  void whatIsClearedLeavesNothingAtAll() throws Exception {
    Conversation other = state.of(new ConversationKey("d"));
    other.enqueue(queued("o"));
    int entries = operator.harness().numKeyedStateEntries();
    fill();
    conversation.beginTurn(turn(1));
    conversation.appendAnswer(new int[] {2}, List.of());
    assertThat(operator.harness().numKeyedStateEntries()).isGreaterThan(entries);
    conversation.clear();
    assertThat(operator.harness().numKeyedStateEntries()).isEqualTo(entries);
    assertThat(conversation.header()).isEqualTo(ConversationHeader.NEW);
    assertThat(other.head()).isEqualTo(queued("o"));
  }

  @Test
  void theTimeToLiveIsKnownWhereAllHadTheSame() throws Exception {
    assertThat(state.hadTtl(7)).isFalse();
    state.rememberTtl(7);
    assertThat(state.hadTtl(7)).isTrue();
    assertThat(state.hadTtl(8)).isFalse();
    state.rememberTtl(8);
    assertThat(state.hadTtl(7)).isFalse();
  }

  /** An answered request, one that waits, a turn and its pages. */
  private void fill() throws Exception {
    conversation.enqueue(queued("a"));
    conversation.enqueue(queued("b"));
    conversation.removeAnswered(0, "a", 5);
    conversation.appendTurn(new int[] {1}, new int[] {2}, "t", PLAIN);
    conversation.restartPages("kv", 0);
    conversation.appendPages(List.of(page(0), page(1)), 0);
  }

  private static QueuedRequest queued(String id) {
    return new QueuedRequest(CompletionRequest.ofUser(id, "c", "x"), OptionalLong.empty(), 17, 0);
  }

  @Test
  void someTurnsStayAndTheFirstOfThemBeginsTheConversation() throws Exception {
    TurnKind withTools = new TurnKind(false, true, false, false);
    conversation.appendTurn(new int[] {1, 10}, new int[] {11}, "t", PLAIN);
    conversation.appendTurn(new int[] {20}, new int[] {21, 22}, "t", withTools);
    conversation.appendTurn(new int[] {30}, new int[] {31}, "t", PLAIN);
    EndedTurns turns = conversation.endedTurns(9);
    assertThat(turns).isEqualTo(new EndedTurns(List.of(3, 3, 2), List.of(PLAIN, withTools, PLAIN)));
    EndedTurns.Kept kept = turns.without(4, CompletionRequest.ofUser("r", "c", "Hi"));
    assertThat(kept.turns().stream()).containsExactly(1);
    assertThat(kept.tokens()).isEqualTo(4);
    conversation.keep(kept, 1, Conversation.PageRange.NONE);
    assertThat(conversation.history()).containsExactly(1, 20, 21, 22);
    assertThat(conversation.header().tokens()).isEqualTo(4);
    assertThat(conversation.endedTurns(9))
        .isEqualTo(new EndedTurns(List.of(4), List.of(withTools)));
    conversation.keep(new EndedTurns.Kept(new BitSet(), 0, 0), 1, Conversation.PageRange.NONE);
    assertThat(conversation.header().tokenizer()).isEmpty();
    assertThat(conversation.history()).isEmpty();
  }

  private static TurnInFlight turn(int... prompt) {
    return new TurnInFlight(prompt, new int[0], 0, Optional.empty(), 0);
  }

  private static KvPage page(int index) {
    return new KvPage(index, new byte[] {(byte) index});
  }
}
