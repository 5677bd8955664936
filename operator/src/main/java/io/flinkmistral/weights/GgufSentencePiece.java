package io.flinkmistral.weights;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A SentencePiece tokenizer that a GGUF file holds in its metadata. */
final class GgufSentencePiece {
  private static final String SCORES = "tokenizer.ggml.scores";
  private static final String TYPES = "tokenizer.ggml.token_type";

  /** What errors call a piece. */
  private record Piece(int id) {
    @Override
    public String toString() {
      return "piece " + id;
    }
  }

  private final GgufMetadata metadata;
  private final int size;

  private GgufSentencePiece(GgufMetadata metadata, int size) {
    this.metadata = metadata;
    this.size = size;
  }

  static SentencePieceVocabulary read(GgufFile gguf, GgufMetadata.Value tokens)
      throws MalformedModelException {
    SentencePieceVocabulary vocabulary =
        new GgufSentencePiece(gguf.metadata(), (int) tokens.count()).vocabulary();
    return VocabularyChecks.checked(vocabulary, gguf.file(), tokens.offset());
  }

  private SentencePieceVocabulary vocabulary() throws MalformedModelException {
    List<String> pieces = pieces();
    return new SentencePieceVocabulary(
        pieces,
        scores(),
        types(pieces),
        id("bos", 1),
        id("eos", 2),
        id("unknown", 0),
        metadata.flagOr("tokenizer.ggml.add_space_prefix", true),
        metadata.flag("tokenizer.ggml.remove_extra_whitespaces"));
  }

  private List<String> pieces() throws MalformedModelException {
    List<String> pieces = new ArrayList<>(size);
    ByteCursor cursor =
        metadata.cursor(metadata.array(GgufVocabularyReader.TOKENS, GgufType.STRING).orElseThrow());
    for (int i = 0; i < size; i++) {
      pieces.add(cursor.string(new Piece(i), VocabularyChecks.MAX_PIECE_BYTES));
    }
    return pieces;
  }

  /** Absent: all are equal, and so the leftmost of two pairs is merged first. */
  private float[] scores() throws MalformedModelException {
    float[] scores = new float[size];
    Optional<double[]> numbers = metadata.numbers(SCORES, size, "pieces");
    for (int i = 0; numbers.isPresent() && i < size; i++) {
      scores[i] = (float) numbers.get()[i];
    }
    return scores;
  }

  private List<PieceType> types(List<String> pieces) throws MalformedModelException {
    Optional<double[]> codes = metadata.numbers(TYPES, size, "pieces");
    if (codes.isEmpty()) {
      return typesByText(pieces);
    }
    List<PieceType> types = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      double code = codes.get()[i];
      Optional<PieceType> type = PieceType.ofCode((int) code);
      if (type.isEmpty() || code != (int) code) {
        throw metadata.wrong(
            TYPES, "gives piece %d the type %s; there are 1 to 6".formatted(i, number(code)));
      }
      types.add(type.get());
    }
    return types;
  }

  private static String number(double code) {
    return code == (long) code ? Long.toString((long) code) : Double.toString(code);
  }

  /** Types where the file has none. */
  private List<PieceType> typesByText(List<String> pieces) throws MalformedModelException {
    List<PieceType> types = new ArrayList<>(size);
    for (String piece : pieces) {
      types.add(VocabularyChecks.isByte(piece) ? PieceType.BYTE : PieceType.NORMAL);
    }
    types.set(id("unknown", 0), PieceType.UNKNOWN);
    types.set(id("bos", 1), PieceType.CONTROL);
    types.set(id("eos", 2), PieceType.CONTROL);
    return types;
  }

  private int id(String name, int otherwise) throws MalformedModelException {
    String key = "tokenizer.ggml.%s_token_id".formatted(name);
    long id = metadata.integer(key).orElse(otherwise);
    if (id < 0 || id >= size) {
      throw metadata.wrong(key, "is %d, but there are %d pieces".formatted(id, size));
    }
    return (int) id;
  }
}
