package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.fork;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Schedule;
import io.flinkmistral.protocol.Usage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that are ended before they are answered, wherever they are. */
@Timeout(120)
class CancelTest {
  private static final int LONG = 120;

  @Test
  void anAnswerThatIsCancelledIsTheBeginningOfTheWholeOne() throws Exception {
    String whole = undisturbed(sampled("r", "c", STORY, LONG)).text();
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(sampled("r", "c", STORY, LONG));
      operator.runUntil(events -> events.size() >= 10);
      List<CompletionEvent> pieces = operator.events();
      operator.send(cancel("r", "c"));
      CompletionEvent.Completed answer = operator.completed("r");
      assertThat(answer.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(whole).startsWith(answer.text());
      assertThat(answer.text())
          .isEqualTo(pieces.stream().map(p -> chunk(p).text()).collect(Collectors.joining()))
          .isNotEmpty();
      assertThat(answer.usage().completionTokens()).isBetween(10, LONG - 1);
      CompletionEvent.Chunk last = chunk(operator.events().getLast());
      assertThat(last.end().orElseThrow().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(last.end().orElseThrow().usage()).contains(answer.usage());
      assertThat(last.index()).isEqualTo(answer.usage().completionTokens());
      CompletionEvent.Chunk said = chunk(pieces.getLast());
      assertThat(last.text()).isEqualTo(said.index() == last.index() ? said.text() : "");
      // The place is free, and nothing more comes of it.
      operator.send(request("other", "d", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(operator.events().stream().filter(e -> e.requestId().equals("r")))
          .hasSize(pieces.size() + 2);
    }
  }

  @Test
  void theTurnStaysInTheHistoryAndEndsThere() throws Exception {
    Configuration options = options();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("r", "c", STORY, LONG));
      operator.runUntil(events -> events.size() >= 40);
      operator.send(cancel("r", "c"));
      Usage cut = operator.completed("r").usage();
      operator.send(request("next", "c", "And then?"));
      operator.runUntilAnswered(2);
      CompletionEvent.Completed next = operator.completed("next");
      // EOS follows what was drawn.
      int before = cut.totalTokens() + 1;
      assertThat(next.usage().promptTokens()).isBetween(before + 3, before + 30);
      assertThat(next.usage().cachedTokens()).isBetween(32, cut.totalTokens());
      OperatorSubtaskState state = operator.snapshot();
      // What memory held is what state holds.
      try (OperatorHarness restored = new OperatorHarness(options, 1, 0)) {
        restored.open(state);
        restored.send(request("last", "c", "And then?"));
        restored.runUntilAnswered(1);
        operator.send(request("last", "c", "And then?"));
        operator.runUntilAnswered(3);
        assertThat(operator.textOf("last")).isEqualTo(restored.textOf("last"));
        assertThat(operator.completed("last").usage())
            .isEqualTo(restored.completed("last").usage());
      }
    }
  }

  @Test
  void aQueuedRequestLeavesNoTurnAndTheOthersKeepTheirOrder() throws Exception {
    Configuration options = OperatorHarness.oneAtATime();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("a", "c", STORY, LONG));
      for (String id : List.of("b", "d", "e")) {
        operator.send(request(id, "c", "My name is Sofia. " + id));
      }
      operator.send(request("other", "x", "Spell the word owl."));
      operator.send(cancel("b", "c"));
      operator.send(cancel("d", "c"));
      operator.send(cancel("other", "x"));
      assertThat(operator.answers()).containsOnlyKeys("b", "d", "other");
      for (String id : List.of("b", "d", "other")) {
        assertThat(operator.completed(id).text()).isEmpty();
        assertThat(operator.completed(id).finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(operator.completed(id).usage()).isEqualTo(new Usage(0, 0, 0));
      }
      operator.runUntilAnswered(5);
      assertThat(operator.completed("a").usage().completionTokens())
          .as("more than the engine is ahead")
          .isGreaterThan(17);
      try (OperatorHarness without = OperatorHarness.opened(options)) {
        without.send(sampled("a", "c", STORY, LONG));
        without.send(request("e", "c", "My name is Sofia. e"));
        without.runUntilAnswered(2);
        assertThat(operator.textOf("e")).isEqualTo(without.textOf("e"));
        assertThat(operator.completed("e").usage()).isEqualTo(without.completed("e").usage());
      }
      operator.send(request("b", "c", "again"));
      operator.send(request("f", "c", "Who am I?"));
      operator.runUntilAnswered(6);
      assertThat(operator.answers()).as("a cancelled one is answered").containsKey("f");
    }
  }

