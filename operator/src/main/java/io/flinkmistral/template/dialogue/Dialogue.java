package io.flinkmistral.template.dialogue;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Messages as templates see them: system messages apart, messages of one role in a row as one, and
 * in an order that can be rendered.
 *
 * @param systemPrompt all system messages that are no turns; empty where there are none
 * @param turns what is said, in order
 */
public record Dialogue(String systemPrompt, List<Turn> turns) {
  private static final String EMPTY_LINE = "\n\n";

  /** What one role says at one time. */
  public sealed interface Turn {}

  public record User(String text) implements Turn {}

  /** An answer: a text, or calls of tools. */
  public record Assistant(String text, List<ToolCall> calls) implements Turn {}

  /**
   * What a tool has given.
   *
   * @param function that was called; nothing where no turn before has the call
   */
  public record ToolResult(String content, String callId, Optional<String> function)
      implements Turn {}

  /** A system message, where it stands in the dialogue and not apart. */
  public record SystemPrompt(String text) implements Turn {}

  /**
   * @param first whether nothing was said before
   * @throws InvalidRequestException where the messages are in no order that can be rendered
   */
  public static Dialogue of(boolean first, List<ChatMessage> messages) {
    List<Turn> turns = turns(messages);
    turns.removeIf(turn -> turn instanceof SystemPrompt);
    checkOrder(first, turns);
    List<ChatMessage> system = messages.stream().filter(m -> m.role() == Role.SYSTEM).toList();
    return new Dialogue(joined(system), List.copyOf(turns));
  }

  /**
   * The same, with system messages as turns of their own.
   *
   * @throws InvalidRequestException where the messages are in no order that can be rendered
   */
  public static Dialogue withSystemTurns(boolean first, List<ChatMessage> messages) {
    List<Turn> turns = turns(messages);
    checkOrder(first, turns.stream().filter(turn -> !(turn instanceof SystemPrompt)).toList());
    if (turns.getLast() instanceof SystemPrompt) {
      throw new InvalidRequestException(
          "messages",
          "the last message is a system message: end with a message of a user or a tool's result");
    }
    return new Dialogue("", List.copyOf(turns));
  }

  private static List<Turn> turns(List<ChatMessage> messages) {
    List<Turn> turns = new ArrayList<>();
    OpenCalls open = new OpenCalls();
    for (int from = 0, to; from < messages.size(); from = to) {
      Role role = messages.get(from).role();
      for (to = from + 1; to < messages.size() && messages.get(to).role() == role; ) {
        to++;
      }
      addTurns(role, messages.subList(from, to), turns, open);
    }
    return turns;
  }

  /** The index of the first turn of a user, or -1. */
  public int firstUser() {
    for (int i = 0; i < turns.size(); i++) {
      if (turns.get(i) instanceof User) {
        return i;
      }
    }
    return -1;
  }

  /** The index of the last turn of a user, or -1. */
  public int lastUser() {
    for (int i = turns.size() - 1; i >= 0; i--) {
      if (turns.get(i) instanceof User) {
        return i;
      }
    }
    return -1;
  }

  /** What a user says, with the system prompt before it. */
  public String withSystemPrompt(User user) {
    return systemPrompt.isEmpty() ? user.text() : systemPrompt + EMPTY_LINE + user.text();
  }

  private static void addTurns(
      Role role, List<ChatMessage> messages, List<Turn> turns, OpenCalls open) {
    switch (role) {
      case SYSTEM -> messages.forEach(m -> turns.add(new SystemPrompt(m.content())));
      case USER -> turns.add(new User(joined(messages)));
      case ASSISTANT -> {
        List<ToolCall> calls = calls(messages);
        open.add(calls);
        turns.add(new Assistant(joined(messages), calls));
      }
      case TOOL ->
          messages.forEach(
              m ->
                  turns.add(
                      new ToolResult(
                          m.content(), m.toolCallId(), open.functionOf(m.toolCallId()))));
    }
  }

  private static String joined(List<ChatMessage> messages) {
    return messages.stream()
        .map(ChatMessage::content)
        .filter(content -> !content.isEmpty())
        .collect(Collectors.joining(EMPTY_LINE));
  }

  private static List<ToolCall> calls(List<ChatMessage> messages) {
    return messages.stream().flatMap(message -> message.toolCalls().stream()).toList();
  }

  private static void checkOrder(boolean first, List<Turn> turns) {
    if (turns.isEmpty()) {
      throw new InvalidRequestException(
          "messages", "there is nothing to answer: send at least one message of a user");
    }
    if (turns.getLast() instanceof Assistant) {
      throw new InvalidRequestException(
          "messages",
          "the last message is the assistant's: end with a message of a user or a tool's result");
    }
    if (first && !(turns.getFirst() instanceof User)) {
      throw new InvalidRequestException(
          "messages",
          "a conversation starts with a message of a user (a system message may come before it)");
    }
    if (turns.getFirst() instanceof Assistant) {
      throw new InvalidRequestException(
          "messages",
          "the conversation already ends with the assistant's answer: send only what is new since,"
              + " starting with a message of a user or a tool's result");
    }
    for (int i = 1; i < turns.size(); i++) {
      if (turns.get(i) instanceof ToolResult && turns.get(i - 1) instanceof User) {
        throw new InvalidRequestException(
            "messages",
            "a tool's result follows a message of a user: send it after the assistant's call of the"
                + " tool");
      }
    }
  }
}
