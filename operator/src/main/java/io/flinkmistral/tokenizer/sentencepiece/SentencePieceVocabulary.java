package io.flinkmistral.tokenizer.sentencepiece;

import io.flinkmistral.tokenizer.FingerprintInput;
import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

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
 * @param removeExtraSpaces whether spaces at both ends of such a text, and all but one of several
 *     in a row, are taken out of it first
 */
public record SentencePieceVocabulary(
    List<String> pieces,
    float[] scores,
    List<PieceType> types,
    int bosId,
    int eosId,
    int unknownId,
    boolean addDummyPrefix,
    boolean removeExtraSpaces)
    implements Vocabulary {
  public SentencePieceVocabulary {
    pieces = List.copyOf(pieces);
    types = List.copyOf(types);
    if (scores.length != pieces.size() || types.size() != pieces.size()) {
      throw new IllegalArgumentException(
          "a vocabulary needs a score and a type for each piece, but has %d pieces, %d scores, %d types"
              .formatted(pieces.size(), scores.length, types.size()));
    }
  }

  /** A vocabulary that takes no spaces out of texts. */
  public SentencePieceVocabulary(
      List<String> pieces,
      float[] scores,
      List<PieceType> types,
      int bosId,
      int eosId,
      int unknownId,
      boolean addDummyPrefix) {
    this(pieces, scores, types, bosId, eosId, unknownId, addDummyPrefix, false);
  }

  /**
   * The same with every piece that steers the model typed CONTROL, whatever its file calls it:
   * converters write such pieces as NORMAL or USER_DEFINED too, and then a text could become one of
   * them. They are BOS and EOS, the pieces of the templates v2 and v3 where all of them stand at
   * their ids, and those of {@code ends} that look like a mark, such as {@code <|im_end|>}.
   *
   * @param ends ids that end an answer
   */
  @Override
  public SentencePieceVocabulary withControls(Collection<Integer> ends) {
    List<PieceType> typed = new ArrayList<>(types);
    setControl(bosId, typed);
    setControl(eosId, typed);
    if (InstructPieces.standIn(this)) {
      for (int id = InstructPieces.FIRST; id <= InstructPieces.LAST; id++) {
        setControl(id, typed);
      }
    }
    for (int id : ends) {
      if (id >= 0 && id < size() && looksLikeMark(pieces.get(id))) {
        setControl(id, typed);
      }
    }
    return typed.equals(types) ? this : withPieces(pieces, scores, typed);
  }

  /** Other pieces with all the rest the same. */
  public SentencePieceVocabulary withPieces(
      List<String> newPieces, float[] newScores, List<PieceType> newTypes) {
    return new SentencePieceVocabulary(
        newPieces, newScores, newTypes, bosId, eosId, unknownId, addDummyPrefix, removeExtraSpaces);
  }

  private static void setControl(int id, List<PieceType> types) {
    if (types.get(id) == PieceType.NORMAL || types.get(id) == PieceType.USER_DEFINED) {
      types.set(id, PieceType.CONTROL);
    }
  }

  /** Not a line's end, or a word that a model was taught to end with. */
  private static boolean looksLikeMark(String piece) {
    return piece.length() > 2
        && (piece.startsWith("<") && piece.endsWith(">")
            || piece.startsWith("[") && piece.endsWith("]"));
  }

  @Override
  public int size() {
    return pieces.size();
  }

  @Override
  public Map<String, Integer> controls() {
    return InstructPieces.standIn(this) ? InstructPieces.IDS : Map.of();
  }

  @Override
  public String templateVersion() {
    if (!InstructPieces.standIn(this)) {
      return "v1";
    }
    return InstructPieces.areThoseOfV2(this) ? "v2" : "v3";
  }

  @Override
  public Tokenizer tokenizer() {
    return new SentencePieceTokenizer(this);
  }

  @Override
  public void addTo(FingerprintInput input) {
    addPieces(input);
    input.number(bosId);
    input.number(eosId);
    input.number(unknownId);
    input.flag(addDummyPrefix);
  }

  void addPieces(FingerprintInput input) {
    for (int id = 0; id < size(); id++) {
      input.text(pieces.get(id));
      input.number(Float.floatToIntBits(scores[id]));
      input.number(types.get(id).code());
    }
  }
}
