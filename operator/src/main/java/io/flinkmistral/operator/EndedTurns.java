package io.flinkmistral.operator;

import io.flinkmistral.protocol.CompletionRequest;
import java.util.BitSet;
import java.util.List;

/**
 * The ended turns of a conversation, and which of them can make way.
 *
 * <p>Turns are dropped whole, the oldest first, and together with those that go on with their calls
 * of tools. What stays is the newest system prompt, the newest tools and the newest safe prompt,
 * with the turn that brought them, unless the request brings its own; and the turn whose calls it
 * has results of.
 *
 * @param tokens how many each has
 * @param kinds what each is
 */
record EndedTurns(List<Integer> tokens, List<TurnKind> kinds) {
  static final EndedTurns NONE = new EndedTurns(List.of(), List.of());

  EndedTurns {
    tokens = List.copyOf(tokens);
    kinds = List.copyOf(kinds);
  }

  /**
   * Turns that stay.
   *
   * @param tokens of the conversation then, with BOS at its beginning
   * @param leading tokens of those at the beginning that stay where they are
   */
  record Kept(BitSet turns, int tokens, int leading) {}

  /** Those that stay if at least so many tokens make way; of all that can, if these are fewer. */
  Kept without(int least, CompletionRequest request) {
    BitSet dropped = new BitSet();
    BitSet needed = needed(request);
    int sum = 0;
    for (int from = 0, to; from < tokens.size() && sum < least; from = to) {
      to = end(from);
      if (needed.get(from, to).isEmpty()) {
        dropped.set(from, to);
        sum += tokens.subList(from, to).stream().mapToInt(Integer::intValue).sum();
      }
    }
    BitSet kept = new BitSet();
    kept.set(0, tokens.size());
    kept.andNot(dropped);
    return kept(kept);
  }

  private Kept kept(BitSet kept) {
    int sum = kept.stream().map(tokens::get).sum();
    int leading = 0;
    for (int i = 0; i < kept.nextClearBit(0); i++) {
      leading += tokens.get(i);
    }
    boolean withoutBos = !kept.isEmpty() && !kept.get(0);
    return new Kept(kept, withoutBos ? sum + 1 : sum, leading);
  }

  /** Where the turns end that follow on one another's calls. */
  private int end(int from) {
    int to = from + 1;
    while (to < tokens.size() && kinds.get(to).followsCalls()) {
      to++;
    }
    return to;
  }

  private BitSet needed(CompletionRequest request) {
    TurnKind asked = TurnKind.of(request);
    BitSet needed = new BitSet();
    boolean system = asked.hasSystemPrompt();
    boolean tools = asked.hasTools();
    boolean safe = asked.hasSafePrompt();
    for (int i = tokens.size() - 1; i >= 0; i--) {
      TurnKind kind = kinds.get(i);
      if (!system && kind.hasSystemPrompt()
          || !tools && kind.hasTools()
          || !safe && kind.hasSafePrompt()) {
        needed.set(i);
      }
      system |= kind.hasSystemPrompt();
      tools |= kind.hasTools();
      safe |= kind.hasSafePrompt();
    }
    if (asked.followsCalls() && !tokens.isEmpty()) {
      needed.set(tokens.size() - 1);
    }
    return needed;
  }
}
