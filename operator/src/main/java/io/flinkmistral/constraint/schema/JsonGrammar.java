package io.flinkmistral.constraint.schema;

import io.flinkmistral.constraint.Grammar;

/** Compact JSON without a schema. Strings and nesting have no bound, and names can repeat. */
public final class JsonGrammar {
  private JsonGrammar() {}

  /**
   * One object, as {@code json_object} asks for.
   *
   * @param parameter the request's field, for messages
   */
  public static Grammar anyObject(String parameter) {
    return JsonSchemas.grammar("{\"type\": \"object\"}", parameter);
  }
}
