package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ClientRequest;
import io.flinkmistral.jobs.gateway.openai.Endpoint;
import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * A request for a response.
 *
 * @param asked the same in the words of the topics
 * @param previous the turn that it goes on from
 * @param stored whether another request may go on from this one
 * @param repeated what its response says of it
 */
public record ResponseRequest(
    ClientRequest asked, Optional<ResponseId.Turn> previous, boolean stored, ObjectNode repeated) {
  private static final String LOGPROBS = "message.output_text.logprobs";

  /** What other services have to include; here nothing is there of these. */
  private static final Set<String> INCLUDABLE =
      Set.of(
          LOGPROBS,
          "file_search_call.results",
          "web_search_call.results",
          "web_search_call.action.sources",
          "message.input_image.image_url",
          "computer_call_output.output.image_url",
          "code_interpreter_call.outputs",
          "reasoning.encrypted_content");

  /** Fields of other calls, and what says the same here. */
  private static final Map<String, String> OF_OTHERS =
      Map.ofEntries(
          Map.entry("messages", "is for /v1/chat/completions: send input"),
          Map.entry("max_tokens", "is for /v1/chat/completions: send max_output_tokens"),
          Map.entry("max_completion_tokens", "is for /v1/chat/completions: send max_output_tokens"),
          Map.entry("response_format", "is for /v1/chat/completions: send text.format"),
          Map.entry("logprobs", "is for /v1/chat/completions: send include, or top_logprobs"),
          Map.entry("prompt", "is not supported: no prompts are stored here"),
          Map.entry("history", "is set by the gateway"),
          Map.entry("fork", "is set by the gateway: send previous_response_id"),
          Map.entry("reset", "is set by the gateway"),
          Map.entry("conversation_ttl", "is set by the gateway"),
          Map.entry("prompt_logprobs", "is for /v1/chat/completions"),
          Map.entry("n", "is for /v1/chat/completions: a response is one answer"),
          Map.entry("best_of", "is for /v1/chat/completions: a response is one answer"),
          Map.entry("request_id", "is set by the gateway: header Idempotency-Key names a request"),
          Map.entry("conversation_id", "is set by the gateway: field conversation names one"));

  /**
   * @param bytes of the body
   * @throws ApiException if it is no request
   */
  public static ResponseRequest read(byte[] bytes) {
    ObjectNode json = json(bytes);
    ObjectNode whole = json.deepCopy();
    Body body = new Body(json, "");
    OF_OTHERS.forEach(
        (name, why) -> {
          if (json.hasNonNull(name)) {
            throw ApiException.invalid(name, name + " " + why);
          }
        });
    refuseWhatThereIsNot(body);
    boolean stream = body.takeFlag("stream").orElse(false);
    streamOptions(body, stream);
    Optional<ResponseId.Turn> previous =
        body.takeText("previous_response_id").map(ResponseId::parse);
    Optional<String> conversation = conversation(body);
    if (previous.isPresent() && conversation.isPresent()) {
      throw body.wrong(
          "previous_response_id", "and conversation exclude each other: send one of them");
    }
    boolean stored = body.takeFlag("store").orElse(true);
    String model = body.takeText("model").orElse("");
    ObjectNode fields = fields(body);
    return new ResponseRequest(
        new ClientRequest(
            Endpoint.CHAT, fields, model, stream, false, conversation, Optional.empty()),
        previous,
        stored,
        repeated(whole));
  }

  private static ObjectNode json(byte[] bytes) {
    try {
      return JsonRecord.read(bytes);
    } catch (InvalidRequestException e) {
      throw ApiException.of(e);
    }
  }

  private static void refuseWhatThereIsNot(Body body) {
    JsonNode nothing = JsonRecord.empty();
    JsonNode none = JsonRecord.empty().arrayNode();
    body.refuse("background", "nothing is kept here to be fetched later", BooleanNode.FALSE);
    body.refuse("background_options", "nothing is kept here to be fetched later", nothing);
    body.refuse("context_management", "responses keep the turns before them", none);
    body.refuse(
        "truncation",
        "turns before a response are its own; send input without previous_response_id",
        StringNode.valueOf("disabled"));
    body.takeObject("reasoning")
        .ifPresent(
            reasoning -> {
              String why = "the model does not think aloud";
              reasoning.refuse("effort", why, StringNode.valueOf("none"));
              for (String name : new String[] {"summary", "generate_summary"}) {
                reasoning.refuse(name, why, StringNode.valueOf("auto"));
              }
              reasoning.end();
            });
    // Of tools that there are none of, so that there is nothing to be limited.
    body.take("max_tool_calls")
        .filter(most -> !most.isIntegralNumber() || most.asLong() < 1)
        .ifPresent(
            _ -> {
              throw body.wrong("max_tool_calls", "must be a number from 1");
            });
  }

  private static void streamOptions(Body body, boolean stream) {
    body.takeObject("stream_options")
        .ifPresent(
            options -> {
              if (!stream) {
                throw body.wrong("stream_options", "need \"stream\": true");
              }
              options.takeFlag("include_obfuscation"); // Nothing is padded.
              options.end();
            });
  }

  /** A name, or an object with one. */
  private static Optional<String> conversation(Body body) {
    Optional<String> name =
        body.json().path("conversation").isObject()
            ? body.takeObject("conversation")
                .map(
                    object -> {
                      String id = object.requiredText("id");
                      object.end();
                      return id;
                    })
            : body.takeText("conversation");
    name.filter(String::isEmpty)
        .ifPresent(
            _ -> {
              throw body.wrong("conversation", "must not be empty");
            });
    return name;
  }

  /** What is left over is the topics' own words, or none of them: the job's reader says so. */
  private static ObjectNode fields(Body body) {
    ArrayNode messages = InputItems.messages(body);
    String instructions = body.takeText("instructions").orElse("");
    Optional<ObjectNode> format = TextFormat.read(body);
    Optional<ArrayNode> tools = ResponseTools.tools(body);
    Optional<JsonNode> choice = ResponseTools.choice(body);
    Optional<JsonNode> most = body.take("max_output_tokens");
    most.filter(tokens -> !tokens.isIntegralNumber() || tokens.asLong() < 1)
        .ifPresent(
            _ -> {
              throw body.wrong("max_output_tokens", "must be a number from 1");
            });
    boolean logprobs = includesLogprobs(body) || body.json().hasNonNull("top_logprobs");
    ObjectNode fields = body.json();
    fields.set("messages", messages);
    fields.put("history", "append");
    fields.put("truncation", "disabled");
    fields.put("instructions", instructions);
    format.ifPresent(value -> fields.set("response_format", value));
    tools.ifPresent(value -> fields.set("tools", value));
    choice.ifPresent(value -> fields.set("tool_choice", value));
    most.ifPresent(value -> fields.set("max_tokens", value));
    if (logprobs) {
      fields.put("logprobs", true);
    }
    return fields;
  }

  private static boolean includesLogprobs(Body body) {
    boolean found = false;
    Optional<ArrayNode> include = body.takeList("include");
    if (include.isPresent()) {
      for (JsonNode name : include.get()) {
        String text = name.asString("");
        if (!INCLUDABLE.contains(text)) {
          throw body.wrong("include", "cannot have \"%s\"".formatted(Excerpt.of(text)));
        }
        found |= text.equals(LOGPROBS);
      }
    }
    return found;
  }

  private static ObjectNode repeated(ObjectNode body) {
    ObjectNode repeated = JsonRecord.empty();
    repeated.put("background", false);
    set(repeated, body, "instructions", null);
    set(repeated, body, "max_output_tokens", null);
    set(repeated, body, "metadata", JsonRecord.empty());
    set(repeated, body, "parallel_tool_calls", BooleanNode.TRUE);
    set(repeated, body, "previous_response_id", null);
    set(repeated, body, "prompt_cache_key", null);
    ObjectNode reasoning = repeated.putObject("reasoning");
    reasoning.putNull("effort");
    reasoning.putNull("summary");
    set(repeated, body, "safety_identifier", null);
    set(repeated, body, "temperature", JsonRecord.empty().numberNode(0));
    ObjectNode text = JsonRecord.empty();
    text.putObject("format").put("type", "text");
    JsonNode format = body.path("text").path("format");
    if (format.isObject()) {
      text.set("format", format);
    }
    repeated.set("text", text);
    set(repeated, body, "tool_choice", StringNode.valueOf("auto"));
    repeated.set("tools", tools(body.path("tools")));
    set(repeated, body, "top_logprobs", JsonRecord.empty().numberNode(0));
    set(repeated, body, "top_p", JsonRecord.empty().numberNode(1));
    repeated.put("truncation", "disabled");
    if (body.hasNonNull("user")) {
      repeated.set("user", body.get("user"));
    }
    return repeated;
  }

  /** With what those have that say nothing of it. */
  private static ArrayNode tools(JsonNode given) {
    ArrayNode tools = JsonRecord.empty().arrayNode();
    for (JsonNode one : given) {
      ObjectNode tool = (ObjectNode) one.deepCopy();
      for (String name : new String[] {"parameters", "strict"}) {
        if (!tool.has(name)) {
          tool.putNull(name);
        }
      }
      tools.add(tool);
    }
    return tools;
  }

  private static void set(ObjectNode to, ObjectNode from, String name, JsonNode otherwise) {
    if (from.hasNonNull(name)) {
      to.set(name, from.get(name));
    } else {
      to.set(name, otherwise);
    }
  }
}
