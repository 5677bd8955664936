package io.flinkmistral.tokenizer.tekken;

import io.flinkmistral.tokenizer.bpe.MergeRules;
import io.flinkmistral.tokenizer.bpe.PieceTable;

/** Pieces are merged by their ids, the lowest first. */
final class RankedMerges implements MergeRules {
  private final PieceTable table;

  RankedMerges(TekkenVocabulary vocabulary) {
    table = new PieceTable(vocabulary.pieces(), vocabulary::isMerged);
  }

  @Override
  public int find(char[] text, int from, int to) {
    return table.find(text, from, to);
  }

  @Override
  public int rank(int id) {
    return id;
  }
}
