package io.flinkmistral.jobs.gateway.openai;

import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of a call, as far as it is the gateway's matter; the rest is the job's.
 *
 * @param fields what is for the job
 * @param model which model is asked for; empty where any
 * @param stream whether the answer is wanted piece by piece
 * @param includeUsage whether a stream ends with what it took
 * @param conversation the conversation that the call names, if any
 * @param cacheKey what the call says of its conversation for the sake of speed, if anything
 */
public record ClientRequest(
    Endpoint endpoint,
    ObjectNode fields,
    String model,
    boolean stream,
    boolean includeUsage,
    Optional<String> conversation,
    Optional<String> cacheKey) {
  /** What the gateway itself says in the record, and where a client says it. */
  private static final Map<String, String> OWN =
      Map.of(
          "request_id", "header Idempotency-Key names a request",
          "conversation_id", "field conversation names a conversation");

  /**
   * @param body of the request
   * @throws ApiException if it cannot be one
   */
  public static ClientRequest read(Endpoint endpoint, byte[] body) {
    ObjectNode fields = object(body);
    OWN.forEach((name, advice) -> refuse(fields, name, "is set by the gateway: " + advice));
    refuseFieldsOfTheOther(endpoint, fields);
    boolean stream = flag(fields, "stream");
    boolean includeUsage = includeUsage(fields, stream);
    Optional<String> conversation = conversation(fields);
    Optional<String> cacheKey = text(fields, "prompt_cache_key").filter(key -> !key.isEmpty());
    String model = text(fields, "model").orElse("");
    fields.remove(List.of("model", "stream", "stream_options", "conversation", "prompt_cache_key"));
    return new ClientRequest(endpoint, fields, model, stream, includeUsage, conversation, cacheKey);
  }

  private static ObjectNode object(byte[] body) {
    try {
      return JsonRecord.read(body);
    } catch (InvalidRequestException e) {
      throw ApiException.of(e);
    }
  }

  private static void refuseFieldsOfTheOther(Endpoint endpoint, ObjectNode fields) {
    switch (endpoint) {
      case CHAT -> refuse(fields, "prompt", "is for /v1/completions: send messages");
      case TEXT -> {
        refuse(fields, "messages", "are for /v1/chat/completions: send a prompt");
        if (!fields.hasNonNull("prompt")) {
          throw ApiException.invalid("prompt", "prompt is missing");
        }
      }
    }
  }

  private static void refuse(ObjectNode fields, String name, String why) {
    if (fields.hasNonNull(name)) {
      throw ApiException.invalid(name, name + " " + why);
    }
  }

  private static boolean includeUsage(ObjectNode fields, boolean stream) {
    JsonNode options = fields.path("stream_options");
    if (options.isMissingNode() || options.isNull()) {
      return false;
    }
    if (!stream) {
      throw ApiException.invalid("stream_options", "stream_options need \"stream\": true");
    }
    if (!options.isObject()) {
      throw ApiException.invalid("stream_options", "stream_options must be an object");
    }
    for (String name : options.propertyNames()) {
      if (!name.equals("include_usage") && !isNothing(name, options.get(name))) {
        throw ApiException.invalid(
            "stream_options." + name, "stream_options.%s is not supported".formatted(name));
      }
    }
    return flag((ObjectNode) options, "include_usage");
  }

  /** Pieces are not padded, and usage is told once. */
  private static boolean isNothing(String name, JsonNode value) {
    return value.isNull()
        || name.equals("include_obfuscation")
        || (name.equals("continuous_usage_stats") && value.isBoolean() && !value.booleanValue());
  }

  /** A name, or an object with one, as OpenAI has it. */
  private static Optional<String> conversation(ObjectNode fields) {
    Optional<String> name =
        fields.path("conversation") instanceof ObjectNode object
            ? Optional.of(id(object))
            : text(fields, "conversation");
    name.filter(String::isEmpty)
        .ifPresent(
            _ -> {
              throw ApiException.invalid("conversation", "conversation must not be empty");
            });
    return name;
  }

  private static String id(ObjectNode conversation) {
    for (String name : conversation.propertyNames()) {
      if (!name.equals("id") && !conversation.get(name).isNull()) {
        throw ApiException.invalid(
            "conversation." + name, "conversation.%s is not supported".formatted(name));
      }
    }
    JsonNode id = conversation.path("id");
    if (!id.isString()) {
      throw ApiException.invalid("conversation.id", "conversation.id must be a text");
    }
    return id.stringValue();
  }

  private static Optional<String> text(ObjectNode fields, String name) {
    JsonNode node = fields.path(name);
    if (node.isMissingNode() || node.isNull()) {
      return Optional.empty();
    }
    if (!node.isString()) {
      throw ApiException.invalid(name, name + " must be a text");
    }
    return Optional.of(node.stringValue());
  }

  private static boolean flag(ObjectNode fields, String name) {
    JsonNode node = fields.path(name);
    if (node.isMissingNode() || node.isNull()) {
      return false;
    }
    if (!node.isBoolean()) {
      throw ApiException.invalid(name, name + " must be true or false");
    }
    return node.booleanValue();
  }
}
