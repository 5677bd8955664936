package io.flinkmistral.template;

import io.flinkmistral.tokenizer.Vocabulary;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The ids of the pieces that the templates from v2 on are put together from. */
record ControlPieces(
    int beginInstruction,
    int endInstruction,
    int toolCalls,
    int beginTools,
    int endTools,
    int beginResult,
    int endResult) {
  private static final List<String> TEXTS =
      List.of(
          "[INST]",
          "[/INST]",
          "[TOOL_CALLS]",
          "[AVAILABLE_TOOLS]",
          "[/AVAILABLE_TOOLS]",
          "[TOOL_RESULTS]",
          "[/TOOL_RESULTS]");

  /** Whether the vocabulary has all of them. */
  static boolean areIn(Vocabulary vocabulary) {
    return vocabulary.controls().keySet().containsAll(TEXTS);
  }

  /**
   * The pieces of the vocabulary.
   *
   * @param name of the template that needs them
   * @throws IllegalArgumentException where it does not have them, and so the template cannot be
   *     used
   */
  static ControlPieces require(String name, Vocabulary vocabulary) {
    if (!areIn(vocabulary)) {
      throw new IllegalArgumentException(
          "template %s needs the control pieces %s, each at its id, which the model's vocabulary"
                  .formatted(name, TEXTS)
              + " does not have: use template v1");
    }
    Map<String, Integer> ids = vocabulary.controls();
    return new ControlPieces(
        ids.get("[INST]"),
        ids.get("[/INST]"),
        ids.get("[TOOL_CALLS]"),
        ids.get("[AVAILABLE_TOOLS]"),
        ids.get("[/AVAILABLE_TOOLS]"),
        ids.get("[TOOL_RESULTS]"),
        ids.get("[/TOOL_RESULTS]"));
  }

  /** The id that stands before calls of tools, where there is one. */
  static OptionalInt toolCalls(Vocabulary vocabulary) {
    Integer id = vocabulary.controls().get("[TOOL_CALLS]");
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }
}
