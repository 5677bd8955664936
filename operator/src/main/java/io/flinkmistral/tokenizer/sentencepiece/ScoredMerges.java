package io.flinkmistral.tokenizer.sentencepiece;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.bpe.MergeRules;
import io.flinkmistral.tokenizer.bpe.PieceTable;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Pieces are merged by their scores, the highest first. */
final class ScoredMerges implements MergeRules {
  private final PieceTable table;
  private final UserDefinedPieces userDefined;
  private final List<PieceType> types;

  /** Piece id to its place in the order of merging; pieces of equal score have equal ranks. */
  private final int[] ranks;

  ScoredMerges(SentencePieceVocabulary vocabulary) {
    types = vocabulary.types();
    // CONTROL, UNKNOWN and BYTE pieces are missing here: text never becomes one of them by its
    // look.
    table =
        new PieceTable(
            vocabulary.pieces(),
            id ->
                switch (types.get(id)) {
                  case NORMAL, USER_DEFINED, UNUSED -> true;
                  case UNKNOWN, CONTROL, BYTE -> false;
                });
    userDefined = new UserDefinedPieces(vocabulary);
    ranks = ranks(vocabulary.scores());
  }

  @Override
  public int find(char[] text, int from, int to) {
    return table.find(text, from, to);
  }

  @Override
  public int verbatimLength(char[] text, int from) {
    return userDefined.longestMatch(text, from);
  }

  @Override
  public int verbatimId(char[] text, int from, int to) {
    return userDefined.find(text, from, to);
  }

  @Override
  public int rank(int id) {
    return ranks[id];
  }

  @Override
  public boolean isUnused(int id) {
    return types.get(id) == PieceType.UNUSED;
  }

  private static int[] ranks(float[] scores) {
    int[] ids =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble(id -> -order(scores[id])))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] ranks = new int[ids.length];
    for (int i = 1; i < ids.length; i++) {
      boolean same = Float.compare(order(scores[ids[i]]), order(scores[ids[i - 1]])) == 0;
      ranks[ids[i]] = same ? ranks[ids[i - 1]] : i;
    }
    return ranks;
  }

  /** The score, with one zero only: 0 and -0 are equal scores. */
  private static float order(float score) {
    return score + 0.0f;
  }
}
