package io.flinkmistral.weights;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The tokenizer that a GGUF file holds in its metadata. */
final class GgufVocabularyReader {
  private static final String MODEL = "tokenizer.ggml.model";
  private static final String TOKENS = "tokenizer.ggml.tokens";
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

  private GgufVocabularyReader(GgufMetadata metadata, int size) {
    this.metadata = metadata;
    this.size = size;
  }

  /** Empty where the file has no pieces. */
  static Optional<Vocabulary> read(GgufFile gguf) throws MalformedModelException {
    GgufMetadata metadata = gguf.metadata();
    Optional<GgufMetadata.Value> tokens = metadata.array(TOKENS, GgufType.STRING);
    if (tokens.isEmpty()) {
      return Optional.empty();
    }
    String model = metadata.text(MODEL).orElse("llama");
    if (!model.equals("llama")) {
      throw metadata.wrong(
          MODEL, "is %s, which is not supported; llama (SentencePiece) is".formatted(model));
    }
    long count = tokens.get().count();
    if (count > VocabularyChecks.MAX_PIECES) {
      throw metadata.wrong(
          TOKENS,
          "has %d pieces, more than the %d that are read"
              .formatted(count, VocabularyChecks.MAX_PIECES));
    }
    Vocabulary vocabulary = new GgufVocabularyReader(metadata, (int) count).vocabulary();
    return Optional.of(VocabularyChecks.checked(vocabulary, gguf.file(), tokens.get().offset()));
  }

  private Vocabulary vocabulary() throws MalformedModelException {
    return new Vocabulary(
        pieces(),
        scores(),
        types(),
        id("bos", 1),
        id("eos", 2),
        id("unknown", 0),
        metadata.flagOr("tokenizer.ggml.add_space_prefix", true));
  }

  private List<String> pieces() throws MalformedModelException {
    List<String> pieces = new ArrayList<>(size);
    ByteCursor cursor = elements(TOKENS, GgufType.STRING);
    for (int i = 0; i < size; i++) {
      pieces.add(cursor.string(new Piece(i), VocabularyChecks.MAX_PIECE_BYTES));
    }
    return pieces;
  }

  private float[] scores() throws MalformedModelException {
    float[] scores = new float[size];
    ByteCursor cursor = elements(SCORES, GgufType.FLOAT32);
    for (int i = 0; i < size; i++) {
      scores[i] = Float.intBitsToFloat(cursor.integer(SCORES));
    }
    return scores;
  }

  private List<PieceType> types() throws MalformedModelException {
    List<PieceType> types = new ArrayList<>(size);
    ByteCursor cursor = elements(TYPES, GgufType.INT32);
    for (int i = 0; i < size; i++) {
      long at = cursor.position();
      int code = cursor.integer(TYPES);
      Optional<PieceType> type = PieceType.ofCode(code);
      if (type.isEmpty()) {
        throw cursor.malformed(at, "piece %d has the type %d; there are 1 to 6".formatted(i, code));
      }
      types.add(type.get());
    }
    return types;
  }

  private ByteCursor elements(String key, GgufType type) throws MalformedModelException {
    Optional<GgufMetadata.Value> value = metadata.array(key, type);
    if (value.isEmpty()) {
      throw metadata.wrong(TOKENS, "has pieces, but %s is missing".formatted(key));
    }
    if (value.get().count() != size) {
      throw metadata.wrong(
          key, "has %d elements for %d pieces".formatted(value.get().count(), size));
    }
    return metadata.cursor(value.get());
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
