package io.flinkmistral.weights.gguf;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.ByteCursor;
import io.flinkmistral.weights.vocabulary.VocabularyChecks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a GGUF file says of a tokenizer's pieces, of whatever kind it is. */
final class GgufPieces {
  static final String TYPES = "tokenizer.ggml.token_type";

  /** What errors call a piece. */
  private record Piece(int id) {
    @Override
    public String toString() {
      return "piece " + id;
    }
  }

  private final GgufMetadata metadata;
  private final GgufMetadata.Value tokens;

  /**
   * @param tokens strings, at most {@link VocabularyChecks#MAX_PIECES}
   */
  GgufPieces(GgufMetadata metadata, GgufMetadata.Value tokens) {
    this.metadata = metadata;
    this.tokens = tokens;
  }

  int size() {
    return (int) tokens.count();
  }

  /** Where the pieces stand in the file. */
  long offset() {
    return tokens.offset();
  }

  List<String> texts() throws MalformedModelException {
    List<String> pieces = new ArrayList<>(size());
    ByteCursor cursor = metadata.cursor(tokens);
    for (int i = 0; i < size(); i++) {
      pieces.add(cursor.string(new Piece(i), VocabularyChecks.MAX_PIECE_BYTES));
    }
    return pieces;
  }

  /** Empty where the file has none. */
  Optional<List<PieceType>> types() throws MalformedModelException {
    Optional<double[]> codes = metadata.numbers(TYPES, size(), "pieces");
    if (codes.isEmpty()) {
      return Optional.empty();
    }
    List<PieceType> types = new ArrayList<>(size());
    for (int i = 0; i < size(); i++) {
      double code = codes.get()[i];
      Optional<PieceType> type = PieceType.ofCode((int) code);
      if (type.isEmpty() || code != (int) code) {
        throw metadata.wrong(
            TYPES, "gives piece %d the type %s; there are 1 to 6".formatted(i, number(code)));
      }
      types.add(type.get());
    }
    return Optional.of(types);
  }

  /** The id of a piece with a meaning, such as {@code bos}. */
  int id(String name, int otherwise) throws MalformedModelException {
    String key = "tokenizer.ggml.%s_token_id".formatted(name);
    long id = metadata.integer(key).orElse(otherwise);
    if (id < 0 || id >= size()) {
      throw metadata.wrong(key, "is %d, but there are %d pieces".formatted(id, size()));
    }
    return (int) id;
  }

  private static String number(double code) {
    return code == (long) code ? Long.toString((long) code) : Double.toString(code);
  }
}
