package io.flinkmistral.tokenizer.sentencepiece;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The pieces that steer models with the templates v2 and v3, and their ids. */
final class InstructPieces {
  static final int FIRST = 3;
  static final int LAST = 9;

  /** Their texts, from id {@link #FIRST} on. */
  private static final List<String> TEXTS =
      List.of(
          "[INST]",
          "[/INST]",
          "[TOOL_CALLS]",
          "[AVAILABLE_TOOLS]",
          "[/AVAILABLE_TOOLS]",
          "[TOOL_RESULTS]",
          "[/TOOL_RESULTS]");

  /** Text to id. */
  static final Map<String, Integer> IDS = ids();

  private InstructPieces() {}

  /** Whether they stand at their ids, whatever their types: converters write several. */
  static boolean standIn(SentencePieceVocabulary vocabulary) {
    return vocabulary.size() > LAST && vocabulary.pieces().subList(FIRST, LAST + 1).equals(TEXTS);
  }

  /**
   * Whether the rest is as in the v2 vocabulary: what v3 calls {@code [IMG]} has no name there.
   * Mistral 7B v0.3 was published with it, too.
   */
  static boolean areThoseOfV2(SentencePieceVocabulary vocabulary) {
    return standIn(vocabulary)
        && vocabulary.size() > LAST + 1
        && vocabulary.pieces().get(LAST + 1).equals("[control_8]");
  }

  private static Map<String, Integer> ids() {
    Map<String, Integer> ids = new HashMap<>();
    for (int i = 0; i < TEXTS.size(); i++) {
      ids.put(TEXTS.get(i), FIRST + i);
    }
    return Map.copyOf(ids);
  }
}
