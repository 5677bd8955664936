package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.json.JsonRecord;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Probabilities of tokens as lists side by side, which continuations of texts have, as one list.
 */
final class TokenLists {
  private TokenLists() {}

  static ArrayNode content(JsonNode lists) {
    ArrayNode content = JsonRecord.empty().arrayNode();
    for (int i = 0; i < lists.path("tokens").size(); i++) {
      ObjectNode token = content.addObject();
      token.set("token", lists.path("tokens").get(i));
      token.set("logprob", lists.path("token_logprobs").get(i));
      ArrayNode top = token.putArray("top_logprobs");
      lists
          .path("top_logprobs")
          .get(i)
          .properties()
          .forEach(
              one -> {
                ObjectNode likely = top.addObject();
                likely.put("token", one.getKey());
                likely.set("logprob", one.getValue());
              });
    }
    return content;
  }
}
