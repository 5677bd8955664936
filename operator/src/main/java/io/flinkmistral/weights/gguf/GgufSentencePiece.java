package io.flinkmistral.weights.gguf;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.vocabulary.VocabularyChecks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A SentencePiece tokenizer that a GGUF file holds in its metadata. */
final class GgufSentencePiece {
  private static final String SCORES = "tokenizer.ggml.scores";

  private final GgufMetadata metadata;
  private final GgufPieces source;

  private GgufSentencePiece(GgufMetadata metadata, GgufPieces source) {
    this.metadata = metadata;
    this.source = source;
  }

  static SentencePieceVocabulary read(GgufFile gguf, GgufPieces source)
      throws MalformedModelException {
    SentencePieceVocabulary vocabulary =
        new GgufSentencePiece(gguf.metadata(), source).vocabulary();
    return VocabularyChecks.checked(vocabulary, gguf.file(), source.offset());
  }

  private SentencePieceVocabulary vocabulary() throws MalformedModelException {
    List<String> pieces = source.texts();
    float[] scores = scores();
    Optional<List<PieceType>> types = source.types();
    return new SentencePieceVocabulary(
        pieces,
        scores,
        types.isPresent() ? types.get() : typesByText(pieces),
        source.id("bos", 1),
        source.id("eos", 2),
        source.id("unknown", 0),
        metadata.flagOr("tokenizer.ggml.add_space_prefix", true),
        metadata.flag("tokenizer.ggml.remove_extra_whitespaces"));
  }

  /** Absent: all are equal, and so the leftmost of two pairs is merged first. */
  private float[] scores() throws MalformedModelException {
    float[] scores = new float[source.size()];
    Optional<double[]> numbers = metadata.numbers(SCORES, scores.length, "pieces");
    for (int i = 0; numbers.isPresent() && i < scores.length; i++) {
      scores[i] = (float) numbers.get()[i];
    }
    return scores;
  }

  /** Types where the file has none. */
  private List<PieceType> typesByText(List<String> pieces) throws MalformedModelException {
    List<PieceType> types = new ArrayList<>(pieces.size());
    for (String piece : pieces) {
      types.add(VocabularyChecks.isByte(piece) ? PieceType.BYTE : PieceType.NORMAL);
    }
    types.set(source.id("unknown", 0), PieceType.UNKNOWN);
    types.set(source.id("bos", 1), PieceType.CONTROL);
    types.set(source.id("eos", 2), PieceType.CONTROL);
    return types;
  }
}
