package io.flinkmistral.constraint.schema;

import io.flinkmistral.constraint.Grammar;

/** Compact JSON without a schema. Strings and nesting have no bound, and names can repeat. */
public final class JsonGrammar {
  private JsonGrammar() {}

  /** One object, as {@code json_object} asks for. */
  public static Grammar anyObject() {
    return JsonSchemas.grammar("{\"type\": \"object\"}", "response_format");
  }

  /** A value of any type. */
  public static Grammar anyValue() {
    return JsonSchemas.grammar("true", "response_format");
  }
}
