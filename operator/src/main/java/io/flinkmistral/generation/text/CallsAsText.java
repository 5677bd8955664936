package io.flinkmistral.generation.text;

import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.ToolChoice;

/**
 * Calls of tools that are the text of an answer, since the model's template has no mark for them.
 */
public final class CallsAsText {
  private CallsAsText() {}

  /** Whether the answer of a request may be calls: it brings tools, and begins the answer. */
  public static boolean mayBe(CompletionRequest request) {
    return request.prompt() instanceof Prompt.Chat chat
        && !chat.tools().isEmpty()
        && !chat.continued()
        && !(chat.use().choice() instanceof ToolChoice.None);
  }
}
