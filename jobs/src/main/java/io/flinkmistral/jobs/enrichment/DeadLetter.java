package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A record that has no result, in a file: a JSON object that has the record itself, and why.
 *
 * <pre>{@code
 * {"_error": {"code": "invalid_request", "param": "", "message": "..."}, "_raw": "the line"}
 * }</pre>
 *
 * <p>Bytes that are no UTF-8 stand in {@code _raw_base64}. As input it is the record that it has.
 */
final class DeadLetter {
  private static final String ERROR = "_error";
  private static final String RAW = "_raw";
  private static final String RAW_BASE64 = "_raw_base64";
  private static final byte[] BEGINNING = "{\"_error\":".getBytes(StandardCharsets.UTF_8);

  private DeadLetter() {}

  static byte[] line(byte[] record, ErrorCode code, String parameter, String message) {
    ObjectNode letter = JsonRecord.empty();
    letter
        .putObject(ERROR)
        .put("code", code.wireName())
        .put("param", parameter)
        .put("message", message);
    try {
      letter.put(
          RAW, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(record)).toString());
    } catch (CharacterCodingException e) {
      letter.put(RAW_BASE64, Base64.getEncoder().encodeToString(record));
    }
    return JsonRecord.write(letter);
  }

  /** The record that a letter has, or {@code bytes} where they are none. */
  static byte[] record(byte[] bytes) {
    if (!begins(bytes)) {
      return bytes;
    }
    ObjectNode letter;
    try {
      letter = JsonRecord.read(bytes);
    } catch (InvalidRequestException e) {
      return bytes; // It only looks like one.
    }
    JsonNode raw = letter.get(RAW);
    JsonNode base64 = letter.get(RAW_BASE64);
    if (raw != null && raw.isString()) {
      return raw.stringValue().getBytes(StandardCharsets.UTF_8);
    }
    if (base64 != null && base64.isString()) {
      try {
        return Base64.getDecoder().decode(base64.stringValue());
      } catch (IllegalArgumentException e) {
        return bytes;
      }
    }
    return bytes;
  }

  private static boolean begins(byte[] bytes) {
    return bytes.length > BEGINNING.length
        && ByteBuffer.wrap(bytes, 0, BEGINNING.length).equals(ByteBuffer.wrap(BEGINNING));
  }
}
