package io.flinkmistral.constraint.tokens;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * An answer that is a list of calls of tools from its first character on, or a text that does not
 * begin as one: its first token tells.
 */
public final class TextOrCalls implements HeldText {
  private final TokenMask firstOfText;
  private final TokenMask first;
  private final Optional<ConstrainedText> text;
  private final ConstrainedText calls;

  /** What the answer is, once its first token is known; absent: a text that is held to nothing. */
  private Optional<ConstrainedText> chosen = Optional.empty();

  private boolean atStart = true;

  /**
   * @param texts all that do not begin as calls
   * @param text what the answer is held to where it calls no tool
   * @param calls the calls
   */
  public TextOrCalls(TokenGrammar texts, Optional<ConstrainedText> text, TokenGrammar calls) {
    TokenMask free = texts.newText().mask();
    this.text = text;
    this.calls = calls.newText();
    this.firstOfText = text.map(held -> held.mask().only(free)).orElse(free);
    this.first = firstOfText.with(this.calls.mask());
  }

  private TextOrCalls(
      TokenMask firstOfText,
      TokenMask first,
      Optional<ConstrainedText> text,
      ConstrainedText calls) {
    this.firstOfText = firstOfText;
    this.first = first;
    this.text = text;
    this.calls = calls;
  }

  @Override
  public TextOrCalls again() {
    return new TextOrCalls(firstOfText, first, text.map(ConstrainedText::again), calls.again());
  }

  @Override
  public Optional<TokenMask> allowed() {
    return atStart ? Optional.of(first) : chosen.flatMap(ConstrainedText::allowed);
  }

  @Override
  public OptionalInt forced() {
    return atStart
        ? OptionalInt.empty()
        : chosen.map(ConstrainedText::forced).orElseGet(OptionalInt::empty);
  }

  @Override
  public boolean isFree() {
    return !atStart && chosen.isEmpty();
  }

  @Override
  public void accept(int token) {
    if (atStart) {
      chosen = firstOfText.allows(token) ? text : Optional.of(calls);
      atStart = false;
    }
    chosen.ifPresent(held -> held.accept(token));
  }
}
