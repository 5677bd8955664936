package io.flinkmistral.weights.source;

import io.flinkmistral.weights.MalformedModelException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The fields of a JSON object that a file holds, each with the byte at which it stands. */
public final class JsonFields implements ConfigFields {
  /** Longer than the longest that is in use, a tokenizer of 131,072 pieces. */
  static final int MAX_BYTES = 1 << 25;

  /** Far more than a configuration has. */
  private static final int MAX_FIELDS = 1 << 12;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxNumberLength(64)
                          .maxNameLength(1 << 12)
                          .maxStringLength(1 << 20)
                          .maxTokenCount(1L << 22)
                          .maxDocumentLength(MAX_BYTES)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  // Interned names would outlive the file.
                  .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
                  .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
                  // Python writes them; where a number is used, its range is checked.
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                  .build())
          .build();

  private record Field(long offset, JsonNode value) {}

  private final MappedFile file;
  private final Map<String, Field> fields = new LinkedHashMap<>();

  private JsonFields(MappedFile file) {
    this.file = file;
  }

  /** Reads a file that is one object. */
  public static JsonFields read(MappedFile file) throws MalformedModelException {
    return read(file, 0, file.size(), MAX_FIELDS);
  }

  /** Reads the object of at most {@code maxFields} that {@code length} bytes of a file are. */
  public static JsonFields read(MappedFile file, long offset, long length, int maxFields)
      throws MalformedModelException {
    if (length > MAX_BYTES) {
      throw file.malformed(
          offset,
          "%d bytes of JSON are more than the %d that are read".formatted(length, MAX_BYTES));
    }
    JsonFields result = new JsonFields(file);
    try (JsonParser parser = MAPPER.createParser(file.bytes(offset, (int) length))) {
      result.readObject(parser, offset, maxFields);
    } catch (JacksonException e) {
      throw file.malformed(
          offset + byteOffset(e.getLocation()), "no JSON: " + e.getOriginalMessage());
    }
    return result;
  }

  private void readObject(JsonParser parser, long base, int maxFields)
      throws MalformedModelException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw file.malformed(base, "must be a JSON object");
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      long at = base + byteOffset(parser.currentTokenLocation());
      if (fields.size() == maxFields) {
        throw file.malformed(at, "the object has more than %d fields".formatted(maxFields));
      }
      String name = parser.currentName();
      parser.nextToken();
      fields.put(name, new Field(at, parser.readValueAsTree()));
    }
    if (parser.nextToken() != null) {
      throw file.malformed(
          base + byteOffset(parser.currentTokenLocation()), "more follows after the JSON object");
    }
  }

  private static long byteOffset(TokenStreamLocation location) {
    return location == null ? 0 : Math.max(0, location.getByteOffset());
  }

  public Set<String> names() {
    return fields.keySet();
  }

  /** Where a field stands in the file. */
  public long offset(String key) {
    Field field = fields.get(key);
    return field == null ? 0 : field.offset();
  }

  /** Empty where the key is absent or null. */
  public Optional<JsonNode> value(String key) {
    Field field = fields.get(key);
    return field == null || field.value().isNull() ? Optional.empty() : Optional.of(field.value());
  }

  @Override
  public boolean has(String key) {
    return fields.containsKey(key);
  }

  @Override
  public OptionalLong integer(String key) throws MalformedModelException {
    Optional<JsonNode> value = value(key);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    if (!value.get().isIntegralNumber() || !value.get().canConvertToLong()) {
      throw wrong(key, "must be an integer, but is " + value.get());
    }
    return OptionalLong.of(value.get().longValue());
  }

  @Override
  public OptionalDouble number(String key) throws MalformedModelException {
    Optional<JsonNode> value = value(key);
    return value.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(number(key, value.get()));
  }

  /** A number at or below {@code key}. */
  public double number(String key, JsonNode value) throws MalformedModelException {
    if (!value.isNumber()) {
      throw wrong(key, "must be a number, but is " + value);
    }
    return value.asDouble(Double.NaN);
  }

  @Override
  public Optional<String> text(String key) throws MalformedModelException {
    Optional<JsonNode> value = value(key);
    if (value.isPresent() && !value.get().isString()) {
      throw wrong(key, "must be a string, but is " + value.get());
    }
    return value.map(JsonNode::stringValue);
  }

  @Override
  public boolean flag(String key) throws MalformedModelException {
    Optional<JsonNode> value = value(key);
    if (value.isPresent() && !value.get().isBoolean()) {
      throw wrong(key, "must be true or false, but is " + value.get());
    }
    return value.isPresent() && value.get().booleanValue();
  }

  @Override
  public MalformedModelException wrong(String key, String reason) {
    return file.malformed(offset(key), key + " " + reason);
  }
}
