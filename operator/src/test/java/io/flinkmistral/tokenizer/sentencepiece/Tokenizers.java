package io.flinkmistral.tokenizer.sentencepiece;

import io.flinkmistral.tokenizer.PieceType;
import java.util.ArrayList;
import java.util.List;

/** Tokenizers for tests: Mistral's, and small ones whose merges can be followed by hand. */
public final class Tokenizers {
  public static final SentencePieceTokenizer V1 = new SentencePieceTokenizer(Vocabularies.V1);
  public static final SentencePieceTokenizer V3 = new SentencePieceTokenizer(Vocabularies.V3);

  private Tokenizers() {}

  public static SentencePieceTokenizer of(String version) {
    return version.equals("v1") ? V1 : V3;
  }

  /** A piece of a small vocabulary. */
  record Piece(String text, float score, PieceType type) {
    static Piece normal(String text, float score) {
      return new Piece(text, score, PieceType.NORMAL);
    }
  }

  /** The pieces given, from id 3 on, without byte pieces and without a dummy prefix. */
  static SentencePieceTokenizer small(Piece... pieces) {
    return new SentencePieceTokenizer(vocabulary(false, pieces));
  }

  static SentencePieceVocabulary vocabulary(boolean addDummyPrefix, Piece... pieces) {
    List<Piece> all = new ArrayList<>();
    all.add(new Piece("<unk>", 0, PieceType.UNKNOWN));
    all.add(new Piece("<s>", 0, PieceType.CONTROL));
    all.add(new Piece("</s>", 0, PieceType.CONTROL));
    all.addAll(List.of(pieces));
    float[] scores = new float[all.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = all.get(i).score();
    }
    return new SentencePieceVocabulary(
        all.stream().map(Piece::text).toList(),
        scores,
        all.stream().map(Piece::type).toList(),
        1,
        2,
        0,
        addDummyPrefix);
  }
}
