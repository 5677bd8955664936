package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Schedule;
import io.flinkmistral.protocol.StopConditions;
import io.flinkmistral.protocol.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Requests that are cancelled, or run out of time, in a job that goes from two slots to one and
 * then to three: what was decided holds, nothing is answered twice, and nothing is lost.
 */
@Timeout(120)
class RescaledEndingsTest {
  private static final int CONVERSATIONS = 9;
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final Map<String, CompletionEvent.Completed> answers = new HashMap<>();

  /** By request, the pieces that say how its answer ended. */
  private final Map<String, List<CompletionEvent.Chunk>> lastPieces = new HashMap<>();

  @Test
  void whatWasDecidedHoldsWithOtherSlots() throws Exception {
    Map<String, CompletionEvent.Completed> undisturbed = undisturbed();
    List<OperatorSubtaskState> two = new ArrayList<>();
    for (int subtask = 0; subtask < 2; subtask++) {
      try (OperatorHarness operator = opened(null, 2, subtask, Duration.ZERO)) {
        for (int c = 0; c < CONVERSATIONS; c++) {
          if (isOf(c, 2, subtask)) {
            for (CompletionRequest request : requests(c)) {
              operator.send(request);
            }
          }
        }
        operator.runUntil(events -> events.size() >= 20);
        for (int c = 0; c < CONVERSATIONS; c++) {
          if (isOf(c, 2, subtask)) {
            operator.send(cancel("dropped", c));
            if (c % 3 == 0) {
              operator.send(cancel("first", c));
            }
          }
        }
        two.add(operator.snapshot(1));
        take(operator);
      }
    }
    assertThat(lastPieces).as("no checkpoint is complete").isEmpty();
    assertThat(answers).hasSize(CONVERSATIONS + 3);

    OperatorSubtaskState one;
    try (OperatorHarness operator = opened(merged(two), 1, 0, DEADLINE.multipliedBy(2))) {
      for (int c = 0; c < CONVERSATIONS; c++) {
        operator.send(cancel("dropped", c)); // It has ended.
        if (c % 3 == 1) {
          operator.send(cancel("first", c));
        }
      }
      operator.runUntil(events -> events.size() >= 40);
      one = operator.snapshot(1);
      take(operator);
    }
    assertThat(lastPieces).hasSize(CONVERSATIONS + 3);

    for (int subtask = 0; subtask < 3; subtask++) {
      try (OperatorHarness operator =
          opened(part(one, 1, 3, subtask), 3, subtask, DEADLINE.multipliedBy(4))) {
        operator.endInput();
        take(operator);
      }
    }
    checkAll(undisturbed);
  }

  private void checkAll(Map<String, CompletionEvent.Completed> undisturbed) {
    assertThat(answers).hasSize(4 * CONVERSATIONS);
    assertThat(lastPieces.keySet()).isEqualTo(answers.keySet());
    assertThat(lastPieces.values()).allMatch(pieces -> pieces.size() == 1);
    for (int c = 0; c < CONVERSATIONS; c++) {
      CompletionEvent.Completed first = answers.get("first" + c);
      boolean cancelled = c % 3 < 2;
      assertThat(first.finishReason() == FinishReason.CANCELLED).isEqualTo(cancelled);
      assertThat(undisturbed.get("first" + c).text()).startsWith(first.text());
      assertThat(answers.get("dropped" + c).finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(answers.get("dropped" + c).usage()).isEqualTo(new Usage(0, 0, 0));
      assertThat(answers.get("late" + c).finishReason()).isEqualTo(FinishReason.TIMEOUT);
      assertThat(answers.get("late" + c).usage()).isEqualTo(new Usage(0, 0, 0));
      CompletionEvent.Completed last = answers.get("last" + c);
      if (!cancelled) {
        assertThat(first.answer()).isEqualTo(undisturbed.get("first" + c).answer());
        assertThat(last.answer()).isEqualTo(undisturbed.get("last" + c).answer());
        assertThat(last.usage()).isEqualTo(undisturbed.get("last" + c).usage());
      } else {
        // The turn that was cut, and EOS behind it.
        assertThat(last.usage().promptTokens()).isGreaterThan(first.usage().totalTokens());
      }
    }
  }

  private void take(OperatorHarness operator) {
    operator
        .answers()
        .forEach(
            (id, answer) ->
                assertThat(answers.put(id, (CompletionEvent.Completed) answer))
                    .as("the only answer of %s", id)
                    .isNull());
    for (CompletionEvent event : operator.events()) {
      if (event instanceof CompletionEvent.Chunk piece && piece.end().isPresent()) {
        lastPieces.computeIfAbsent(piece.requestId(), _ -> new ArrayList<>()).add(piece);
      }
    }
  }

  private static List<CompletionRequest> requests(int c) {
    return List.of(
        sampled("first" + c, "c" + c, STORY + c, 150)
            .but()
            .stop(new StopConditions(OptionalInt.of(150), 0, List.of(), List.of(), true))
            .build(),
        sampled("dropped" + c, "c" + c, STORY, 20),
        sampled("late" + c, "c" + c, STORY, 20)
            .but()
            .schedule(
                new Schedule(0, OptionalLong.of(DEADLINE.multipliedBy(c % 3 + 1L).toMillis())))
            .build(),
        sampled("last" + c, "c" + c, "And then?", 20));
  }

  /** Without those that end in the queue. */
  private static Map<String, CompletionEvent.Completed> undisturbed() throws Exception {
    Map<String, CompletionEvent.Completed> answers = new HashMap<>();
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (int c = 0; c < CONVERSATIONS; c++) {
        operator.send(requests(c).getFirst());
        operator.send(requests(c).getLast());
      }
      operator.runUntilAnswered(2 * CONVERSATIONS);
      operator
          .answers()
          .forEach((id, answer) -> answers.put(id, (CompletionEvent.Completed) answer));
    }
    return answers;
  }

  private static OperatorHarness opened(
      OperatorSubtaskState state, int parallelism, int subtask, Duration time) throws Exception {
    OperatorHarness operator = new OperatorHarness(options(), parallelism, subtask);
    operator.withCheckpoints();
    operator.setTime(time);
    operator.open(state);
    return operator;
  }

  private static boolean isOf(int c, int parallelism, int subtask) {
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(
            new ConversationKey("c" + c), OperatorHarness.MAX_PARALLELISM, parallelism)
        == subtask;
  }

  private static OperatorSubtaskState merged(List<OperatorSubtaskState> states) throws Exception {
    OperatorSubtaskState all =
        AbstractStreamOperatorTestHarness.repackageState(
            states.toArray(OperatorSubtaskState[]::new));
    return part(all, states.size(), 1, 0);
  }

  private static OperatorSubtaskState part(
      OperatorSubtaskState state, int from, int to, int subtask) {
    return AbstractStreamOperatorTestHarness.repartitionOperatorState(
        state, OperatorHarness.MAX_PARALLELISM, from, to, subtask);
  }

  private static ControlRequest cancel(String target, int c) {
    return new ControlRequest.Cancel(target + c, "c" + c, Optional.empty());
  }
}
