package io.flinkmistral.tokenizer;

import java.util.List;

/**
 * The pieces of a SentencePiece BPE model, as a model file holds them; a piece's index is its id.
 *
 * @param pieces text of each piece, with U+2581 for a space and {@code <0xAB>} for a byte
 * @param scores merge priority of each piece: the highest merges first
 * @param types what each piece is
 * @param bosId id of the beginning of a sequence
 * @param eosId id of its end
 * @param unknownId id of what cannot be encoded
 * @param addDummyPrefix whether a space is put before a text that is encoded
 */
public record Vocabulary(
    List<String> pieces,
    float[] scores,
    List<PieceType> types,
    int bosId,
    int eosId,
    int unknownId,
    boolean addDummyPrefix) {
  public Vocabulary {
    pieces = List.copyOf(pieces);
    types = List.copyOf(types);
    if (scores.length != pieces.size() || types.size() != pieces.size()) {
      throw new IllegalArgumentException(
          "a vocabulary needs a score and a type for each piece, but has %d pieces, %d scores, %d types"
              .formatted(pieces.size(), scores.length, types.size()));
    }
  }

  public int size() {
    return pieces.size();
  }
}
