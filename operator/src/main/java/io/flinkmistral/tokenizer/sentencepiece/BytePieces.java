package io.flinkmistral.tokenizer.sentencepiece;

import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.PieceType;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The pieces {@code <0x00>} to {@code <0xFF>}, which stand for one byte of UTF-8 each: what no
 * other piece covers is encoded with them.
 */
final class BytePieces {
  private static final int NONE = -1;

  private final int[] ids = new int[256];
  private final boolean complete;

  BytePieces(SentencePieceVocabulary vocabulary) {
    Arrays.fill(ids, NONE);
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.types().get(id) == PieceType.BYTE) {
        ids[valueOf(vocabulary.pieces().get(id), id)] = id;
      }
    }
    complete = Arrays.stream(ids).noneMatch(id -> id == NONE);
  }

  /** Whether there is a piece for every byte; SentencePiece falls back to all bytes or to none. */
  boolean complete() {
    return complete;
  }

  /** Adds the ids of the code point's UTF-8 bytes. */
  void encode(int codePoint, IdBuffer out) {
    if (codePoint < 0x80) {
      out.add(ids[codePoint]);
      return;
    }
    int trailing = codePoint < 0x800 ? 1 : codePoint < 0x10000 ? 2 : 3;
    int leadMark = 0xFF00 >> trailing + 1 & 0xFF;
    out.add(ids[leadMark | codePoint >> 6 * trailing]);
    for (int i = trailing - 1; i >= 0; i--) {
      out.add(ids[0x80 | codePoint >> 6 * i & 0x3F]);
    }
  }

  /**
   * The byte that a piece stands for.
   *
   * @throws IllegalArgumentException where the text is not that of a byte piece
   */
  static int valueOf(String piece, int id) {
    if (piece.length() == 6 && piece.startsWith("<0x") && piece.endsWith(">")) {
      char high = piece.charAt(3);
      char low = piece.charAt(4);
      if (HexFormat.isHexDigit(high) && HexFormat.isHexDigit(low)) {
        return HexFormat.fromHexDigit(high) << 4 | HexFormat.fromHexDigit(low);
      }
    }
    throw new IllegalArgumentException(
        "piece %d has the type BYTE, so its text must be like <0x0A>, but it is '%s'"
            .formatted(id, piece));
  }
}
