package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.PromptRecord;
import io.flinkmistral.jobs.gateway.topics.LookBack.Earlier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a request with a key is to one that was sent before with the same key. */
final class Repeats {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final int TOO_MANY = 429;
  private static final int OF_THE_SERVER = 500;

  private Repeats() {}

  /**
   * @throws ApiException if it asks for something else
   */
  static void checkSame(Earlier earlier, PromptRecord now, RequestNames names) {
    ObjectNode before = earlier.json().deepCopy();
    ObjectNode asked = (ObjectNode) MAPPER.readTree(now.value());
    before.remove("request_id");
    asked.remove("request_id");
    if (names.prefix().isPresent()) {
      // Named after the request.
      before.remove("conversation_id");
      asked.remove("conversation_id");
    }
    if (!before.equals(asked)) {
      throw ApiException.refused(
          422,
          "",
          "idempotency_key_reused",
          "another request was sent with this Idempotency-Key: take a new one");
    }
  }

  /** Whether the same request may be answered when it is tried again. */
  static boolean mayPass(JsonNode error) {
    int status = ApiException.ofJob(error).status();
    return status == TOO_MANY || status >= OF_THE_SERVER;
  }
}
