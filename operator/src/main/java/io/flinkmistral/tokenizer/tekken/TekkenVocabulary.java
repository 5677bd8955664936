package io.flinkmistral.tokenizer.tekken;

import io.flinkmistral.tokenizer.FingerprintInput;
import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pieces of a Tekken tokenizer. A piece is some bytes, which are spelt as characters from 0 to
 * 255, so that every sequence of bytes is a string; a special piece is its name. Immutable.
 */
public final class TekkenVocabulary implements Vocabulary {
  private final List<String> pieces;
  private final List<PieceType> types;
  private final int bosId;
  private final int eosId;
  private final String templateVersion;
  private final Map<String, Integer> controls;

  /**
   * A vocabulary; pieces are merged in the order of their ids.
   *
   * @param pieces bytes of each piece, or the name of one that is special
   * @param types NORMAL and USER_DEFINED are bytes, of which the first are merged; all others are
   *     special
   * @param bosId id of the beginning of a sequence
   * @param eosId id of its end
   * @param templateVersion version of the template, such as {@code v3}
   */
  public TekkenVocabulary(
      List<String> pieces, List<PieceType> types, int bosId, int eosId, String templateVersion) {
    this.pieces = List.copyOf(pieces);
    this.types = List.copyOf(types);
    this.bosId = bosId;
    this.eosId = eosId;
    this.templateVersion = templateVersion;
    if (types.size() != pieces.size()) {
      throw new IllegalArgumentException(
          "a vocabulary needs a type for each piece, but has %d pieces and %d types"
              .formatted(pieces.size(), types.size()));
    }
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < types.size(); id++) {
      if (types.get(id) == PieceType.CONTROL) {
        ids.putIfAbsent(pieces.get(id), id);
      }
    }
    controls = Map.copyOf(ids);
  }

  /** Bytes as pieces spell them. */
  public static String spelt(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** The bytes of each piece, as {@link #spelt}, or the name of one that is special. */
  @Override
  public List<String> pieces() {
    return pieces;
  }

  public List<PieceType> types() {
    return types;
  }

  /** Whether a text can be made of the piece. */
  boolean isMerged(int id) {
    return types.get(id) == PieceType.NORMAL;
  }

  boolean hasText(int id) {
    return types.get(id) == PieceType.NORMAL || types.get(id) == PieceType.USER_DEFINED;
  }

  @Override
  public int size() {
    return pieces.size();
  }

  @Override
  public int bosId() {
    return bosId;
  }

  @Override
  public int eosId() {
    return eosId;
  }

  @Override
  public Map<String, Integer> controls() {
    return controls;
  }

  @Override
  public String templateVersion() {
    return templateVersion;
  }

  /** What can be merged from bytes is no end, whatever a file says. */
  @Override
  public TekkenVocabulary withControls(Collection<Integer> ends) {
    List<PieceType> typed = new ArrayList<>(types);
    for (int id : ends) {
      if (id >= 0 && id < size() && types.get(id) == PieceType.USER_DEFINED) {
        typed.set(id, PieceType.CONTROL);
      }
    }
    return typed.equals(types)
        ? this
        : new TekkenVocabulary(pieces, typed, bosId, eosId, templateVersion);
  }

  @Override
  public Tokenizer tokenizer() {
    return new TekkenTokenizer(this);
  }

  @Override
  public void addTo(FingerprintInput input) {
    addPieces(input);
    input.number(bosId);
    input.number(eosId);
  }

  void addPieces(FingerprintInput input) {
    input.text("tekken");
    for (int id = 0; id < size(); id++) {
      input.text(pieces.get(id));
      input.number(types.get(id).code());
    }
  }
}
