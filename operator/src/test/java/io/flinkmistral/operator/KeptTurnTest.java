package io.flinkmistral.operator;

import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.TurnOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** What is kept of a turn is encoded elsewhere, and only where it is not what was answered. */
class KeptTurnTest {
  private static final int[] PROMPT = {1, 2, 3};

  private final Queue<Runnable> elsewhere = new ArrayDeque<>();
  private final List<CompletionRequest> encoded = new ArrayList<>();
  private int told;

  private KeptTurn of(CompletionRequest request) {
    return KeptTurn.of(
        request,
        PROMPT,
        kept -> {
          encoded.add(kept);
          return new int[] {1, 3};
        },
        elsewhere::add);
  }

  private static CompletionRequest instructed() {
    return request("a", "a", STORY)
        .but()
        .turn(TurnOptions.DEFAULT.withInstructions(Optional.of("Be brief.")))
        .build();
  }

  @Test
  void whatInstructionsWereLeftOutOfIsEncodedElsewhere() {
    KeptTurn turn = of(instructed());
    assertThat(encoded).as("not by who asks").isEmpty();
    assertThat(turn.isReady(() -> told++)).isFalse();
    assertThat(turn.isReady(() -> told++)).isFalse();
    assertThat(told).isZero();
    elsewhere.remove().run();
    assertThat(told).as("once").isEqualTo(1);
    assertThat(turn.isReady(() -> told++)).isTrue();
    assertThat(told).isEqualTo(1);
    assertThat(encoded)
        .singleElement()
        .satisfies(
            kept -> {
              assertThat(kept.turn().instructions()).isEmpty();
              assertThat(kept.messages()).isEqualTo(instructed().messages());
            });
  }

  @Test
  void whatIsKeptAsItWasAnsweredIsNotEncodedAgain() {
    assertThat(of(request("a", "a", STORY)).isReady(() -> told++)).isTrue();
    assertThat(elsewhere).isEmpty();
  }

  @Test
  void oneThatCannotBeEncodedIsTold() {
    KeptTurn turn =
        KeptTurn.of(
            instructed(),
            PROMPT,
            _ -> {
              throw new IllegalStateException("no form");
            },
            Runnable::run);
    assertThat(turn.isReady(() -> told++)).as("nothing to wait for").isTrue();
  }
}