  @Test
  void theWholeQueueCanBeCancelled() throws Exception {
    Configuration options = OperatorHarness.oneAtATime();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("live", "x", STORY, LONG));
      for (int i = 0; i < 5; i++) {
        operator.send(request("r" + i, "c", "Hi"));
      }
      for (int i : new int[] {3, 0, 4, 1, 2}) {
        operator.send(cancel("r" + i, "c"));
      }
      operator.send(cancel("live", "x"));
      operator.send(request("next", "c", "Spell the word owl."));
      operator.runUntilAnswered(7);
      assertThat(operator.completed("next").usage().promptTokens()).isPositive();
    }
  }

  @Test
  void aPromptThatIsBeingTakenInIsEndedToo() throws Exception {
    Configuration options = options().set(MistralOptions.PREFILL_CHUNK, 1);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("r", "c", "dog ".repeat(200), LONG));
      assertThat(operator.running()).isEqualTo(1);
      operator.send(cancel("r", "c"));
      assertThat(operator.completed("r").usage().completionTokens()).isZero();
      assertThat(operator.completed("r").usage().promptTokens()).isGreaterThan(200);
      assertThat(chunk(operator.events().getLast()).index()).isZero();
      operator.send(request("next", "c", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(operator.completed("next").usage().promptTokens()).isGreaterThan(210);
    }
  }

  @Test
  void aConversationWhosePagesAreBeingReadBackIsEndedToo() throws Exception {
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(sampled("a", "c", "dog ".repeat(100), 60));
      operator.runUntilAnswered(1);
      state = operator.snapshot();
    }
    MistralSettings pageByPage = MistralSettings.of(options()).withRestoreBytes(1);
    try (OperatorHarness operator = new OperatorHarness(pageByPage, 1, 0)) {
      operator.open(state);
      operator.send(sampled("b", "c", "And then?", LONG));
      operator.runMail();
      operator.send(cancel("b", "c"));
      assertThat(operator.completed("b").finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(operator.running()).isZero();
      operator.send(request("d", "c", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(operator.completed("d").usage().cachedTokens()).isGreaterThan(100);
    }
  }

  @Test
  void anAnswerThatIsWaitingForItsPlaceAfterARestoreIsCutWhereItWas() throws Exception {
    OperatorSubtaskState state;
    CompletionEvent.Completed cut;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(sampled("r", "c", STORY, LONG));
      operator.runUntil(events -> events.size() >= 20);
      state = operator.snapshot();
      operator.send(cancel("r", "c"));
      cut = operator.completed("r");
    }
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      operator.open(state);
      operator.send(cancel("r", "c"));
      assertThat(operator.completed("r").answer()).isEqualTo(cut.answer());
      assertThat(operator.completed("r").usage()).isEqualTo(cut.usage());
      operator.send(request("next", "c", "And then?"));
      operator.runUntilAnswered(2);
    }
  }

  @Test
  void whatIsNotThereOrHasEndedIsCountedAndNothingElse() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(cancel("r", "c"));
      operator.send(request("r", "c", "Spell the word owl."));
      operator.send(cancel("s", "c"));
      operator.send(cancel("r", "d"));
      operator.runUntilAnswered(1);
      operator.send(cancel("r", "c"));
      assertThat(operator.completed("r").finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(operator.events()).hasSize(1);
    }
  }

  @Test
  void theLastPieceAndTheNextTurnWaitForACheckpointThatHoldsTheDecision() throws Exception {
    OperatorSubtaskState before;
    OperatorSubtaskState decided;
    int cutAt;
    try (OperatorHarness operator = withCheckpoints(null)) {
      operator.send(sampled("r", "c", STORY, LONG));
      operator.send(sampled("next", "c", "And then?", 20));
      operator.runUntil(events -> events.size() >= 10);
      before = operator.snapshot(1);
      operator.runUntil(events -> events.size() >= 40);
      operator.checkpointComplete(1);
      operator.send(cancel("r", "c"));
      cutAt = operator.completed("r").usage().completionTokens();
      assertThat(operator.events().getLast()).isSameAs(operator.completed("r"));
      operator.send(request("other", "x", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(of(operator, "next")).as("it waits").isEmpty();
      decided = operator.snapshot(2);
      assertThat(chunk(of(operator, "r").get(of(operator, "r").size() - 2)).end()).isEmpty();
      operator.checkpointComplete(2);
      assertThat(chunk(of(operator, "r").getLast()).end()).isPresent();
      operator.runUntilAnswered(3);
    }
    // From before the decision: it is taken anew, and nobody was told of the other one.
    try (OperatorHarness operator = withCheckpoints(before)) {
      operator.send(cancel("r", "c"));
      assertThat(operator.completed("r").usage().completionTokens()).isLessThan(cutAt);
    }
    // From after it: it stands, and the piece goes out.
    try (OperatorHarness operator = withCheckpoints(decided)) {
      operator.send(cancel("r", "c"));
      operator.runUntilAnswered(1);
      assertThat(operator.answers()).containsOnlyKeys("next");
      CompletionEvent.Chunk last = chunk(of(operator, "r").getFirst());
      assertThat(of(operator, "r")).hasSize(1);
      assertThat(last.index()).isEqualTo(cutAt);
      assertThat(last.end()).isPresent();
    }
  }

  /** Those that state had go out at once, and those that come before they do wait as ever. */
  @Test
  void ofRestoredPiecesNoneGoesOutBeforeACheckpointHoldsItsDecision() throws Exception {
    OperatorSubtaskState decided;
    try (OperatorHarness operator = withCheckpoints(null)) {
      operator.send(sampled("r", "c", STORY, LONG));
      operator.send(sampled("next", "c", "And then?", 20));
      operator.runUntil(events -> events.size() >= 10);
      operator.send(cancel("r", "c"));
      decided = operator.snapshot(1);
    }
    try (OperatorHarness operator = withCheckpoints(decided)) {
      operator.send(cancel("next", "c")); // Before any mail.
      operator.runMail();
      operator.runUntil(_ -> !of(operator, "r").isEmpty());
      operator.send(request("other", "x", "Spell the word owl."));
      operator.runUntil(_ -> operator.answers().containsKey("other"));
      assertThat(of(operator, "next")).as("nothing but the answer").hasSize(1);
      operator.snapshot(2);
      operator.checkpointComplete(2);
      assertThat(of(operator, "next")).hasSize(2);
      assertThat(chunk(of(operator, "next").getLast()).end()).isPresent();
      assertThat(of(operator, "r")).hasSize(1);
    }
  }

  @Test
  void aForkWaitsForTheDecisionAboutItsSourceAndOneThatIsCancelledHoldsUpNobody() throws Exception {
    try (OperatorHarness operator = withCheckpoints(null)) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(sampled("b", "c", STORY, LONG));
      operator.send(fork("f", "c~f", "c", 2, "Who am I?"));
      operator.send(fork("g", "c~g", "c", 2, "Who am I?"));
      operator.send(request("d", "c", "Who am I?"));
      operator.runUntil(events -> events.size() >= 10);
      operator.send(cancel("g", "c~g"));
      operator.send(cancel("b", "c"));
      operator.send(request("other", "x", "Spell the word owl."));
      operator.runUntil(events -> operator.answers().containsKey("other"));
      assertThat(operator.answers()).doesNotContainKeys("f", "d");
      operator.snapshot(1);
      operator.checkpointComplete(1);
      operator.runUntilAnswered(6);
      assertThat(operator.completed("f").usage().promptTokens())
          .isEqualTo(operator.completed("d").usage().promptTokens());
    }
  }

  @Test
  void theSourceOfAForkThatIsCancelledGoesOn() throws Exception {
    Configuration options = OperatorHarness.oneAtATime();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(fork("f", "c~f", "c", 1, "Who am I?"));
      operator.send(request("b", "c", "Who am I?"));
      operator.send(cancel("f", "c~f"));
      operator.runUntilAnswered(3);
      assertThat(operator.textOf("b")).contains("Sofia");
      operator.send(fork("f2", "c~f", "c", 1, "Who am I?"));
      operator.runUntilAnswered(4);
      assertThat(operator.textOf("f2")).contains("Sofia");
    }
  }

  @Test
  void whatWasCancelledInAQueueStaysSoAfterARescaling() throws Exception {
    OperatorSubtaskState state;
    Configuration options = OperatorHarness.oneAtATime();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      for (String id : List.of("a", "b", "d", "e")) {
        operator.send(sampled(id, "c", STORY + id, 40));
      }
      operator.send(cancel("d", "c"));
      operator.runUntil(events -> events.size() >= 5);
      state = operator.snapshot();
    }
    try (OperatorHarness restored = new OperatorHarness(options, 1, 0)) {
      restored.open(state);
      restored.send(cancel("b", "c"));
      restored.runUntilAnswered(3);
      assertThat(restored.answers()).containsOnlyKeys("a", "b", "e");
      assertThat(restored.textOf("e")).isNotEmpty();
    }
  }

  /** As when a job is drained. */
  @Test
  void whereNoCheckpointComesAnyMoreNothingWaitsForOne() throws Exception {
    try (OperatorHarness operator = withCheckpoints(null)) {
      operator.send(sampled("r", "c", STORY, LONG));
      operator.send(request("next", "c", "And then?"));
      operator.runUntil(events -> events.size() >= 10);
      operator.send(cancel("r", "c"));
      operator.endInput();
      assertThat(operator.answers()).containsOnlyKeys("r", "next");
      assertThat(of(operator, "r").stream().filter(e -> e instanceof CompletionEvent.Chunk))
          .anyMatch(piece -> chunk(piece).end().isPresent());
    }
  }

  @Test
  void aLowerNumberBeginsFirstWhereSeveralWait() throws Exception {
    Configuration options = OperatorHarness.oneAtATime();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("live", "x", STORY, LONG));
      for (int priority : new int[] {3, 0, 100, -100, -7}) {
        operator.send(
            request("p" + priority, "c" + priority, "Spell the word owl.")
                .but()
                .schedule(new Schedule(priority, OptionalLong.empty()))
                .build());
      }
      operator.runUntilAnswered(6);
      assertThat(
              operator.events().stream()
                  .filter(event -> event instanceof CompletionEvent.Completed)
                  .map(CompletionEvent::requestId))
          .containsExactly("live", "p-100", "p-7", "p0", "p3", "p100");
    }
  }

  private static OperatorHarness withCheckpoints(OperatorSubtaskState state) throws Exception {
    OperatorHarness operator = new OperatorHarness(options(), 1, 0);
    operator.withCheckpoints();
    operator.open(state);
    return operator;
  }

  private static CompletionEvent.Completed undisturbed(CompletionRequest request) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request);
      operator.runUntilAnswered(1);
      return operator.completed(request.requestId());
    }
  }

  private static List<CompletionEvent> of(OperatorHarness operator, String request) {
    return operator.events().stream().filter(e -> e.requestId().equals(request)).toList();
  }

  private static CompletionEvent.Chunk chunk(CompletionEvent event) {
    return (CompletionEvent.Chunk) event;
  }

  private static ControlRequest cancel(String target, String conversation) {
    return new ControlRequest.Cancel(target, conversation, Optional.empty());
  }
}
