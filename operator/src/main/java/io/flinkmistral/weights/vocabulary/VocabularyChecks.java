package io.flinkmistral.weights.vocabulary;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.MappedFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** What must hold for the pieces of a model, whichever file they came from. */
public final class VocabularyChecks {
  /** Eight times the largest vocabulary in use. */
  public static final int MAX_PIECES = 1 << 20;

  /**
   * Eight times the longest piece in use; how a piece falls apart takes the square of its length.
   */
  public static final int MAX_PIECE_BYTES = 512;

  /**
   * A thousand times that of the largest vocabulary in use: how all pieces fall apart takes the sum
   * of the squares of their lengths.
   */
  private static final long MAX_SQUARES = 1L << 32;

  private static final Pattern BYTE_PIECE = Pattern.compile("<0x[0-9A-F]{2}>");

  private VocabularyChecks() {}

  /** Checks pieces one by one and the ids that have a meaning. */
  public static SentencePieceVocabulary checked(
      SentencePieceVocabulary vocabulary, MappedFile file, long offset)
      throws MalformedModelException {
    long squares = 0;
    for (int id = 0; id < vocabulary.size(); id++) {
      String piece = vocabulary.pieces().get(id);
      squares += (long) piece.length() * piece.length();
      if (piece.length() > MAX_PIECE_BYTES) {
        throw file.malformed(
            offset,
            "piece %d has %d characters; it must have at most %d"
                .formatted(id, piece.length(), MAX_PIECE_BYTES));
      }
      if (vocabulary.types().get(id) == PieceType.BYTE && !isByte(piece)) {
        throw file.malformed(offset, "piece %d is a byte, but its text is %s".formatted(id, piece));
      }
      if (isMerged(vocabulary.types().get(id)) && !Float.isFinite(vocabulary.scores()[id])) {
        throw file.malformed(
            offset, "piece %d has the score %s".formatted(id, vocabulary.scores()[id]));
      }
    }
    if (squares > MAX_SQUARES) {
      throw file.malformed(
          offset,
          "the %d pieces are too long: the squares of their lengths make %d, more than %d"
              .formatted(vocabulary.size(), squares, MAX_SQUARES));
    }
    checkId("BOS", vocabulary.bosId(), vocabulary.size(), file, offset);
    checkId("EOS", vocabulary.eosId(), vocabulary.size(), file, offset);
    checkId("the unknown piece", vocabulary.unknownId(), vocabulary.size(), file, offset);
    return vocabulary;
  }

  /** Whether a piece's score is used. */
  private static boolean isMerged(PieceType type) {
    return switch (type) {
      case NORMAL, USER_DEFINED, UNUSED -> true;
      case UNKNOWN, CONTROL, BYTE -> false;
    };
  }

  /** Whether a piece's text is that of a byte, such as {@code <0x0A>}. */
  public static boolean isByte(String piece) {
    return BYTE_PIECE.matcher(piece).matches();
  }

  private static void checkId(String what, int id, int size, MappedFile file, long offset)
      throws MalformedModelException {
    if (id < 0 || id >= size) {
      throw file.malformed(
          offset, "the id of %s is %d, but there are %d pieces".formatted(what, id, size));
    }
  }

  /**
   * The vocabulary with as many pieces as the embedding has rows, as transformers uses the two
   * together: rows without a piece mean nothing, and pieces that were added to a tokenizer but not
   * to the model are left out.
   */
  public static SentencePieceVocabulary fitted(
      int rows, SentencePieceVocabulary vocabulary, MappedFile file, LoadListener listener)
      throws MalformedModelException {
    int size = vocabulary.size();
    if (size == rows) {
      return vocabulary;
    }
    for (int id = rows; id < size; id++) {
      PieceType type = vocabulary.types().get(id);
      if (type != PieceType.CONTROL && type != PieceType.USER_DEFINED
          || id == vocabulary.bosId()
          || id == vocabulary.eosId()
          || id == vocabulary.unknownId()) {
        sizeMustBe(rows, vocabulary, file);
      }
    }
    listener.warning(
        size < rows
            ? "the tokenizer has %d pieces for the embedding's %d rows: those beyond have no text"
                .formatted(size, rows)
            : "the tokenizer has %d pieces, but the embedding %d rows: the pieces beyond are not used"
                .formatted(size, rows));
    List<String> pieces = new ArrayList<>(vocabulary.pieces().subList(0, Math.min(size, rows)));
    List<PieceType> types = new ArrayList<>(vocabulary.types().subList(0, Math.min(size, rows)));
    for (int id = size; id < rows; id++) {
      pieces.add("[PAD%d]".formatted(id));
      types.add(PieceType.CONTROL); // No text becomes one, and none has a text.
    }
    return vocabulary.withPieces(pieces, Arrays.copyOf(vocabulary.scores(), rows), types);
  }

  /** A tokenizer of another size belongs to another model. */
  public static void sizeMustBe(int rows, Vocabulary vocabulary, MappedFile file)
      throws MalformedModelException {
    if (vocabulary.size() != rows) {
      throw file.malformed(
          0,
          "the tokenizer has %d pieces, but the model's embedding has %d rows"
              .formatted(vocabulary.size(), rows));
    }
  }
}
