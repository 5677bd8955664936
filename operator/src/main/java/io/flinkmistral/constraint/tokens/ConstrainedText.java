package io.flinkmistral.constraint.tokens;

import io.flinkmistral.constraint.machine.MachineState;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Optional;
import java.util.OptionalInt;

/** The text of one answer that is held to a grammar. */
public final class ConstrainedText implements HeldText {
  private static final int[] NONE = {};

  private final TokenGrammar grammar;
  private final AnswerVocabulary vocabulary;
  private final MachineState start;
  private final boolean standsAlone;
  private MachineState state;
  private boolean atStart;
  private int[] forced = NONE;
  private int nextForced;

  /**
   * Whether there could be one token alone that can follow, though not all of its text is certain:
   * it takes a mask to find out, so that is not done until it is asked for. Who reads an answer
   * again that was written before does not ask.
   */
  private boolean mayBeOnlyOne;

  /**
   * @param standsAlone whether no text stands before it
   */
  ConstrainedText(
      TokenGrammar grammar, AnswerVocabulary vocabulary, MachineState start, boolean standsAlone) {
    this.grammar = grammar;
    this.vocabulary = vocabulary;
    this.start = start;
    this.standsAlone = standsAlone;
    this.state = start;
    this.atStart = standsAlone;
    force();
  }

  @Override
  public ConstrainedText again() {
    return new ConstrainedText(grammar, vocabulary, start, standsAlone);
  }

  @Override
  public Optional<TokenMask> allowed() {
    return Optional.of(mask());
  }

  /**
   * Tokens that the text can go on with, or end; none: it is in a dead end.
   *
   * @throws InvalidRequestException if the grammar can be read in too many ways
   */
  public TokenMask mask() {
    return grammar.mask(state, atStart);
  }

  @Override
  public OptionalInt forced() {
    if (forced.length == 0 && mayBeOnlyOne) {
      mayBeOnlyOne = false;
      forced = onlyToken();
    }
    return nextForced < forced.length ? OptionalInt.of(forced[nextForced]) : OptionalInt.empty();
  }

  @Override
  public boolean isFree() {
    return false;
  }

  /** A token that is not allowed leads into a dead end. */
  @Override
  public void accept(int token) {
    boolean asForced = nextForced < forced.length && forced[nextForced] == token;
    if (vocabulary.isEnd(token)) {
      return;
    }
    state =
        vocabulary
            .bytes(token, atStart)
            .map(state::after)
            .orElseGet(() -> state.after(new byte[] {(byte) 0xFF})); // Part of no text.
    atStart = false;
    if (asForced) {
      nextForced++;
    } else {
      nextForced = forced.length;
    }
    if (nextForced == forced.length) {
      force();
    }
  }

  private void force() {
    state = state.current();
    forced = grammar.forced(state, atStart);
    nextForced = 0;
    if (state.canOnlyEnd()) {
      forced = new int[] {vocabulary.eosId()};
    }
    mayBeOnlyOne = forced.length == 0 && state.onlyByte() >= 0;
  }

  private int[] onlyToken() {
    try {
      return mask().count() == 1 ? new int[] {mask().first()} : NONE;
    } catch (InvalidRequestException e) {
      return NONE; // It is told when a token is to be drawn.
    }
  }
}
