package io.flinkmistral.constraint.schema.shape;

import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Of values. Integers are numbers. */
public enum JsonType {
  NULL,
  BOOLEAN,
  NUMBER,
  STRING,
  ARRAY,
  OBJECT;

  public static JsonType of(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL -> NULL;
      case BOOLEAN -> BOOLEAN;
      case NUMBER -> NUMBER;
      case STRING -> STRING;
      case ARRAY -> ARRAY;
      case OBJECT -> OBJECT;
      case BINARY, MISSING, POJO -> throw new IllegalArgumentException("no JSON value: " + value);
    };
  }

  /** As a schema spells it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Each value of the type. */
  Shape all() {
    return switch (this) {
      case NULL, BOOLEAN -> new Shape.Plain(this);
      case NUMBER -> Shape.Numbers.ALL;
      case STRING -> Shape.Strings.ALL;
      case ARRAY -> Shape.Arrays.ALL;
      case OBJECT -> Shape.Objects.ALL;
    };
  }
}
