package io.flinkmistral.generation;

import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.Usage;
import java.util.List;

/**
 * A whole answer.
 *
 * @param answer what it says
 * @param usage what it took
 * @param historyTokens its tokens as a conversation keeps them: EOS follows, whatever has ended it,
 *     but where the conversation is a text that goes on
 * @param sharedTokens tokens before the answer that neither state held nor this request computed,
 *     but another that began alike; they differ from run to run
 */
public record Completion(Answer answer, Usage usage, int[] historyTokens, int sharedTokens) {
  /** One that took nothing over. */
  Completion(Answer answer, Usage usage, int[] historyTokens) {
    this(answer, usage, historyTokens, 0);
  }

  public String text() {
    return answer.text();
  }

  public List<ToolCall> toolCalls() {
    return answer.toolCalls();
  }

  public FinishReason finishReason() {
    return answer.finishReason();
  }
}
