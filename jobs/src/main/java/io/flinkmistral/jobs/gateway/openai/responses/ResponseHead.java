package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.json.JsonRecord;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a response is, whatever its answer.
 *
 * @param created in seconds since 1970
 * @param repeated what it says of its request
 */
public record ResponseHead(String id, long created, String model, ObjectNode repeated) {
  ObjectNode inProgress() {
    return response("in_progress", JsonRecord.empty().arrayNode());
  }

  private ObjectNode response(String status, ArrayNode output) {
    ObjectNode response = JsonRecord.empty();
    response.put("id", id);
    response.put("object", "response");
    response.put("created_at", created);
    response.put("status", status);
    response.putNull("access_programs");
    response.putNull("error");
    response.putNull("incomplete_details");
    response.put("model", model);
    response.set("output", output);
    response.setAll(repeated.deepCopy());
    return response;
  }

  /** When the answer has ended, however. */
  ObjectNode ended(ResponseOutput output, JsonNode usage) {
    String finishReason = output.finishReason();
    ObjectNode response = response(status(finishReason), output.items(this));
    switch (finishReason) {
      case "length" -> response.putObject("incomplete_details").put("reason", "max_output_tokens");
      case Piece.End.BLOCKED ->
          response.putObject("incomplete_details").put("reason", "content_filter");
      default -> {}
    }
    if (!output.moderation().isMissingNode()) {
      response.set("moderation", ResponseModeration.of(output.moderation(), model));
    }
    response.set("usage", usage(usage));
    return response;
  }

  /** What becomes of a message that ends so. */
  static String status(String finishReason) {
    return switch (finishReason) {
      case "length", Piece.End.BLOCKED -> "incomplete";
      case "cancelled", "timeout" -> "cancelled";
      default -> "completed";
    };
  }

  private static ObjectNode usage(JsonNode told) {
    ObjectNode usage = JsonRecord.empty();
    usage.put("input_tokens", told.path("prompt_tokens").asInt(0));
    ObjectNode input = usage.putObject("input_tokens_details");
    input.put("cached_tokens", told.at("/prompt_tokens_details/cached_tokens").asInt(0));
    input.put("cache_write_tokens", 0);
    usage.put("output_tokens", told.path("completion_tokens").asInt(0));
    usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
    usage.put("total_tokens", told.path("total_tokens").asInt(0));
    return usage;
  }

  /** When there is no more of it. */
  ObjectNode failed(ArrayNode output, ApiException error) {
    ObjectNode response = response("failed", output);
    ObjectNode told = response.putObject("error");
    told.put(
        "code",
        switch (error.status()) {
          case 429 -> "rate_limit_exceeded";
          case 400, 404, 413 -> "invalid_prompt";
          default -> "server_error";
        });
    told.put("message", error.getMessage());
    return response;
  }

  /** The message of the answer. */
  ObjectNode message(String status) {
    ObjectNode item = JsonRecord.empty();
    item.put("id", itemId("msg_", 0));
    item.put("type", "message");
    item.put("status", status.equals("cancelled") ? "incomplete" : status);
    item.put("role", "assistant");
    item.putArray("content");
    return item;
  }

  /** One of the answer's calls. */
  ObjectNode call(int number, JsonNode call, String status) {
    ObjectNode item = JsonRecord.empty();
    item.put("id", itemId("fc_", number));
    item.put("type", "function_call");
    item.put("status", status);
    item.put("call_id", call.path("id").asString(""));
    item.put("name", call.at("/function/name").asString(""));
    item.put("arguments", call.at("/function/arguments").asString(""));
    return item;
  }

  private String itemId(String kind, int number) {
    UUID hash = UUID.nameUUIDFromBytes((id + " " + number).getBytes(StandardCharsets.UTF_8));
    return kind + hash.toString().replace("-", "");
  }

  /**
   * The text of the message.
   *
   * @param logprobs a list, perhaps an empty one
   */
  static ObjectNode part(String text, ArrayNode logprobs) {
    ObjectNode part = JsonRecord.empty();
    part.put("type", "output_text");
    part.put("text", text);
    part.putArray("annotations");
    part.set("logprobs", logprobs);
    return part;
  }

  /** Probabilities as parts have them: bytes are a list, also where there are none. */
  static ArrayNode ofPart(JsonNode logprobs) {
    return list(logprobs, ResponseHead::withBytes);
  }

  private static ArrayNode list(JsonNode logprobs, Function<JsonNode, ObjectNode> told) {
    ArrayNode list = JsonRecord.empty().arrayNode();
    for (JsonNode token : logprobs.path("content")) {
      ObjectNode one = told.apply(token);
      ArrayNode top = one.putArray("top_logprobs");
      token.path("top_logprobs").forEach(other -> top.add(told.apply(other)));
      list.add(one);
    }
    return list;
  }

  private static ObjectNode withBytes(JsonNode token) {
    ObjectNode told = withoutBytes(token);
    told.set("bytes", token.path("bytes").isArray() ? token.path("bytes") : told.arrayNode());
    return told;
  }

  /** As events have them. */
  static ArrayNode ofEvent(JsonNode logprobs) {
    return list(logprobs, ResponseHead::withoutBytes);
  }

  private static ObjectNode withoutBytes(JsonNode token) {
    ObjectNode told = JsonRecord.empty();
    told.set("token", token.path("token"));
    told.set("logprob", token.path("logprob"));
    return told;
  }
}
