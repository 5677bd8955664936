package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.json.JsonRecord;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What was judged, in the words of OpenAI's responses: of input and output, a result each. */
final class ResponseModeration {
  private ResponseModeration() {}

  /**
   * @param report as the topics have it
   * @param model that has judged
   */
  static ObjectNode of(JsonNode report, String model) {
    ObjectNode told = JsonRecord.empty();
    told.set("input", result(report.path("prompt"), model));
    told.set("output", result(report.path("answer"), model));
    return told;
  }

  /** Their types want both, and have an error where there is no result. */
  private static ObjectNode result(JsonNode judgement, String model) {
    ObjectNode result = JsonRecord.empty();
    if (judgement.isMissingNode()) {
      result.put("type", "error");
      result.put("code", "not_judged");
      result.put("message", "nothing of it was judged");
      return result;
    }
    result.put("type", "moderation_result");
    result.put("model", model);
    result.set("flagged", judgement.path("flagged"));
    result.set("categories", judgement.path("categories"));
    result.set("category_scores", judgement.path("category_scores"));
    ObjectNode types = result.putObject("category_applied_input_types");
    for (String category : judgement.path("category_scores").propertyNames()) {
      types.putArray(category).add("text");
    }
    return result;
  }
}
