package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.ConversationReport;
import tools.jackson.core.JsonGenerator;

/** What a control record asked of a conversation, in the words of OpenAI's conversations. */
final class ReportWriter {
  private ReportWriter() {}

  static void write(JsonGenerator json, ConversationReport report) {
    switch (report) {
      case ConversationReport.Forgotten(int turns, int forks) -> {
        json.writeStringProperty("object", "conversation.deleted");
        json.writeBooleanProperty("deleted", true);
        json.writeNumberProperty("turns", turns);
        json.writeNumberProperty("forks", forks);
      }
      case ConversationReport.Shown shown -> {
        json.writeStringProperty("object", "conversation");
        json.writeArrayPropertyStart("turns");
        shown.turns().forEach(turn -> turn(json, turn));
        json.writeEndArray();
        json.writeNumberProperty("unfinished_requests", shown.unfinished());
      }
    }
  }

  private static void turn(JsonGenerator json, ConversationReport.Turn turn) {
    json.writeStartObject();
    json.writeArrayPropertyStart("messages");
    turn.messages().forEach(message -> message(json, message));
    json.writeEndArray();
    json.writeNumberProperty("prompt_tokens", turn.promptTokens());
    json.writeNumberProperty("completion_tokens", turn.completionTokens());
    json.writeEndObject();
  }

  private static void message(JsonGenerator json, ChatMessage message) {
    json.writeStartObject();
    json.writeStringProperty("role", message.role().wireName());
    if (message.toolCalls().isEmpty() || !message.content().isEmpty()) {
      json.writeStringProperty("content", message.content());
    } else {
      json.writeNullProperty("content");
    }
    AnswerWriter.toolCalls(json, message.toolCalls());
    if (!message.toolCallId().isEmpty()) {
      json.writeStringProperty("tool_call_id", message.toolCallId());
    }
    json.writeEndObject();
  }
}
