package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.SourceRecord;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Who asked, as far as a bad record tells: read from the front until it makes no sense any more.
 *
 * @param requestId empty where it cannot be told
 * @param conversationId the record's own, else its key; empty where there is neither
 */
public record RequestIds(String requestId, String conversationId) {
  private static final JsonFactory FACTORY = new JsonFactory();

  /** What a byte that is no UTF-8 is decoded to: an id that has one is not what was sent. */
  private static final String REPLACEMENT = "\ufffd";

  public static RequestIds scan(SourceRecord record) {
    String key = text(record.key());
    RequestIds ids = new RequestIds("", key.contains(REPLACEMENT) ? "" : key);
    try (JsonParser parser =
        FACTORY.createParser(ObjectReadContext.empty(), text(record.value()))) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return ids;
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String field = parser.currentName();
        if (parser.nextToken() == JsonToken.VALUE_STRING) {
          ids = ids.with(field, parser.getString());
        } else {
          parser.skipChildren();
        }
      }
    } catch (JacksonException e) {
      // The record is known to be bad: what was read before this place is all there is.
      return ids;
    }
    return ids;
  }

  private RequestIds with(String field, String value) {
    if (value.contains(REPLACEMENT) || Surrogates.firstLone(value) >= 0) {
      return this;
    }
    return switch (field) {
      case "request_id" -> requestId.isEmpty() ? new RequestIds(value, conversationId) : this;
      case "conversation_id" -> new RequestIds(requestId, value);
      default -> this;
    };
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }
}
