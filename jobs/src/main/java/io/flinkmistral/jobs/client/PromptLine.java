package io.flinkmistral.jobs.client;

import io.flinkmistral.jobs.json.RequestIds;
import io.flinkmistral.protocol.ConversationIds;
import io.flinkmistral.protocol.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A line of prompts as it is sent: with a request id where it had none. A line that is no JSON
 * object goes as it is.
 *
 * @param conversationId empty where it cannot be read
 * @param requestId empty where there is none that an answer could repeat
 * @param key the conversation, that of a fork the one it was forked from; null where it cannot be
 *     read
 */
public record PromptLine(String conversationId, String requestId, byte[] key, byte[] value) {
  private static final JsonMapper MAPPER = new JsonMapper();

  /**
   * @param id of the request if the line has none
   */
  public static PromptLine of(byte[] line, String id) {
    byte[] value = withId(line, id);
    RequestIds ids =
        RequestIds.scan(new SourceRecord("", 0, 0, null, value, List.of()), value.length);
    String conversation = ids.conversationId();
    byte[] key =
        conversation.isEmpty()
            ? null
            : ConversationIds.root(conversation).getBytes(StandardCharsets.UTF_8);
    return new PromptLine(conversation, ids.requestId(), key, value);
  }

  private static byte[] withId(byte[] line, String id) {
    try {
      JsonNode node = MAPPER.readTree(line);
      if (!(node instanceof ObjectNode object) || object.hasNonNull("request_id")) {
        return line;
      }
      return MAPPER.writeValueAsBytes(object.put("request_id", id));
    } catch (JacksonException e) {
      return line;
    }
  }
}
