package io.flinkmistral.task.prompt;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Prompts of a template for a task: what the task says to the model, its examples, and a record's
 * text.
 */
public final class PromptText {
  private static final String EMPTY_LINE = "\n\n";

  /** A record whose answer is known. */
  public record Turn(Map<String, String> columns, String answer) {}

  private final TemplateParts template;
  private final PromptTemplate.Form form;
  private final List<ChatMessage> before;

  /**
   * @param instruction of the task; empty for none
   */
  public PromptText(PromptTemplate template, String instruction, List<Turn> examples) {
    this.template = template.parts();
    this.form = template.form();
    this.before = new ArrayList<>();
    String system =
        Stream.of(template.systemPrompt(), instruction)
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining(EMPTY_LINE));
    if (!system.isEmpty()) {
      before.add(new ChatMessage(Role.SYSTEM, system));
    }
    for (Turn turn : examples) {
      before.add(new ChatMessage(Role.USER, text(turn.columns())));
      before.add(new ChatMessage(Role.ASSISTANT, turn.answer()));
    }
  }

  public List<String> columns() {
    return template.columns();
  }

  /** The record's text in its place. */
  public String text(Map<String, String> texts) {
    return template.fill(texts);
  }

  /** The prompt of a record. */
  public Prompt of(Map<String, String> texts) {
    String filled = text(texts);
    return switch (form) {
      case TEXT -> new Prompt.Text(filled);
      case CHAT -> {
        List<ChatMessage> messages = new ArrayList<>(before);
        messages.add(new ChatMessage(Role.USER, filled));
        yield new Prompt.Chat(messages, List.of());
      }
    };
  }

  /** A digest of a prompt, in hexadecimal digits. It seeds what is drawn, so it never changes. */
  public static String hash(Prompt prompt) {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    switch (prompt) {
      case Prompt.Text(String text) -> add(sha256, "text", text);
      case Prompt.Chat chat ->
          chat.messages().forEach(message -> add(sha256, role(message), message.content()));
    }
    return HexFormat.of().formatHex(sha256.digest(), 0, 16);
  }

  private static String role(ChatMessage message) {
    return switch (message.role()) {
      case SYSTEM -> "system";
      case USER -> "user";
      case ASSISTANT -> "assistant";
      case TOOL -> "tool";
    };
  }

  /** With its length, so that no two prompts give the same bytes. */
  private static void add(MessageDigest sha256, String what, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    sha256.update((what + " " + bytes.length + "\n").getBytes(StandardCharsets.UTF_8));
    sha256.update(bytes);
  }
}
