package io.flinkmistral.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.demo.Outcome.Answer;
import io.flinkmistral.jobs.demo.Outcome.Token;
import org.junit.jupiter.api.Test;

class ChatTurnTest {
  private final ChatTurn turn = new ChatTurn("r", 80);

  @Test
  void printsPiecesUpToTheLast() {
    assertThat(turn.take(new Token("r", 1, "Good ", false))).isEqualTo("Good ");
    assertThat(turn.take(new Token("r", 3, "day", false))).isEmpty();
    assertThat(turn.isDone()).isFalse();
    assertThat(turn.take(new Token("r", 4, "!", true))).isEqualTo("day!\n");
    assertThat(turn.isDone()).isTrue();
  }

  @Test
  void dropsPiecesThatComeAgain() {
    String printed =
        turn.take(new Token("r", 1, "one ", false))
            + turn.take(new Token("r", 2, "two ", false))
            + turn.take(new Token("r", 1, "one ", false))
            + turn.take(new Token("r", 2, "two ", false))
            + turn.take(new Token("r", 3, "three", true))
            + turn.take(new Token("r", 3, "three", true));
    assertThat(printed).isEqualTo("one two three\n");
  }

  @Test
  void endsWithALastPieceThatBringsNoToken() {
    turn.take(new Token("r", 1, "word", false));
    assertThat(turn.take(new Token("r", 1, "", true))).isEqualTo("word\n");
    assertThat(turn.isDone()).isTrue();
  }

  @Test
  void passesOverOtherRequests() {
    assertThat(turn.take(new Token("other", 1, "word", true))).isEmpty();
    assertThat(turn.take(new Answer("other", "{}"))).isEmpty();
    assertThat(turn.isDone()).isFalse();
  }

  @Test
  void addsWhatIsMissingFromTheWholeAnswer() {
    turn.take(new Token("r", 1, "one ", false));
    assertThat(
            turn.take(new Answer("r", "{\"choices\":[{\"message\":{\"content\":\"one two\"}}]}")))
        .isEqualTo("two\n");
    assertThat(turn.isDone()).isTrue();
  }

  @Test
  void printsAnErrorInOneLine() {
    assertThat(turn.take(new Answer("r", "{\"error\":{\"message\":\"too long\"}}")))
        .isEqualTo("[too long]\n");
    assertThat(turn.isDone()).isTrue();
  }
}
