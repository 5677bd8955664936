package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerShape;
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
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Events to the JSON that goes out: a completion, an error, or a streamed token. */
public final class AnswerWriter {
  private static final JsonFactory FACTORY = new JsonFactory();

  private AnswerWriter() {}

  public static byte[] write(CompletionEvent event) {
    return write(json -> fields(json, event));
  }

  /**
   * What is left of a piece whose text was left out.
   *
   * @param shell the piece without it
   */
  public static byte[] writeOmitted(Chunk shell) {
    return write(
        json -> {
          token(json, shell);
          json.writeBooleanProperty("omitted", true);
        });
  }

  static byte[] write(Consumer<JsonGenerator> fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json =
        FACTORY.createGenerator(ObjectWriteContext.empty(), out, JsonEncoding.UTF8)) {
      json.writeStartObject();
      fields.accept(json);
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  private static void fields(JsonGenerator json, CompletionEvent event) {
    switch (event) {
      case Chunk chunk -> token(json, chunk);
      case Completed completed -> completion(json, completed);
      case Rejected rejected -> error(json, rejected);
      case CompletionEvent.Reported reported -> {
        ids(json, reported);
        ReportWriter.write(json, reported.report());
      }
    }
  }

  private static void token(JsonGenerator json, Chunk chunk) {
    ids(json, chunk);
    json.writeNumberProperty("choice", chunk.choice());
    json.writeNumberProperty("index", chunk.index());
    json.writeStringProperty("text", chunk.text());
    if (!chunk.logprobs().isEmpty()) {
      LogprobWriter.content(json, chunk.logprobs());
    }
    chunk.end().ifPresent(end -> end(json, end));
  }

  private static void end(JsonGenerator json, CompletionEvent.End end) {
    toolCalls(json, end.toolCalls());
    json.writeStringProperty("finish_reason", end.finishReason().wireName());
    end.moderation().ifPresent(report -> ModerationWriter.write(json, report));
    end.usage().ifPresent(usage -> usage(json, usage));
  }

  private static void completion(JsonGenerator json, Completed completed) {
    boolean chat = completed.shape().chat();
    json.writeStringProperty("id", AnswerId.of(completed));
    json.writeStringProperty("object", chat ? "chat.completion" : "text_completion");
    json.writeNumberProperty("created", completed.timings().createdMillis() / 1000);
    json.writeStringProperty("model", completed.model());
    ids(json, completed);
    json.writeArrayPropertyStart("choices");
    for (int i = 0; i < completed.answers().size(); i++) {
      choice(json, i, completed);
    }
    json.writeEndArray();
    if (chat) {
      completed.promptLogprobs().ifPresent(prompt -> LogprobWriter.prompt(json, prompt));
    }
    usage(json, completed.usage());
    timings(json, completed.timings());
    json.writeStringProperty("system_fingerprint", completed.fingerprint());
    repeated(json, completed.shape());
  }

  private static void choice(JsonGenerator json, int index, Completed completed) {
    Answer answer = completed.answers().get(index);
    json.writeStartObject();
    json.writeNumberProperty("index", index);
    if (completed.shape().chat()) {
      message(json, answer);
    } else {
      text(json, answer);
      completed.promptLogprobs().ifPresent(prompt -> LogprobWriter.prompt(json, prompt));
    }
    json.writeStringProperty("finish_reason", answer.finishReason().wireName());
    answer.moderation().ifPresent(report -> ModerationWriter.write(json, report));
    json.writeEndObject();
  }

  private static void message(JsonGenerator json, Answer answer) {
    json.writeObjectPropertyStart("message");
    json.writeStringProperty("role", Role.ASSISTANT.wireName());
    if (answer.toolCalls().isEmpty()) {
      json.writeStringProperty("content", answer.text());
    } else {
      optional(json, "content", answer.text()); // Null where there is nothing but calls.
    }
    toolCalls(json, answer.toolCalls());
    json.writeNullProperty("refusal");
    json.writeEndObject();
    if (answer.logprobs().isPresent()) {
      LogprobWriter.content(json, answer.logprobs().get());
    } else {
      json.writeNullProperty("logprobs");
    }
  }

  private static void text(JsonGenerator json, Answer answer) {
    json.writeStringProperty("text", answer.text());
    if (answer.logprobs().isPresent()) {
      LogprobWriter.lists(json, answer.logprobs().get());
    } else {
      json.writeNullProperty("logprobs");
    }
  }

  /** In OpenAI's form; nothing where there are none. */
  static void toolCalls(JsonGenerator json, List<ToolCall> calls) {
    if (calls.isEmpty()) {
      return;
    }
    json.writeArrayPropertyStart("tool_calls");
    for (ToolCall call : calls) {
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

  /** What the request wants to find again. */
  private static void repeated(JsonGenerator json, AnswerShape shape) {
    shape.user().ifPresent(user -> json.writeStringProperty("user", user));
    if (!shape.metadata().isEmpty()) {
      json.writeObjectPropertyStart("metadata");
      shape.metadata().forEach(json::writeStringProperty);
      json.writeEndObject();
    }
  }

  private static void usage(JsonGenerator json, Usage usage) {
    json.writeObjectPropertyStart("usage");
    json.writeNumberProperty("prompt_tokens", usage.promptTokens());
    json.writeNumberProperty("completion_tokens", usage.completionTokens());
    json.writeNumberProperty("total_tokens", usage.totalTokens());
    json.writeObjectPropertyStart("prompt_tokens_details");
    json.writeNumberProperty("cached_tokens", usage.cachedTokens());
    if (usage.droppedTurns() > 0) {
      json.writeNumberProperty("dropped_turns", usage.droppedTurns());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void timings(JsonGenerator json, Timings timings) {
    json.writeObjectPropertyStart("timings");
    json.writeNumberProperty("queued_ms", timings.queuedMillis());
    json.writeNumberProperty("prompt_ms", timings.promptMillis());
    json.writeNumberProperty("completion_ms", timings.completionMillis());
    json.writeNumberProperty("shared_tokens", timings.sharedTokens());
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

  static void ids(JsonGenerator json, CompletionEvent event) {
    optional(json, "request_id", event.requestId());
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
