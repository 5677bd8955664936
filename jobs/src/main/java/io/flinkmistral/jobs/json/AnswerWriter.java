package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.Usage;
import java.io.ByteArrayOutputStream;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Events to the JSON that goes out: a completion, an error, or a streamed token. */
public final class AnswerWriter {
  private static final JsonFactory FACTORY = new JsonFactory();

  private AnswerWriter() {}

  public static byte[] write(CompletionEvent event) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json =
        FACTORY.createGenerator(ObjectWriteContext.empty(), out, JsonEncoding.UTF8)) {
      json.writeStartObject();
      switch (event) {
        case Chunk chunk -> token(json, chunk);
        case Completed completed -> completion(json, completed);
        case Rejected rejected -> error(json, rejected);
      }
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  private static void token(JsonGenerator json, Chunk chunk) {
    ids(json, chunk);
    json.writeNumberProperty("index", chunk.index());
    json.writeStringProperty("text", chunk.text());
    chunk.finishReason().ifPresent(f -> json.writeStringProperty("finish_reason", f.wireName()));
  }

  private static void completion(JsonGenerator json, Completed completed) {
    json.writeStringProperty("id", AnswerId.of(completed));
    json.writeStringProperty("object", "chat.completion");
    json.writeNumberProperty("created", completed.timings().createdMillis() / 1000);
    json.writeStringProperty("model", completed.model());
    ids(json, completed);
    json.writeArrayPropertyStart("choices");
    choice(json, completed);
    json.writeEndArray();
    usage(json, completed.usage());
    timings(json, completed.timings());
    json.writeStringProperty("system_fingerprint", completed.fingerprint());
  }

  private static void choice(JsonGenerator json, Completed completed) {
    json.writeStartObject();
    json.writeNumberProperty("index", 0);
    json.writeObjectPropertyStart("message");
    json.writeStringProperty("role", Role.ASSISTANT.wireName());
    content(json, completed);
    json.writeNullProperty("refusal");
    json.writeEndObject();
    json.writeNullProperty("logprobs");
    json.writeStringProperty("finish_reason", completed.finishReason().wireName());
    json.writeEndObject();
  }

  /** Calls in OpenAI's form; the content is null where there is nothing but calls. */
  private static void content(JsonGenerator json, Completed completed) {
    if (completed.toolCalls().isEmpty()) {
      json.writeStringProperty("content", completed.text());
      return;
    }
    optional(json, "content", completed.text());
    json.writeArrayPropertyStart("tool_calls");
    for (ToolCall call : completed.toolCalls()) {
      json.writeStartObject();
      json.writeStringProperty("id", call.id());
      json.writeStringProperty("type", "function");
      json.writeObjectPropertyStart("function");
      json.writeStringProperty("name", call.name());
      json.writeStringProperty("arguments", call.arguments());
      json.writeEndObject();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void usage(JsonGenerator json, Usage usage) {
    json.writeObjectPropertyStart("usage");
    json.writeNumberProperty("prompt_tokens", usage.promptTokens());
    json.writeNumberProperty("completion_tokens", usage.completionTokens());
    json.writeNumberProperty("total_tokens", usage.totalTokens());
    json.writeObjectPropertyStart("prompt_tokens_details");
    json.writeNumberProperty("cached_tokens", usage.cachedTokens());
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void timings(JsonGenerator json, Timings timings) {
    json.writeObjectPropertyStart("timings");
    json.writeNumberProperty("queued_ms", timings.queuedMillis());
    json.writeNumberProperty("prompt_ms", timings.promptMillis());
    json.writeNumberProperty("completion_ms", timings.completionMillis());
    json.writeEndObject();
  }

  private static void error(JsonGenerator json, Rejected rejected) {
    ids(json, rejected);
    json.writeObjectPropertyStart("error");
    json.writeStringProperty("message", rejected.message());
    json.writeStringProperty("type", ErrorCode.typeOf(rejected.code()));
    optional(json, "param", rejected.parameter());
    optional(json, "code", rejected.code());
    json.writeEndObject();
  }

  private static void ids(JsonGenerator json, CompletionEvent event) {
    json.writeStringProperty("request_id", event.requestId());
    optional(json, "conversation_id", event.conversationId());
  }

  private static void optional(JsonGenerator json, String name, String value) {
    if (value.isEmpty()) {
      json.writeNullProperty(name);
    } else {
      json.writeStringProperty(name, value);
    }
  }
}
