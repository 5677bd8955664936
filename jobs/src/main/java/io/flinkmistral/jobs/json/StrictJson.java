package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.InvalidRequestException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/** Bytes to a JSON object, refusing whatever two parsers could read in two ways. */
final class StrictJson {
  /** Schemas of tools nest, but not as deep as this. */
  static final int MAX_DEPTH = 64;

  private static final int MAX_NAME = 1024;
  private static final char BYTE_ORDER_MARK = '\ufeff';

  private static final JsonMapper MAPPER = mapper().build();

  /** Numbers with all their digits. */
  private static final JsonMapper EXACT =
      mapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private StrictJson() {}

  private static JsonMapper.Builder mapper() {
    return JsonMapper.builder(
            factory(MAX_DEPTH).enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  /**
   * Of parsers whose work and memory a record bounds: names are not remembered from one record to
   * the next, as they would be by default, and hostile ones would fill the memory.
   */
  static JsonFactoryBuilder factory(int maxDepth) {
    return JsonFactory.builder()
        .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(maxDepth)
                .maxNameLength(MAX_NAME)
                .build());
  }

  /** The text without a byte order mark, which some clients write first. */
  static String withoutMark(String text) {
    return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
  }

  /**
   * @throws InvalidRequestException if the bytes are no UTF-8, no JSON, or JSON but no object; it
   *     says where
   */
  static JsonNode object(byte[] bytes) {
    return object(MAPPER, text(bytes));
  }

  /** The same of a {@link #text}, with numbers as they stand there. */
  static JsonNode exactObject(String text) {
    return object(EXACT, text);
  }

  private static JsonNode object(JsonMapper mapper, String text) {
    JsonNode node = tree(mapper, text);
    if (!node.isObject()) {
      throw new InvalidRequestException(
          "", "the record must be a JSON object, but is " + Fields.kind(node));
    }
    return node;
  }

  private static JsonNode tree(JsonMapper mapper, String text) {
    try {
      return mapper.readTree(text);
    } catch (JacksonException e) {
      throw new InvalidRequestException("", "the record is no JSON: " + describe(e));
    }
  }

  private static String describe(JacksonException e) {
    TokenStreamLocation at = e.getLocation();
    String message = e.getOriginalMessage().lines().findFirst().orElse("").strip();
    return at == null
        ? message
        : "%s (line %d, column %d)".formatted(message, at.getLineNr(), at.getColumnNr());
  }

  /**
   * @throws InvalidRequestException if the bytes are no UTF-8; it says where
   */
  static String text(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      return withoutMark(StandardCharsets.UTF_8.newDecoder().decode(in).toString());
    } catch (CharacterCodingException e) {
      // The decoder leaves the buffer's position at the first byte that it could not take.
      int at = in.position();
      throw new InvalidRequestException(
          "",
          "the record is no UTF-8: byte 0x%02x at offset %d of %d"
              .formatted(bytes[at], at, bytes.length));
    }
  }
}
