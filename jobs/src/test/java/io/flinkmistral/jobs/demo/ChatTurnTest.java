package io.flinkmistral.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.client.Outcome.Answer;
import io.flinkmistral.jobs.client.Outcome.Token;
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
    assertThat(turn.take(new Answer("c", "other", "{}"))).isEmpty();
    assertThat(turn.isDone()).isFalse();
  }

  @Test
  void addsWhatIsMissingFromTheWholeAnswer() {
    turn.take(new Token("r", 1, "one ", false));
    assertThat(
            turn.take(
                new Answer("c", "r", "{\"choices\":[{\"message\":{\"content\":\"one two\"}}]}")))
        .isEqualTo("two\n");
    assertThat(turn.isDone()).isTrue();
  }

  @Test
  void printsAnErrorInOneLine() {
    assertThat(turn.take(new Answer("c", "r", "{\"error\":{\"message\":\"too long\"}}")))
        .isEqualTo("[too long]\n");
    assertThat(turn.isDone()).isTrue();
  }

  /** Colours, the cursor, the title of the window, and the direction of what follows. */
  @Test
  void letsNothingThroughThatATerminalActsUpon() {
    String hostile = "a\u001b[31mb\u001b]0;title\u0007c\u009b2Jd\u202ee\u2066f\rg\u0008h\u007f";
    assertThat(
            turn.take(new Token("r", 1, hostile, false)) + turn.take(new Token("r", 2, "", true)))
        .isEqualTo("a[31mb]0;titlec2Jdefgh\n");
    ChatTurn refused = new ChatTurn("r", 80);
    assertThat(
            refused.take(
                new Answer("c", "r", "{\"error\":{\"message\":\"\\u001b[2J\\u202e\\n\"}}")))
        .isEqualTo("[.[2J..]\n");
  }

  @Test
  void jsonOnATerminalIsTheSameJson() {
    assertThat(TerminalText.json("{\"a\": \"\u009b2J\u202eä\u2028\"}\n"))
        .isEqualTo("{\"a\": \"\\u009b2J\\u202eä\\u2028\"}\n");
  }
}
