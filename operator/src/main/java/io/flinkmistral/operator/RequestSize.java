package io.flinkmistral.operator;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.ToolCall;
import java.util.List;

/**
 * How much memory a request takes, about: its texts by their characters, its record by its bytes.
 */
final class RequestSize {
  /** Objects and references around them. */
  private static final long FIXED_BYTES = 256;

  private RequestSize() {}

  static long bytes(CompletionRequest request) {
    long bytes =
        FIXED_BYTES
            + request.requestId().length()
            + request.conversationId().length()
            + characters(request.tools())
            + characters(request.stop());
    for (ChatMessage message : request.messages()) {
      bytes += FIXED_BYTES + message.content().length() + message.toolCallId().length();
      for (ToolCall call : message.toolCalls()) {
        bytes += call.id().length() + call.name().length() + call.arguments().length();
      }
    }
    return bytes + request.origin().map(RequestSize::bytes).orElse(0L);
  }

  private static long characters(List<String> texts) {
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
