package io.flinkmistral.jobs.bench.enrichment;

import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is asked of a server of llama.cpp for a record, at {@code /completion}. Prompts are tokens,
 * so that both sides take in the same.
 *
 * @param name in the report
 * @param mostTokens of the answer
 * @param more of its fields
 * @param answer a regular expression that answers match
 */
record ServerRequest(String name, int mostTokens, Map<String, Object> more, String answer) {
  static final String PATH = "/completion";

  /** The body. */
  String of(int[] prompt) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    body.putPOJO("prompt", prompt);
    body.put("n_predict", mostTokens).put("temperature", 0).put("cache_prompt", true);
    more.forEach(body::putPOJO);
    return JsonMapper.shared().writeValueAsString(body);
  }
}
