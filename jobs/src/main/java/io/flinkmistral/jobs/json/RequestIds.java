package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.Surrogates;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Who asked, as far as a bad record tells: read from the front until it makes no sense any more.
 * Nothing that a record holds makes this fail.
 *
 * @param requestId empty where it cannot be told
 * @param conversationId the record's own, else its key; empty where there is neither
 */
public record RequestIds(String requestId, String conversationId) {
  /** The most bytes of an id: answers, headers and state repeat it. */
  public static final int MAX_BYTES = 1024;

  /** What is skipped may nest deeper than what is read. */
  private static final int MAX_DEPTH = 10_000;

  private static final JsonFactory FACTORY = StrictJson.factory(MAX_DEPTH).build();

  /** What a byte that is no UTF-8 is decoded to: an id that has one is not what was sent. */
  private static final String REPLACEMENT = "\ufffd";

  /**
   * @param mostBytes of the value that are looked at
   */
  public static RequestIds scan(SourceRecord record, int mostBytes) {
    String key = text(record.key(), MAX_BYTES + 1);
    RequestIds ids = new RequestIds("", isId(key) ? key : "");
    String value = StrictJson.withoutMark(text(record.value(), mostBytes));
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), value)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return ids;
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String field = parser.currentName();
        JsonToken token = parser.nextToken();
        if (token == JsonToken.VALUE_STRING || (token != null && token.isNumeric())) {
          ids = ids.with(field, parser.getString());
        } else {
          parser.skipChildren();
        }
      }
    } catch (RuntimeException | StackOverflowError e) {
      // The record is known to be bad: what was read before this place is all there is.
      return ids;
    }
    return ids;
  }

  private RequestIds with(String field, String value) {
    if (!isId(value)) {
      return this;
    }
    return switch (field) {
      case "request_id" -> requestId.isEmpty() ? new RequestIds(value, conversationId) : this;
      case "conversation_id" -> new RequestIds(requestId, value);
      default -> this;
    };
  }

  private static boolean isId(String text) {
    return text.length() <= MAX_BYTES
        && text.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES
        && !text.contains(REPLACEMENT)
        && Surrogates.firstLone(text) < 0;
  }

  private static String text(byte[] bytes, int most) {
    return bytes == null
        ? ""
        : new String(bytes, 0, Math.min(bytes.length, most), StandardCharsets.UTF_8);
  }
}
