package io.flinkmistral.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Mistral's guardrail prompt ("Mistral 7B", section 5.1), which {@code safe_prompt} puts before all
 * other messages, as a system message: the templates have the place for these.
 */
public enum SafePrompt {
  /** Where a request asks for it. */
  ON_REQUEST("on-request"),

  /** With each request that has messages. */
  ALWAYS("always");

  /** What it says. */
  public static final String TEXT =
      "Always assist with care, respect, and truth. Respond with utmost utility yet securely. Avoid"
          + " harmful, unethical, prejudiced, or negative content. Ensure replies promote fairness"
          + " and positivity.";

  private static final ChatMessage MESSAGE = new ChatMessage(Role.SYSTEM, TEXT);

  private final String optionName;

  SafePrompt(String optionName) {
    this.optionName = optionName;
  }

  /** Its name as an option's value. */
  public String optionName() {
    return optionName;
  }

  public static List<String> optionNames() {
    return Arrays.stream(values()).map(SafePrompt::optionName).toList();
  }

  /**
   * @throws IllegalArgumentException where there is no such value
   */
  public static SafePrompt ofOption(String name) {
    Optional<SafePrompt> found =
        Arrays.stream(values()).filter(one -> one.optionName.equals(name)).findFirst();
    return found.orElseThrow(
        () -> new IllegalArgumentException("unknown use of the safe prompt: " + name));
  }

  /** The request as it is to be answered. */
  public CompletionRequest applied(CompletionRequest request) {
    return switch (this) {
      case ON_REQUEST -> request;
      case ALWAYS ->
          request.prompt() instanceof Prompt.Chat chat
              ? request.but().prompt(before(chat)).build()
              : request;
    };
  }

  /**
   * A chat that begins with it. Results of tools alone stay as they are: a system message has no
   * place beside them, and the one of the user's message that they belong to still holds.
   */
  public static Prompt.Chat before(Prompt.Chat chat) {
    List<ChatMessage> messages = chat.messages();
    boolean hasUser = messages.stream().anyMatch(message -> message.role() == Role.USER);
    if (!hasUser || is(messages.getFirst())) {
      return chat;
    }
    List<ChatMessage> all = new ArrayList<>(messages);
    all.addFirst(MESSAGE);
    return new Prompt.Chat(all, chat.tools(), chat.use(), chat.continued());
  }

  /** Whether a message is this and nothing else. */
  public static boolean is(ChatMessage message) {
    return message.equals(MESSAGE);
  }
}
