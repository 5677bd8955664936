package io.flinkmistral.jobs.gateway.openai;

import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.jobs.json.RequestReader;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ConversationIds;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.ToolChoice;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A call as a record of the prompts topic: what the client sent, with the ids that it has in the
 * topics. It is read as the job will read it, so what the job would refuse is refused at once.
 *
 * @param value of the record
 * @param choices how many answers it asks for
 * @param mayCall whether answers may be calls of tools
 * @param needsCompletion whether the pieces of its answers are not all of them
 */
public record PromptRecord(byte[] value, int choices, boolean mayCall, boolean needsCompletion) {
  /**
   * @param reader the job's
   * @param requestId of the request
   * @param conversationId of its conversation
   * @param scope what a conversation is called that the client names
   * @throws ApiException if it is no request
   */
  public static PromptRecord of(
      ClientRequest request,
      RequestReader reader,
      String requestId,
      String conversationId,
      UnaryOperator<String> scope) {
    ObjectNode fields = request.fields().deepCopy();
    fields.put("request_id", requestId);
    fields.put("conversation_id", conversationId);
    fields.put("stream", true);
    boolean isFork = fields.hasNonNull("fork");
    if (isFork) {
      scopeFork(fields.get("fork"), scope);
    }
    if (request.endpoint() == Endpoint.CHAT && !isFork && !fields.hasNonNull("history")) {
      fields.put("history", "full");
    }
    byte[] value = JsonRecord.write(fields);
    CompletionRequest read = read(reader, conversationId, value);
    if (request.stream() && read.options().promptLogprobs().isPresent()) {
      throw ApiException.invalid(
          "prompt_logprobs", "prompt_logprobs come with the whole answer: leave stream out");
    }
    return new PromptRecord(
        value,
        read.options().choices(),
        mayCall(read.prompt(), fields.path("history").asString("append").equals("full")),
        read.options().promptLogprobs().isPresent());
  }

  /** The same under other names. */
  public PromptRecord as(String requestId, String conversationId) {
    ObjectNode fields;
    try {
      fields = JsonRecord.read(value);
    } catch (InvalidRequestException e) {
      throw new IllegalStateException("it was written here", e);
    }
    fields.put("request_id", requestId);
    fields.put("conversation_id", conversationId);
    return new PromptRecord(JsonRecord.write(fields), choices, mayCall, needsCompletion);
  }

  private static void scopeFork(JsonNode fork, UnaryOperator<String> scope) {
    if (fork instanceof ObjectNode object && object.path("conversation_id").isString()) {
      object.put("conversation_id", scope.apply(object.get("conversation_id").stringValue()));
    }
  }

  /** Of a turn that is put behind others, these may have brought the tools. */
  private static boolean mayCall(Prompt prompt, boolean isWhole) {
    return switch (prompt) {
      case Prompt.Chat chat ->
          (!chat.tools().isEmpty() || !isWhole)
              && !(chat.use().choice() instanceof ToolChoice.None);
      case Prompt.Text _ -> false;
    };
  }

  private static CompletionRequest read(RequestReader reader, String conversation, byte[] value) {
    byte[] key = ConversationIds.root(conversation).getBytes(StandardCharsets.UTF_8);
    try {
      return reader.read(new SourceRecord("", 0, 0, key, value, List.of()));
    } catch (InvalidRequestException e) {
      throw ApiException.of(e);
    }
  }
}
