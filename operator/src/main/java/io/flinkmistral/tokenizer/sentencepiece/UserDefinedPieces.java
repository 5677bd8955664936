package io.flinkmistral.tokenizer.sentencepiece;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.bpe.PieceTable;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The pieces that are matched verbatim in a text, longest first, before any merging, and that are
 * never merged further.
 *
 * <p>They are those of the type USER_DEFINED. GGUF converters lose that type and write NORMAL, so
 * where a vocabulary has none, they are the NORMAL pieces that no merging can reach, because they
 * do not fall into two pieces that can be reached themselves: BPE training makes no such piece.
 * That is how {@code [REFERENCE_DOC_7]} of Mistral's v3 vocabulary is recognised.
 */
final class UserDefinedPieces {
  /** By their texts as texts are spelt when they are encoded: with U+2581 for a space. */
  private final PieceTable table;

  private final BitSet firstChars = new BitSet();

  /** The lengths that occur, in descending order. */
  private final int[] lengths;

  UserDefinedPieces(SentencePieceVocabulary vocabulary) {
    List<String> pieces =
        vocabulary.pieces().stream()
            .map(piece -> piece.replace(' ', SentencePieceTokenizer.SPACE))
            .toList();
    BitSet ids = find(vocabulary);
    table = new PieceTable(pieces, ids::get);
    ids.stream().forEach(id -> firstChars.set(pieces.get(id).charAt(0)));
    lengths =
        ids.stream().map(id -> -pieces.get(id).length()).sorted().distinct().map(n -> -n).toArray();
  }

  /** The length of the longest of these pieces that stands in the text at {@code from}, or 0. */
  int longestMatch(char[] text, int from) {
    if (!firstChars.get(text[from])) {
      return 0;
    }
    for (int length : lengths) {
      if (length <= text.length - from
          && table.find(text, from, from + length) != PieceTable.NONE) {
        return length;
      }
    }
    return 0;
  }

  /** The id of the piece that is {@code text[from, to)}. */
  int find(char[] text, int from, int to) {
    return table.find(text, from, to);
  }

  private static BitSet find(SentencePieceVocabulary vocabulary) {
    BitSet declared = ofType(PieceType.USER_DEFINED, vocabulary);
    return declared.isEmpty() ? unreachable(vocabulary) : declared;
  }

  private static BitSet unreachable(SentencePieceVocabulary vocabulary) {
    List<String> pieces = vocabulary.pieces();
    BitSet normal = ofType(PieceType.NORMAL, vocabulary);
    PieceTable merged = new PieceTable(pieces, id -> isMerged(vocabulary.types().get(id)));
    BitSet reached = new BitSet();
    List<Integer> shortestFirst =
        IntStream.range(0, pieces.size())
            .filter(id -> isMerged(vocabulary.types().get(id)))
            .boxed()
            .sorted(Comparator.comparingInt(id -> pieces.get(id).length()))
            .toList();
    for (int id : shortestFirst) {
      reached.set(id, isReached(pieces.get(id), merged, reached));
    }
    normal.andNot(reached);
    return normal;
  }

  private static BitSet ofType(PieceType type, SentencePieceVocabulary vocabulary) {
    return IntStream.range(0, vocabulary.size())
        .filter(id -> vocabulary.types().get(id) == type && !vocabulary.pieces().get(id).isEmpty())
        .collect(BitSet::new, BitSet::set, BitSet::or);
  }

  private static boolean isMerged(PieceType type) {
    return type == PieceType.NORMAL || type == PieceType.UNUSED;
  }

  private static boolean isReached(String piece, PieceTable merged, BitSet reached) {
    char[] text = piece.toCharArray();
    if (isOneCodePoint(text, 0, text.length)) {
      return true;
    }
    for (int split = 1; split < text.length; split++) {
      if (isReached(text, 0, split, merged, reached)
          && isReached(text, split, text.length, merged, reached)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isReached(
      char[] text, int from, int to, PieceTable merged, BitSet reached) {
    if (isOneCodePoint(text, from, to)) {
      return true;
    }
    int id = merged.find(text, from, to);
    return id != PieceTable.NONE && reached.get(id);
  }

  private static boolean isOneCodePoint(char[] text, int from, int to) {
    return switch (to - from) {
      case 1 -> !Character.isSurrogate(text[from]);
      case 2 -> Character.isSurrogatePair(text[from], text[from + 1]);
      default -> false;
    };
  }
}
