package io.flinkmistral.protocol;

import java.util.List;
import java.util.Optional;

/**
 * What a request was answered.
 *
 * @param text the answer's; with calls, what stands before them, most often nothing
 * @param toolCalls the calls that the answer is; none where it is a text
 * @param finishReason what has ended it
 * @param logprobs how likely its tokens were, but for one that ended it; where that was asked for
 */
public record Answer(
    String text,
    List<ToolCall> toolCalls,
    FinishReason finishReason,
    Optional<List<TokenLogprob>> logprobs) {
  public Answer {
    toolCalls = List.copyOf(toolCalls);
    logprobs = logprobs.map(List::copyOf);
  }

  /** A text, and nothing of its tokens. */
  public Answer(String text, FinishReason finishReason) {
    this(text, List.of(), finishReason, Optional.empty());
  }
}
