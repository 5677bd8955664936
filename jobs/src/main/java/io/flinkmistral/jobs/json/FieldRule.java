package io.flinkmistral.jobs.json;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** What becomes of a field of a request, or of an object inside. */
sealed interface FieldRule {
  String name();

  /** It is read. */
  record Read(String name) implements FieldRule {}

  /**
   * It is taken, whatever its value, if it is of the right type.
   *
   * @param kind the type
   * @param reason why an answer without it is the same
   */
  record WithoutEffect(String name, JsonKind kind, String reason) implements FieldRule {}

  /**
   * It asks for what there is not, and is refused, but for values that ask for nothing.
   *
   * @param taken the values that ask for nothing; {@code null} always does
   * @param advice what there is instead
   */
  record Unsupported(String name, List<Neutral> taken, String advice) implements FieldRule {
    public Unsupported {
      taken = List.copyOf(taken);
    }

    boolean takes(JsonNode value, Fields beside) {
      return taken.stream().anyMatch(neutral -> neutral.matches(value, beside));
    }
  }

  /**
   * A value that asks for nothing.
   *
   * @param without it does so only where this field is absent or empty; empty for always
   */
  record Neutral(JsonNode value, String without) {
    boolean matches(JsonNode given, Fields beside) {
      boolean equal =
          value.isNumber() && given.isNumber()
              ? value.doubleValue() == given.numberValue().doubleValue()
              : value.equals(given);
      return equal && beside.node(without).map(JsonNode::isEmpty).orElse(true);
    }
  }
}
