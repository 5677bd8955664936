package io.flinkmistral.template;

import io.flinkmistral.tokenizer.Vocabulary;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The pieces that the templates from v2 on are put together from.
 *
 * @param ids text to id
 */
record ControlPieces(Map<String, Integer> ids) {
  static final String BEGIN_INSTRUCTION = "[INST]";
  static final String END_INSTRUCTION = "[/INST]";
  static final String TOOL_CALLS = "[TOOL_CALLS]";
  static final String BEGIN_TOOLS = "[AVAILABLE_TOOLS]";
  static final String END_TOOLS = "[/AVAILABLE_TOOLS]";
  static final String BEGIN_RESULT = "[TOOL_RESULTS]";
  static final String END_RESULT = "[/TOOL_RESULTS]";
  static final String BEGIN_SYSTEM = "[SYSTEM_PROMPT]";
  static final String END_SYSTEM = "[/SYSTEM_PROMPT]";
  static final String TOOL_CONTENT = "[TOOL_CONTENT]";

  /** Those of v2 and v3. */
  static final List<String> V3 =
      List.of(
          BEGIN_INSTRUCTION,
          END_INSTRUCTION,
          TOOL_CALLS,
          BEGIN_TOOLS,
          END_TOOLS,
          BEGIN_RESULT,
          END_RESULT);

  /** What v7 has beside them. */
  static final List<String> NEW_IN_V7 = List.of(BEGIN_SYSTEM, END_SYSTEM, TOOL_CONTENT);

  static final List<String> V7 = Stream.of(V3, NEW_IN_V7).flatMap(List::stream).toList();

  /** Whether the vocabulary has all of these pieces. */
  static boolean areIn(Vocabulary vocabulary, List<String> texts) {
    return vocabulary.controls().keySet().containsAll(texts);
  }

  /**
   * The pieces of the vocabulary.
   *
   * @param name of the template that needs the pieces of these texts
   * @throws IllegalArgumentException where it does not have them, and so the template cannot be
   *     used
   */
  static ControlPieces require(String name, List<String> texts, Vocabulary vocabulary) {
    if (!areIn(vocabulary, texts)) {
      throw new IllegalArgumentException(
          "template %s needs the control pieces %s, each at its id, which the model's vocabulary"
                  .formatted(name, texts)
              + " does not have: use template "
              + vocabulary.templateVersion());
    }
    return new ControlPieces(vocabulary.controls());
  }

  /** The id that stands before calls of tools, where there is one. */
  static OptionalInt toolCalls(Vocabulary vocabulary) {
    Integer id = vocabulary.controls().get(TOOL_CALLS);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  int id(String text) {
    return ids.get(text);
  }
}
