package io.flinkmistral.jobs.gateway.openai;

import io.flinkmistral.jobs.json.JsonRecord;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Probabilities of tokens as continuations of texts have them: lists, side by side. */
final class TextLogprobs {
  /** Characters of the answer before the next token. */
  private int offset;

  /**
   * The next tokens.
   *
   * @param logprobs in the form that messages have
   */
  ObjectNode lists(JsonNode logprobs) {
    ObjectNode lists = JsonRecord.empty();
    ArrayNode tokens = lists.putArray("tokens");
    ArrayNode values = lists.putArray("token_logprobs");
    ArrayNode tops = lists.putArray("top_logprobs");
    ArrayNode offsets = lists.putArray("text_offset");
    for (JsonNode token : logprobs.path("content")) {
      String text = token.path("token").asString("");
      tokens.add(text);
      values.add(token.path("logprob"));
      top(tops.addObject(), token.path("top_logprobs"));
      offsets.add(offset);
      offset += text.codePointCount(0, text.length());
    }
    return lists;
  }

  /** Several tokens can have one text: the most probable of them, which is the first, counts. */
  private static void top(ObjectNode byText, JsonNode top) {
    for (JsonNode token : top) {
      String text = token.path("token").asString("");
      if (!byText.has(text)) {
        byText.set(text, token.path("logprob"));
      }
    }
  }
}
