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
 * @param moderation what was judged of it and of the prompt, where that was asked for; absent in an
 *     answer that was ended before
 */
public record Answer(
    String text,
    List<ToolCall> toolCalls,
    FinishReason finishReason,
    Optional<List<TokenLogprob>> logprobs,
    Optional<ModerationReport> moderation) {
  public Answer {
    toolCalls = List.copyOf(toolCalls);
    logprobs = logprobs.map(List::copyOf);
  }

  /** One that was not judged. */
  public Answer(
      String text,
      List<ToolCall> toolCalls,
      FinishReason finishReason,
      Optional<List<TokenLogprob>> logprobs) {
    this(text, toolCalls, finishReason, logprobs, Optional.empty());
  }

  /** A text, and nothing of its tokens. */
  public Answer(String text, FinishReason finishReason) {
    this(text, List.of(), finishReason, Optional.empty());
  }

  /** Whether it was judged, and is not given. */
  public boolean isBlocked() {
    return finishReason == FinishReason.CONTENT_FILTER;
  }

  /** The same, judged. */
  public Answer withModeration(ModerationReport report) {
    return new Answer(text, toolCalls, finishReason, logprobs, Optional.of(report));
  }

  /** The same, ended by something else. */
  public Answer withFinishReason(FinishReason reason) {
    return new Answer(text, toolCalls, reason, logprobs, moderation);
  }

  /** The same without anything of what it says. */
  public Answer withoutWords() {
    return new Answer(
        "", List.of(), finishReason, logprobs.map(_ -> List.<TokenLogprob>of()), moderation);
  }
}
