package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.Excerpt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The input of a request, a text or items, as messages. */
final class InputItems {
  private static final String TEXT_ONLY = "the model reads text alone";

  private final ArrayNode messages = JsonRecord.empty().arrayNode();

  private InputItems() {}

  static ArrayNode messages(Body body) {
    JsonNode input = body.take("input").orElseThrow(() -> body.wrong("input", "is missing"));
    InputItems items = new InputItems();
    if (input.isString()) {
      items.message("user").put("content", input.stringValue());
    } else if (input instanceof ArrayNode list) {
      for (int i = 0; i < list.size(); i++) {
        items.add(body.element("input", i, list.get(i)));
      }
    } else {
      throw body.wrong("input", "must be a text or a list of items");
    }
    if (items.messages.isEmpty()) {
      throw body.wrong("input", "must have at least one item");
    }
    return items.messages;
  }

  private void add(Body item) {
    String type = item.takeText("type").orElse("message");
    item.passOver("id", "status");
    switch (type) {
      case "message" -> addMessage(item);
      case "function_call" -> addCall(item);
      case "function_call_output" -> addOutput(item);
      case "item_reference" ->
          throw item.wrong("type", "item_reference is not supported: send the item itself");
      default ->
          throw item.wrong(
              "type",
              "must be message, function_call or function_call_output, but is \"%s\""
                  .formatted(Excerpt.of(type)));
    }
    item.end();
  }

  private void addMessage(Body item) {
    item.passOver("phase");
    String role = item.requiredText("role");
    switch (role) {
      case "user", "assistant", "system", "developer" ->
          message(role).put("content", content(item, "content"));
      default ->
          throw item.wrong(
              "role",
              "must be user, assistant, system or developer, but is \"%s\""
                  .formatted(Excerpt.of(role)));
    }
  }

  /** Calls in a row are those of one message. */
  private void addCall(Body item) {
    ObjectNode call = JsonRecord.empty();
    call.put("id", item.requiredText("call_id"));
    call.put("type", "function");
    ObjectNode function = call.putObject("function");
    function.put("name", item.requiredText("name"));
    function.put("arguments", item.requiredText("arguments"));
    JsonNode last = messages.isEmpty() ? messages : messages.get(messages.size() - 1);
    if (last.path("tool_calls") instanceof ArrayNode calls) {
      calls.add(call);
    } else {
      ObjectNode message = message("assistant");
      message.putNull("content");
      message.putArray("tool_calls").add(call);
    }
  }

  private void addOutput(Body item) {
    item.passOver("name");
    ObjectNode message = message("tool");
    message.put("tool_call_id", item.requiredText("call_id"));
    message.put("content", content(item, "output"));
  }

  private ObjectNode message(String role) {
    ObjectNode message = messages.addObject();
    message.put("role", role);
    return message;
  }

  /** A text, or parts of one. */
  private static String content(Body item, String name) {
    JsonNode content = item.take(name).orElseThrow(() -> item.wrong(name, "is missing"));
    if (content.isString()) {
      return content.stringValue();
    }
    if (!(content instanceof ArrayNode parts)) {
      throw item.wrong(name, "must be a text or a list of parts");
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      text.append(part(item.element(name, i, parts.get(i))));
    }
    return text.toString();
  }

  private static String part(Body part) {
    String type = part.requiredText("type");
    String text =
        switch (type) {
          case "input_text", "output_text", "text" -> {
            part.passOver("annotations", "logprobs", "prompt_cache_breakpoint");
            yield part.requiredText("text");
          }
          case "refusal" -> part.requiredText("refusal");
          case "input_image", "input_file", "input_audio", "computer_screenshot" ->
              throw part.wrong("type", type + " is not supported: " + TEXT_ONLY);
          default ->
              throw part.wrong(
                  "type",
                  "must be input_text or output_text, but is \"%s\"".formatted(Excerpt.of(type)));
        };
    part.end();
    return text;
  }
}
