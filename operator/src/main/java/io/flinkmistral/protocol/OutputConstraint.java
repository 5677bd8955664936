package io.flinkmistral.protocol;

import java.util.List;

/** What the text of an answer must be. */
public sealed interface OutputConstraint {
  /** Any JSON object. */
  record JsonObject() implements OutputConstraint {}

  /**
   * JSON that a schema allows.
   *
   * @param schema as JSON text
   * @param inPrompt whether the model is shown it, too
   */
  record JsonSchema(String schema, boolean inPrompt) implements OutputConstraint {}

  /** One of some texts. */
  record Choice(List<String> texts) implements OutputConstraint {
    public Choice {
      texts = List.copyOf(texts);
    }
  }

  /** A text that a regular expression matches as a whole. */
  record Regex(String pattern) implements OutputConstraint {}

  /** A text of a grammar in GBNF, llama.cpp's notation. */
  record Gbnf(String grammar) implements OutputConstraint {}
}
