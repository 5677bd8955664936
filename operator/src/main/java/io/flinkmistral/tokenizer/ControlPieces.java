package io.flinkmistral.tokenizer;

import java.util.List;

/** The pieces that steer models with the templates v2 and v3, and their ids. */
final class ControlPieces {
  static final int BEGIN_INSTRUCTION = 3;
  static final int END_INSTRUCTION = 4;
  static final int TOOL_CALLS = 5;
  static final int BEGIN_TOOLS = 6;
  static final int END_TOOLS = 7;
  static final int BEGIN_RESULT = 8;
  static final int END_RESULT = 9;

  /** Their texts, from id {@link #BEGIN_INSTRUCTION} on. */
  private static final List<String> TEXTS =
      List.of(
          "[INST]",
          "[/INST]",
          "[TOOL_CALLS]",
          "[AVAILABLE_TOOLS]",
          "[/AVAILABLE_TOOLS]",
          "[TOOL_RESULTS]",
          "[/TOOL_RESULTS]");

  private ControlPieces() {}

  /** Whether they stand at their ids, whatever their types: converters write several. */
  static boolean standIn(Vocabulary vocabulary) {
    return vocabulary.size() > END_RESULT
        && vocabulary.pieces().subList(BEGIN_INSTRUCTION, END_RESULT + 1).equals(TEXTS);
  }

  /**
   * Whether the rest is as in the v2 vocabulary: what v3 calls {@code [IMG]} has no name there.
   * Mistral 7B v0.3 was published with it, too.
   */
  static boolean areThoseOfV2(Vocabulary vocabulary) {
    return standIn(vocabulary)
        && vocabulary.size() > END_RESULT + 1
        && vocabulary.pieces().get(END_RESULT + 1).equals("[control_8]");
  }

  /**
   * @throws IllegalArgumentException where they do not, and so template {@code name} cannot be used
   */
  static void require(String name, Vocabulary vocabulary) {
    if (!standIn(vocabulary)) {
      throw new IllegalArgumentException(
          "template %s needs the control pieces %s at the ids from %d on, which the model's vocabulary"
                  .formatted(name, TEXTS, BEGIN_INSTRUCTION)
              + " does not have: use template v1");
    }
  }
}
