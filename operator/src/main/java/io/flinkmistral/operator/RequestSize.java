package io.flinkmistral.operator;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.ToolCall;
import java.util.Collection;

/**
 * How much memory a request takes, about: its texts by their characters, its record by its bytes.
 */
final class RequestSize {
  /** Objects and references around them. */
  private static final long FIXED_BYTES = 256;

  /** Of a token's entry in a map. */
  private static final long BIAS_BYTES = 64;

  private RequestSize() {}

  static long bytes(CompletionRequest request) {
    long bytes =
        FIXED_BYTES
            + request.requestId().length()
            + request.conversationId().length()
            + bytes(request.prompt())
            + characters(request.stop().texts())
            + characters(request.sampling().badWords())
            + BIAS_BYTES * request.sampling().logitBias().size()
            + characters(request.options().metadata().keySet())
            + characters(request.options().metadata().values())
            + request.turn().instructions().map(String::length).orElse(0)
            + request.turn().moderation().map(RequestSize::characters).orElse(0L);
    bytes += request.constraint().map(RequestSize::bytes).orElse(0L);
    return bytes + request.origin().map(RequestSize::bytes).orElse(0L);
  }

  private static long bytes(Prompt prompt) {
    return switch (prompt) {
      case Prompt.Text(String text) -> text.length();
      case Prompt.Chat chat ->
          characters(chat.tools()) + chat.messages().stream().mapToLong(RequestSize::bytes).sum();
    };
  }

  private static long bytes(ChatMessage message) {
    long bytes = FIXED_BYTES + message.content().length() + message.toolCallId().length();
    for (ToolCall call : message.toolCalls()) {
      bytes += call.id().length() + call.name().length() + call.arguments().length();
    }
    return bytes;
  }

  private static long characters(Moderation moderation) {
    return moderation.rubric().length()
        + characters(moderation.categories())
        + characters(moderation.thresholds().keySet());
  }

  private static long bytes(OutputConstraint constraint) {
    return switch (constraint) {
      case OutputConstraint.JsonObject() -> 0;
      case OutputConstraint.JsonSchema schema -> schema.schema().length();
      case OutputConstraint.Choice choice -> characters(choice.texts());
      case OutputConstraint.Regex(String pattern) -> pattern.length();
      case OutputConstraint.Gbnf(String grammar) -> grammar.length();
    };
  }

  private static long characters(Collection<String> texts) {
    return texts.stream().mapToLong(String::length).sum();
  }

  private static long bytes(SourceRecord record) {
    long bytes = FIXED_BYTES + length(record.key()) + length(record.value());
    for (SourceRecord.Header header : record.headers()) {
      bytes += header.name().length() + length(header.value());
    }
    return bytes;
  }

  private static long length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }
}
