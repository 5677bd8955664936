package io.flinkmistral.weights.gguf;

import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.vocabulary.VocabularyChecks;
import java.util.Optional;

/** The tokenizer that a GGUF file holds in its metadata: which kind it is, and so who reads it. */
public final class GgufVocabularyReader {
  static final String MODEL = "tokenizer.ggml.model";
  static final String TOKENS = "tokenizer.ggml.tokens";

  private GgufVocabularyReader() {}

  /** Empty where the file has no pieces. */
  public static Optional<Vocabulary> read(GgufFile gguf) throws MalformedModelException {
    GgufMetadata metadata = gguf.metadata();
    Optional<GgufMetadata.Value> tokens = metadata.array(TOKENS, GgufType.STRING);
    if (tokens.isEmpty()) {
      return Optional.empty();
    }
    if (tokens.get().count() > VocabularyChecks.MAX_PIECES) {
      throw metadata.wrong(
          TOKENS,
          "has %d pieces, more than the %d that are read"
              .formatted(tokens.get().count(), VocabularyChecks.MAX_PIECES));
    }
    GgufPieces pieces = new GgufPieces(metadata, tokens.get());
    return Optional.of(
        switch (metadata.text(MODEL).orElse("llama")) {
          case "llama" -> GgufSentencePiece.read(gguf, pieces);
          case "gpt2" -> GgufTekken.read(metadata, pieces);
          case String other ->
              throw metadata.wrong(
                  MODEL,
                  "is %s, which is not supported; llama (SentencePiece) and gpt2 (Tekken) are"
                      .formatted(other));
        });
  }
}
