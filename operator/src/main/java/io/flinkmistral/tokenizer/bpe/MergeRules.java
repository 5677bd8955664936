package io.flinkmistral.tokenizer.bpe;

/** What a vocabulary says about merging; the same for all texts. */
public interface MergeRules {
  /** The id of the piece that is {@code text[from, to)}, or {@link PieceTable#NONE}. */
  int find(char[] text, int from, int to);

  /** The smaller, the earlier the piece is merged; never negative. */
  int rank(int id);

  /** The length of the piece that is taken verbatim from the text at {@code from}, or 0. */
  default int verbatimLength(char[] text, int from) {
    return 0;
  }

  /** The id of such a piece. */
  default int verbatimId(char[] text, int from, int to) {
    return PieceTable.NONE;
  }

  /** Whether the piece may be merged through, but must not be in the result. */
  default boolean isUnused(int id) {
    return false;
  }
}
