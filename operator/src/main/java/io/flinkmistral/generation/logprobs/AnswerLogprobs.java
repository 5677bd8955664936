package io.flinkmistral.generation.logprobs;

import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.protocol.TokenLogprob;
import java.util.ArrayList;
import java.util.List;

/** The probabilities of an answer's tokens as they come, and what of them was handed out. */
public final class AnswerLogprobs {
  private final int top;
  private final LogprobTexts texts;
  private final List<TokenLogprob> all = new ArrayList<>();
  private int handedOut;

  /**
   * @param top how many of the most probable tokens are told in each place
   */
  public AnswerLogprobs(int top, LogprobTexts texts) {
    this.top = top;
    this.texts = texts;
  }

  /** Of a token that was drawn from a row of logits. */
  public TokenLogprobs of(Logits logits, int row, int token) {
    return TokenLogprobs.of(logits, row, token, top);
  }

  public void add(TokenLogprobs token) {
    all.add(texts.next(token));
  }

  public List<TokenLogprob> all() {
    return all;
  }

  /** Those that have come since the last call. */
  public List<TokenLogprob> handOut() {
    List<TokenLogprob> next = List.copyOf(all.subList(handedOut, all.size()));
    handedOut = all.size();
    return next;
  }
}
