package io.flinkmistral.constraint.tokens;

import java.util.Optional;
import java.util.OptionalInt;

/** An answer that calls no tool, though the model knows some. */
public final class CallFreeText implements HeldText {
  private final TokenMask withoutCalls;
  private final Optional<ConstrainedText> text;

  /**
   * @param callsId the token that begins calls
   * @param vocabularySize how many logits the model has
   * @param text what the answer is held to beside
   */
  public CallFreeText(int callsId, int vocabularySize, Optional<ConstrainedText> text) {
    this(TokenMask.allBut(callsId, vocabularySize), text);
  }

  private CallFreeText(TokenMask withoutCalls, Optional<ConstrainedText> text) {
    this.withoutCalls = withoutCalls;
    this.text = text;
  }

  @Override
  public CallFreeText again() {
    return new CallFreeText(withoutCalls, text.map(ConstrainedText::again));
  }

  /** No form of a text has the token that begins calls. */
  @Override
  public Optional<TokenMask> allowed() {
    return text.flatMap(ConstrainedText::allowed).or(() -> Optional.of(withoutCalls));
  }

  @Override
  public OptionalInt forced() {
    return text.map(ConstrainedText::forced).orElseGet(OptionalInt::empty);
  }

  @Override
  public boolean isFree() {
    return text.isEmpty();
  }

  @Override
  public void accept(int token) {
    text.ifPresent(held -> held.accept(token));
  }
}
