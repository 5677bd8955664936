package io.flinkmistral.tokenizer.sentencepiece;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.TokenStreamDecoder;

/** Decodes as SentencePiece does: U+2581 is a space, and one at the start is the dummy prefix. */
final class SentencePieceDecoder implements TokenStreamDecoder {
  /** SentencePiece's text for the unknown piece. */
  private static final String UNKNOWN_TEXT = " \u2047 ";

  private final SentencePieceVocabulary vocabulary;
  private final Utf8Assembler bytes = new Utf8Assembler();

  /** Whether the dummy prefix may still come. */
  private boolean atStart = true;

  SentencePieceDecoder(SentencePieceVocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  @Override
  public String accept(int id) {
    StringBuilder text = new StringBuilder();
    accept(id, text);
    return text.toString();
  }

  /** U+FFFD for each byte of an incomplete character. */
  @Override
  public String finish() {
    StringBuilder text = new StringBuilder();
    bytes.flush(text);
    return text.toString();
  }

  private void accept(int id, StringBuilder text) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new IllegalArgumentException(
          "token id %d is not in the vocabulary, which has the ids 0 to %d"
              .formatted(id, vocabulary.size() - 1));
    }
    String piece = vocabulary.pieces().get(id);
    PieceType type = vocabulary.types().get(id);
    if (type == PieceType.BYTE) {
      bytes.accept(BytePieces.valueOf(piece, id), text);
      atStart = false;
      return;
    }
    bytes.flush(text); // also before a control piece: bytes are not joined over it
    switch (type) {
      case CONTROL, BYTE -> {}
      case UNKNOWN -> append(UNKNOWN_TEXT, text);
      case NORMAL, USER_DEFINED, UNUSED -> append(piece, text);
    }
  }

  private void append(String piece, StringBuilder text) {
    int from = text.length();
    boolean dummyPrefix =
        atStart
            && (vocabulary.addDummyPrefix() || vocabulary.removeExtraSpaces())
            && !piece.isEmpty()
            && piece.charAt(0) == SentencePieceTokenizer.SPACE;
    text.append(piece, dummyPrefix ? 1 : 0, piece.length());
    // Where extra spaces are taken out of texts, all that an answer starts with go.
    atStart &= vocabulary.removeExtraSpaces() ? text.length() == from : piece.isEmpty();
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) == SentencePieceTokenizer.SPACE) {
        text.setCharAt(i, ' ');
      }
    }
  }
}
