package io.flinkmistral.jobs.gateway.openai;

import io.flinkmistral.jobs.json.JsonRecord;
import tools.jackson.databind.node.ObjectNode;

/**
 * What stands at the beginning of each JSON of one call.
 *
 * @param created in seconds since 1970
 */
public record AnswerHead(Endpoint endpoint, String id, long created, String model) {
  ObjectNode whole() {
    return head(endpoint.object());
  }

  ObjectNode chunk() {
    return head(endpoint.chunkObject());
  }

  private ObjectNode head(String object) {
    ObjectNode head = JsonRecord.empty();
    head.put("id", id);
    head.put("object", object);
    head.put("created", created);
    head.put("model", model);
    return head;
  }
}
