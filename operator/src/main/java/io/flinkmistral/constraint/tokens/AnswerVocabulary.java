package io.flinkmistral.constraint.tokens;

import io.flinkmistral.constraint.machine.GrammarWalk;
import io.flinkmistral.constraint.machine.MachineState;
import io.flinkmistral.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What each token of a model adds to an answer's text, as bytes. One for all grammars. Immutable,
 * so safe for use by many threads.
 *
 * <p>The first token of an answer may add less than the same token later: it may carry the space
 * that the tokenizer puts before every text. So there are two trees.
 */
public final class AnswerVocabulary {
  private final Tokenizer tokenizer;
  private final int size;
  private final int eosId;
  private final Set<Integer> endIds;
  private final TokenTrie first;
  private final TokenTrie later;

  /**
   * @param size how many logits the model has
   * @param eosId the end that is chosen where nothing else can follow
   * @param endIds tokens that end an answer
   */
  public AnswerVocabulary(Tokenizer tokenizer, int size, int eosId, Set<Integer> endIds) {
    this.tokenizer = tokenizer;
    this.size = size;
    this.eosId = eosId;
    this.endIds = Set.copyOf(endIds);
    this.first = trie(true);
    this.later = trie(false);
  }

  private TokenTrie trie(boolean atStart) {
    List<TokenTrie.Token> tokens = new ArrayList<>();
    for (int id = 0; id < Math.min(size, tokenizer.vocabulary().size()); id++) {
      Optional<byte[]> bytes = endIds.contains(id) ? Optional.empty() : bytes(id, atStart);
      if (bytes.isPresent()) {
        tokens.add(new TokenTrie.Token(id, bytes.get()));
      }
    }
    return TokenTrie.of(tokens);
  }

  /** What a token adds; absent where it may not come. */
  Optional<byte[]> bytes(int id, boolean atStart) {
    return tokenizer.bytesOf(id, atStart);
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  boolean isEnd(int id) {
    return endIds.contains(id);
  }

  int eosId() {
    return eosId;
  }

  /** The most bytes that a token adds. */
  int longest() {
    return Math.max(first.deepest(), later.deepest());
  }

  /** Tokens after which the text can still become one of the grammar's, or that may end it. */
  TokenMask mask(MachineState state, boolean atStart) {
    TokenMask.Marks marks = new TokenMask.Marks(size);
    (atStart ? first : later).follow(GrammarWalk.over(state), marks);
    if (state.canEnd()) {
      new TreeSet<>(endIds).forEach(marks::add);
    }
    return marks.mask();
  }

  /** The tokens that the model has learnt to write a text with. */
  int[] encode(String text, boolean atStart) {
    return atStart ? tokenizer.encode(text) : tokenizer.encodeInside(text);
  }

  /** Whether some token begins as {@code bytes} do from {@code from} on, and goes on after them. */
  boolean goesOn(byte[] bytes, int from, boolean atStart, GrammarWalk.Stop after) {
    return (atStart && from == 0 ? first : later).goesOn(bytes, from, after);
  }
}
