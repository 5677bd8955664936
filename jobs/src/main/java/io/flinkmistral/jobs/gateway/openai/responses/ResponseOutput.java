package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.json.JsonRecord;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** What there is of an answer, as items. */
final class ResponseOutput {
  private final StringBuilder text = new StringBuilder();
  private final ArrayNode logprobs = JsonRecord.empty().arrayNode();
  private final ArrayNode calls = JsonRecord.empty().arrayNode();
  private String finishReason = "";
  private JsonNode moderation = MissingNode.getInstance();

  /** The next piece of which nothing is held back. */
  void accept(Piece piece) {
    text.append(piece.text());
    logprobs.addAll(ResponseHead.ofPart(piece.logprobs()));
    piece
        .end()
        .ifPresent(
            end -> {
              finishReason = end.finishReason();
              moderation = end.moderation();
              end.toolCalls().forEach(calls::add);
            });
  }

  String text() {
    return text.toString();
  }

  ArrayNode calls() {
    return calls;
  }

  String finishReason() {
    return finishReason;
  }

  /** What was judged; missing where nothing was. */
  JsonNode moderation() {
    return moderation;
  }

  /** An answer that only calls has no message. */
  boolean hasMessage() {
    return !text.isEmpty() || calls.isEmpty();
  }

  ObjectNode part() {
    return ResponseHead.part(text(), logprobs);
  }

  ObjectNode message(ResponseHead head) {
    ObjectNode message = head.message(ResponseHead.status(finishReason));
    ((ArrayNode) message.get("content")).add(part());
    return message;
  }

  /** All items. */
  ArrayNode items(ResponseHead head) {
    ArrayNode items = JsonRecord.empty().arrayNode();
    if (hasMessage()) {
      items.add(message(head));
    }
    int number = 1;
    for (JsonNode call : calls) {
      items.add(head.call(number++, call, "completed"));
    }
    return items;
  }
}
