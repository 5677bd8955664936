package io.flinkmistral.constraint.tokens;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * The text of one answer that is held to something: which token may come next. What it says follows
 * from the tokens alone. Belongs to one thread at a time.
 */
public sealed interface HeldText permits CallFreeText, ConstrainedText, TextOrCalls, ToolCallText {
  /** Tokens that can come next; none: it is in a dead end; absent: every token. */
  Optional<TokenMask> allowed();

  /** The token that comes next whatever the model says, if that can be told. */
  OptionalInt forced();

  /** Whether the text so far is held to nothing. */
  boolean isFree();

  /** Takes in the next token. */
  void accept(int token);

  /** A text that is held to the same, before its first token. */
  HeldText again();
}
