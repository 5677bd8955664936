package io.flinkmistral.tokenizer.tekken;

import io.flinkmistral.tokenizer.TokenStreamDecoder;

/** Decodes pieces of bytes; special pieces have no text, and bytes are not joined over them. */
final class TekkenDecoder implements TokenStreamDecoder {
  private final TekkenVocabulary vocabulary;
  private final Utf8Decoder bytes = new Utf8Decoder();

  TekkenDecoder(TekkenVocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  @Override
  public String accept(int id) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new IllegalArgumentException(
          "token id %d is not in the vocabulary, which has the ids 0 to %d"
              .formatted(id, vocabulary.size() - 1));
    }
    StringBuilder text = new StringBuilder();
    if (vocabulary.hasText(id)) {
      String piece = vocabulary.pieces().get(id);
      for (int i = 0; i < piece.length(); i++) {
        bytes.accept(piece.charAt(i), text);
      }
    } else {
      bytes.flush(text);
    }
    return text.toString();
  }

  @Override
  public String finish() {
    StringBuilder text = new StringBuilder();
    bytes.flush(text);
    return text.toString();
  }
}
