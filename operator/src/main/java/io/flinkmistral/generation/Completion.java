package io.flinkmistral.generation;

import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.Usage;
import java.util.List;

/**
 * A whole answer.
 *
 * @param text its text; where it is calls of tools, only what stands before them
 * @param toolCalls the calls of tools that it is, if any
 * @param finishReason what has ended it
 * @param usage what it took
 * @param historyTokens its tokens as a conversation keeps them: EOS follows, whatever has ended it
 */
public record Completion(
    String text,
    List<ToolCall> toolCalls,
    FinishReason finishReason,
    Usage usage,
    int[] historyTokens) {
  public Completion {
    toolCalls = List.copyOf(toolCalls);
  }
}
