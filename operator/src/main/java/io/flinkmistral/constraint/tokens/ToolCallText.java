package io.flinkmistral.constraint.tokens;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * An answer that may call tools: a text, until the token comes that begins a list of calls. From
 * there on it is held to the form of the calls.
 */
public final class ToolCallText implements HeldText {
  private final int callsId;
  private final TokenGrammar form;
  private final Optional<ConstrainedText> text;

  /** What comes first, where the answer is to be calls. */
  private final Optional<TokenMask> required;

  private Optional<ConstrainedText> calls = Optional.empty();
  private boolean atStart = true;

  /** What can come first, once that has been asked for. */
  private Optional<TokenMask> first = Optional.empty();

  private ToolCallText(
      int callsId,
      TokenGrammar form,
      Optional<ConstrainedText> text,
      Optional<TokenMask> required) {
    this.callsId = callsId;
    this.form = form;
    this.text = text;
    this.required = required;
  }

  /**
   * An answer that is calls.
   *
   * @param callsId the token that begins calls
   * @param vocabularySize how many logits the model has
   * @param form of the calls, what follows the token
   */
  public static ToolCallText required(int callsId, int vocabularySize, TokenGrammar form) {
    return new ToolCallText(
        callsId, form, Optional.empty(), Optional.of(TokenMask.of(callsId, vocabularySize)));
  }

  /**
   * An answer that may be calls.
   *
   * @param callsId the token that begins calls
   * @param text what the answer is held to where it calls no tool
   * @param form of the calls, what follows the token
   */
  public static ToolCallText possible(
      int callsId, Optional<ConstrainedText> text, TokenGrammar form) {
    return new ToolCallText(callsId, form, text, Optional.empty());
  }

  @Override
  public ToolCallText again() {
    return new ToolCallText(callsId, form, text.map(ConstrainedText::again), required);
  }

  @Override
  public Optional<TokenMask> allowed() {
    if (calls.isPresent()) {
      return calls.get().allowed();
    }
    return required.or(() -> atStart ? first() : text.flatMap(ConstrainedText::allowed));
  }

  private Optional<TokenMask> first() {
    if (first.isEmpty()) {
      first = text.flatMap(ConstrainedText::allowed).map(mask -> mask.and(callsId));
    }
    return first;
  }

  @Override
  public OptionalInt forced() {
    if (calls.isPresent()) {
      return calls.get().forced();
    }
    if (required.isPresent()) {
      return OptionalInt.of(callsId);
    }
    return text.isPresent() && !atStart ? text.get().forced() : OptionalInt.empty();
  }

  @Override
  public boolean isFree() {
    return calls.isEmpty() && text.isEmpty();
  }

  @Override
  public void accept(int token) {
    if (calls.isPresent()) {
      calls.get().accept(token);
    } else if (token == callsId) {
      calls = Optional.of(form.newText());
    } else {
      text.ifPresent(held -> held.accept(token));
    }
    atStart = false;
  }
}
