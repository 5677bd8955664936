package io.flinkmistral.constraint.tokens;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * An answer that may call tools: a text, until the token comes that begins a list of calls. From
 * there on it is held to the form of the calls.
 */
public final class ToolCallText implements HeldText {
  /** Whether there are calls. */
  public enum Calls {
    POSSIBLE,
    REQUIRED,
    FORBIDDEN
  }

  private final int callsId;
  private final Calls mode;
  private final Optional<ConstrainedText> text;
  private final Supplier<ConstrainedText> form;

  /** What can come where nothing else holds the text: without calls, or nothing but calls. */
  private final TokenMask begin;

  private Optional<ConstrainedText> calls = Optional.empty();
  private boolean atStart = true;

  /**
   * @param callsId the token that begins calls
   * @param vocabularySize how many logits the model has
   * @param text what the answer is held to where it calls no tool
   * @param form of the calls, what follows the token
   */
  public ToolCallText(
      int callsId,
      int vocabularySize,
      Calls mode,
      Optional<ConstrainedText> text,
      Supplier<ConstrainedText> form) {
    this.callsId = callsId;
    this.mode = mode;
    this.text = text;
    this.form = form;
    this.begin =
        mode == Calls.FORBIDDEN
            ? TokenMask.allBut(callsId, vocabularySize)
            : TokenMask.of(callsId, vocabularySize);
  }

  /** An answer that calls no tool. */
  public static ToolCallText withoutCalls(
      int callsId, int vocabularySize, Optional<ConstrainedText> text) {
    return new ToolCallText(
        callsId,
        vocabularySize,
        Calls.FORBIDDEN,
        text,
        () -> {
          throw new IllegalStateException("there are no calls");
        });
  }

  @Override
  public Optional<TokenMask> allowed() {
    if (calls.isPresent()) {
      return calls.get().allowed();
    }
    return switch (mode) {
      case REQUIRED -> Optional.of(begin);
      case FORBIDDEN -> text.flatMap(ConstrainedText::allowed).or(() -> Optional.of(begin));
      case POSSIBLE ->
          text.flatMap(ConstrainedText::allowed).map(mask -> atStart ? mask.and(callsId) : mask);
    };
  }

  @Override
  public OptionalInt forced() {
    if (calls.isPresent()) {
      return calls.get().forced();
    }
    return switch (mode) {
      case REQUIRED -> OptionalInt.of(callsId);
      case FORBIDDEN -> text.map(ConstrainedText::forced).orElseGet(OptionalInt::empty);
      case POSSIBLE -> text.isPresent() && !atStart ? text.get().forced() : OptionalInt.empty();
    };
  }

  @Override
  public boolean isFree() {
    return calls.isEmpty() && text.isEmpty();
  }

  @Override
  public void accept(int token) {
    if (calls.isPresent()) {
      calls.get().accept(token);
    } else if (token == callsId && mode != Calls.FORBIDDEN) {
      calls = Optional.of(form.get());
    } else {
      text.ifPresent(held -> held.accept(token));
    }
    atStart = false;
  }
}
