package io.flinkmistral.protocol;

import java.util.List;

/**
 * One message of a dialogue.
 *
 * @param role who speaks
 * @param content the text; empty where the message only calls tools
 * @param toolCalls calls that an assistant's message makes; empty for other roles
 * @param toolCallId the call that a tool's message answers; empty for other roles
 */
public record ChatMessage(Role role, String content, List<ToolCall> toolCalls, String toolCallId) {
  public ChatMessage {
    toolCalls = List.copyOf(toolCalls);
  }

  public ChatMessage(Role role, String content) {
    this(role, content, List.of(), "");
  }
}
