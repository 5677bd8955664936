package io.flinkmistral.operator.options;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SafePrompt;
import java.io.Serializable;
import java.util.List;

/**
 * Beyond what a request is refused, rather than that memory or time grow.
 *
 * @param queued unfinished requests of a conversation
 * @param promptTokens tokens of a request; 0 for any number that the context holds
 * @param messages messages of a request
 * @param tools tools of a request
 * @param stops stop texts of a request
 */
public record RequestLimits(int queued, int promptTokens, int messages, int tools, int stops)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * Checks what can be told when a request comes in.
   *
   * @param unfinished requests of its conversation that came before it and are not answered
   * @throws InvalidRequestException if the request is to be refused
   */
  public void check(CompletionRequest request, int unfinished) {
    atMost(messages, ownMessages(request), "messages");
    atMost(tools, request.tools().size(), "tools");
    atMost(stops, request.stop().texts().size(), "stop");
    if (unfinished >= queued) {
      throw new InvalidRequestException(
          "conversation_id",
          ErrorCode.QUEUE_FULL,
          "%d requests of the conversation are not answered yet, and no more may wait; send it again later"
              .formatted(unfinished));
    }
  }

  /** The guardrail prompt is asked for, not sent. */
  private static int ownMessages(CompletionRequest request) {
    List<ChatMessage> all = request.messages();
    return all.size() - (!all.isEmpty() && SafePrompt.is(all.getFirst()) ? 1 : 0);
  }

  private static void atMost(int most, int size, String parameter) {
    if (size > most) {
      throw new InvalidRequestException(
          parameter,
          ErrorCode.REQUEST_TOO_LARGE,
          "%s has %d elements, but at most %d are allowed".formatted(parameter, size, most));
    }
  }

  /** The most tokens of a request. */
  public int mostPromptTokens() {
    return promptTokens == 0 ? Integer.MAX_VALUE : promptTokens;
  }
}
