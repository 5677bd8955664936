package io.flinkmistral.weights.vocabulary;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.JsonFields;
import io.flinkmistral.weights.source.MappedFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code added_tokens.json}: tokens that a fine-tuning added behind those of {@code
 * tokenizer.model}, as {@code {"piece": id}}. They are control pieces: no text becomes one.
 */
public final class AddedTokens {
  public static final String FILE = "added_tokens.json";

  private AddedTokens() {}

  public static SentencePieceVocabulary append(SentencePieceVocabulary vocabulary, MappedFile file)
      throws MalformedModelException {
    JsonFields fields = JsonFields.read(file);
    int size = vocabulary.size();
    String[] added = new String[fields.names().size()];
    for (String piece : fields.names()) {
      long id = fields.integer(piece).orElse(-1);
      boolean known = id >= 0 && id < size && vocabulary.pieces().get((int) id).equals(piece);
      if (!known && (id < size || id >= size + added.length || added[(int) id - size] != null)) {
        throw fields.wrong(piece, "has the id %d; the tokenizer has %d pieces".formatted(id, size));
      }
      if (!known) {
        added[(int) id - size] = piece;
      }
    }
    List<String> pieces = new ArrayList<>(vocabulary.pieces());
    List<PieceType> types = new ArrayList<>(vocabulary.types());
    for (int i = 0; i < added.length && added[i] != null; i++) {
      pieces.add(added[i]);
      types.add(PieceType.CONTROL);
    }
    return VocabularyChecks.checked(
        vocabulary.withPieces(pieces, Arrays.copyOf(vocabulary.scores(), pieces.size()), types),
        file,
        0);
  }
}
