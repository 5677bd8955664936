package io.flinkmistral.weights.vocabulary;

import io.flinkmistral.tokenizer.PieceType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * SentencePiece's scores from a list of merges, which was made by sorting by score: the piece that
 * is merged first has the highest.
 *
 * <p>In Mistral's own models a piece's score is its id's distance from the first piece, negated,
 * and pieces of U+2581 alone have -1e9, so that they merge last and from the left. Where the merges
 * agree with that, those are the scores, and the vocabulary equals that of {@code tokenizer.model}.
 * Elsewhere the score is the rank of the first merge that makes the piece, negated.
 */
final class MergeScores {
  private static final float LAST = -1e9f;

  private MergeScores() {}

  /**
   * @param merged what each merge makes, in order
   */
  static float[] of(List<String> pieces, List<PieceType> types, List<String> merged) {
    Map<String, Integer> ranks = new HashMap<>();
    for (int rank = 0; rank < merged.size(); rank++) {
      ranks.putIfAbsent(merged.get(rank), rank);
    }
    boolean spacesLast = spacesAreLast(ranks);
    boolean byId = idsFollowRanks(pieces, types, ranks, spacesLast);
    int first = types.indexOf(PieceType.NORMAL);
    float[] scores = new float[pieces.size()];
    for (int id = 0; id < scores.length; id++) {
      if (types.get(id) == PieceType.NORMAL) {
        int rank = ranks.getOrDefault(pieces.get(id), merged.size());
        boolean last = spacesLast && isSpaces(pieces.get(id));
        scores[id] = last ? LAST : byId ? -(id - first) : -rank;
      }
    }
    return scores;
  }

  private static boolean spacesAreLast(Map<String, Integer> ranks) {
    int lowestOfSpaces = Integer.MAX_VALUE;
    int highestOfOthers = -1;
    for (Map.Entry<String, Integer> entry : ranks.entrySet()) {
      if (isSpaces(entry.getKey())) {
        lowestOfSpaces = Math.min(lowestOfSpaces, entry.getValue());
      } else {
        highestOfOthers = Math.max(highestOfOthers, entry.getValue());
      }
    }
    return lowestOfSpaces > highestOfOthers;
  }

  private static boolean idsFollowRanks(
      List<String> pieces, List<PieceType> types, Map<String, Integer> ranks, boolean spacesLast) {
    int before = -1;
    for (int id = 0; id < pieces.size(); id++) {
      Integer rank = ranks.get(pieces.get(id));
      boolean counts = types.get(id) == PieceType.NORMAL && rank != null;
      if (counts && !(spacesLast && isSpaces(pieces.get(id)))) {
        if (rank < before) {
          return false;
        }
        before = rank;
      }
    }
    return true;
  }

  private static boolean isSpaces(String piece) {
    return piece.chars().allMatch(c -> c == '\u2581');
  }
}
