package io.flinkmistral.protocol;

import java.util.List;

/** What a request adds to its conversation before the answer. */
public sealed interface Prompt {
  /** Whether the answer goes on with the text that the prompt ends with. */
  boolean goesOn();

  /**
   * Messages, which the model's template puts into its form.
   *
   * @param messages the new ones, at least one
   * @param tools definitions of tools that the assistant may call, as JSON texts
   * @param use whether it does
   * @param continued whether the last message, which is the assistant's, is the beginning of the
   *     answer
   */
  record Chat(List<ChatMessage> messages, List<String> tools, ToolUse use, boolean continued)
      implements Prompt {
    public Chat {
      messages = List.copyOf(messages);
      tools = List.copyOf(tools);
      if (messages.isEmpty()) {
        throw new InvalidRequestException("messages", "messages must have at least one message");
      }
      if (tools.isEmpty() && use.choice().asksForCall()) {
        throw new InvalidRequestException(
            "tool_choice", "tool_choice asks for a call, but there are no tools");
      }
      if (continued && !canBeContinued(messages.getLast())) {
        throw new InvalidRequestException(
            "messages",
            "an answer that is to be continued must be the last message, of role assistant, and a"
                + " text without calls of tools");
      }
    }

    public Chat(List<ChatMessage> messages, List<String> tools) {
      this(messages, tools, ToolUse.DEFAULT, false);
    }

    public Chat(List<ChatMessage> messages, List<String> tools, boolean continued) {
      this(messages, tools, ToolUse.DEFAULT, continued);
    }

    @Override
    public boolean goesOn() {
      return continued;
    }

    private static boolean canBeContinued(ChatMessage last) {
      return last.role() == Role.ASSISTANT
          && last.toolCalls().isEmpty()
          && !last.content().isEmpty();
    }
  }

  /**
   * A text, which the model goes on with as it is: no template, no control tokens.
   *
   * @param text not empty
   */
  record Text(String text) implements Prompt {
    public Text {
      if (text.isEmpty()) {
        throw new InvalidRequestException("prompt", "prompt must not be empty");
      }
    }

    @Override
    public boolean goesOn() {
      return true;
    }
  }
}
