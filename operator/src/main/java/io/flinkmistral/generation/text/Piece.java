package io.flinkmistral.generation.text;

import io.flinkmistral.protocol.TokenLogprob;
import java.util.List;

/**
 * Text of an answer that has become certain with a token.
 *
 * @param choice which of the request's answers it is of, from 0 on
 * @param index completion tokens up to and including this piece
 * @param text whole characters; may be empty on the last piece
 * @param logprobs of its tokens, but for one that has ended the answer; where that was asked for
 */
public record Piece(int choice, int index, String text, List<TokenLogprob> logprobs) {
  public Piece {
    logprobs = List.copyOf(logprobs);
  }

  /** The same, without anything of what it says. */
  public Piece withoutWords() {
    return new Piece(choice, index, "", List.of());
  }
}
