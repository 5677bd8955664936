package io.flinkmistral.generation.text;

import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * The token ids that have a meaning in an answer.
 *
 * @param eosId follows every answer in the conversation's history, whatever ended it
 * @param endIds end an answer, and are no part of its text; EOS is one of them
 * @param toolCallsId stands before calls of tools; none where the model's template knows no tools
 * @param callsAsText whether an answer whose request brings tools is calls where its text is a list
 *     of them
 */
public record AnswerTokens(
    int eosId, Set<Integer> endIds, OptionalInt toolCallsId, boolean callsAsText) {
  /**
   * @param otherEnds those that end an answer beside EOS
   */
  public static AnswerTokens of(int eosId, Set<Integer> otherEnds, OptionalInt toolCallsId) {
    Set<Integer> ends = new TreeSet<>(otherEnds);
    ends.add(eosId);
    return new AnswerTokens(eosId, ends, toolCallsId);
  }

  /** Of a model whose calls have a mark, or which knows none. */
  public AnswerTokens(int eosId, Set<Integer> endIds, OptionalInt toolCallsId) {
    this(eosId, endIds, toolCallsId, false);
  }

  public AnswerTokens withCallsAsText(boolean asText) {
    return new AnswerTokens(eosId, endIds, toolCallsId, asText);
  }

  public AnswerTokens {
    endIds = Set.copyOf(endIds);
    if (!endIds.contains(eosId)) {
      throw new IllegalArgumentException(
          "EOS (%d) ends answers, but is not among the ids that do: %s".formatted(eosId, endIds));
    }
  }
}
